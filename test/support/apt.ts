/** Programs of the system that tests need and npm doesn't carry. */
import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The first of these paths that can be executed. */
export async function firstExecutable(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    try {
      await access(path, constants.X_OK);
      return path;
    } catch {
      continue;
    }
  }
  return undefined;
}

/** Installs a Debian package where that is possible (root, apt-get); what kept it from being installed, in words. */
export async function installWithApt(name: string): Promise<string> {
  if (process.getuid?.() !== 0) return 'not root, so the tests could not install it';
  if ((await firstExecutable(['/usr/bin/apt-get'])) === undefined)
    return 'no apt-get here to install it with';
  try {
    await apt('update', '-q');
    await apt('install', '-y', '-q', '--no-install-recommends', name);
    return 'apt-get installed it, but not where it is looked for';
  } catch (error) {
    return `apt-get failed: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function apt(...args: string[]): Promise<void> {
  // Another apt-get may hold the lock, so wait for it (seconds).
  const lock = ['-o', 'DPkg::Lock::Timeout=120'];
  await run('env', ['DEBIAN_FRONTEND=noninteractive', 'apt-get', ...lock, ...args], {
    maxBuffer: 16 * 1024 * 1024,
  });
}
