/** The chat page as `npm start` serves it, built from the sources of now. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Builds the page that servers serve where it is missing or older than its sources, as `npm start` does. Returns its
 * folder.
 */
export async function ensurePage(): Promise<string> {
  const bootstrap = path.join(root, 'scripts', 'bootstrap.mjs');
  await promisify(execFile)(process.execPath, [bootstrap, '--page'], { cwd: root });
  return path.join(root, 'web', 'dist');
}
