/**
 * npm's `prepare`: runs after `npm ci` in a clone, before `npm pack`, and when this repository is installed from git.
 * Builds the client where it is missing or old. Where the development packages were left out (`--omit=dev`), or the
 * sources, it has nothing to build with and leaves everything as it is. Without the bootstrap's lock: the `npm ci` that
 * runs us may be the bootstrap's own.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildClient, whyBuildClient } from './bootstrap/client.mjs';
import { StepFailed, say } from './bootstrap/run.mjs';

/** Vite 8 needs it. */
const LEAST_NODE = [20, 19];
const root = fileURLToPath(new URL('..', import.meta.url));

try {
  const reason = whyBuildClient(root);
  const missing = ['src/client', 'node_modules/vite', 'node_modules/typescript'].find(
    (path) => !existsSync(join(root, path)),
  );
  // What can't be built now is built by `npm start`, with a Node of its own.
  if (reason !== null && missing === undefined && !isTooOld(process.versions.node)) {
    say(`building the client, since ${reason}`);
    await buildClient(root, process.execPath);
  }
} catch (error) {
  if (!(error instanceof StepFailed)) throw error;
  console.error(`prepare: ${error.message}`);
  process.exitCode = 1;
}

function isTooOld(version) {
  const [major, minor] = version.split('.').map(Number);
  return major < LEAST_NODE[0] || (major === LEAST_NODE[0] && minor < LEAST_NODE[1]);
}
