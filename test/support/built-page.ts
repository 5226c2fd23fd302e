/** The chat page as `npm start` serves it, built from the sources of now. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));
const vite = fileURLToPath(new URL('bin/vite.js', import.meta.resolve('vite/package.json')));

/** Builds the page that servers serve where it is missing or older than its sources, as `npm start` does. */
export async function ensurePage(): Promise<void> {
  const bootstrap = path.join(root, 'scripts', 'bootstrap.mjs');
  await promisify(execFile)(process.execPath, [bootstrap, '--page'], { cwd: root });
}

/**
 * Builds the page into `folder`; rejects with Vite's messages when that fails. In a process of its own, since Vite
 * takes the NODE_ENV of tests for a wish for development code.
 */
export async function buildPage(folder: string): Promise<void> {
  const config = path.join(root, 'web', 'vite.config.ts');
  const args = [vite, 'build', '--config', config, '--outDir', folder, '--logLevel', 'warn'];
  await promisify(execFile)(process.execPath, args, { env: { ...process.env, NODE_ENV: 'production' } });
}
