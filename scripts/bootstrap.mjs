/**
 * Runs before `npm start`, `npm test` and the other commands: installs and builds what is missing, and says so.
 * Plain JavaScript for Node 20 and newer, without dependencies, since it runs before they exist.
 *
 *   --page     also builds the chat page when its bundle is missing or older than its sources
 *   --client   also builds the client, in the same way
 *   --test     also makes sure of the system packages that tests need
 */
import { fileURLToPath } from 'node:url';
import { ensureClient } from './bootstrap/client.mjs';
import { ensureDependencies } from './bootstrap/dependencies.mjs';
import { ensurePage } from './bootstrap/page.mjs';
import { StepFailed } from './bootstrap/run.mjs';
import { ensureSystemPackages } from './bootstrap/system-packages.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const wanted = new Set(process.argv.slice(2));

try {
  await ensureDependencies(root);
  if (wanted.has('--page')) await ensurePage(root);
  if (wanted.has('--client')) await ensureClient(root);
  if (wanted.has('--test')) await ensureSystemPackages(root);
} catch (error) {
  if (!(error instanceof StepFailed)) throw error;
  console.error(`bootstrap: ${error.message}`);
  process.exitCode = 1;
}
