/** Keeps two bootstraps of one clone from installing into each other. */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { say } from './run.mjs';

const POLL_MS = 200;

/** Runs `step` while no other bootstrap of `root` runs one; a lock whose process is gone counts for nothing. */
export async function oneAtATime(root, step) {
  const lock = join(root, '.bootstrap.lock');
  let waiting = false;
  while (!take(lock)) {
    if (removeIfStale(lock)) continue;
    if (!waiting) say('waiting for another bootstrap of this folder to finish');
    waiting = true;
    await pause(POLL_MS);
  }
  try {
    await step();
  } finally {
    rmSync(lock, { force: true });
  }
}

/** Whether the lock is ours now. */
function take(lock) {
  // A link appears with its content, so nobody ever reads a lock without a pid in it.
  const own = `${lock}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    linkSync(own, lock);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(own, { force: true });
  }
}

/** Whether the lock may be free now. */
function removeIfStale(lock) {
  const holder = read(lock);
  if (holder === null) return true;
  if (isAlive(Number(holder))) return false;
  const aside = `${lock}.${process.pid}.stale`;
  try {
    renameSync(lock, aside);
    // Another one may have put its own lock there since we looked.
    if (read(aside) !== holder) linkSync(aside, lock);
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
  return true;
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
