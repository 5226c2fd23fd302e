/** The chat page's bundle. */
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { oneAtATime } from './one-at-a-time.mjs';
import { run, say } from './run.mjs';

/** What the bundle is made of. */
const SOURCES = ['web', 'src/client', 'src/protocol', 'package-lock.json'];
const BUNDLE = join('web', 'dist');

/** Builds the page when its bundle is missing or older than what it is made of. */
export async function ensurePage(root) {
  if (whyBuild(root) === null) return;
  await oneAtATime(root, async () => {
    const reason = whyBuild(root);
    if (reason === null) return;
    say(`building the chat page, since ${reason}`);
    await run(
      join(root, 'node_modules', '.bin', 'node'),
      [join('node_modules', 'vite', 'bin', 'vite.js'), 'build', '--config', 'web/vite.config.ts'],
      { cwd: root, failure: 'the chat page could not be built: see above' },
    );
  });
}

function whyBuild(root) {
  const bundle = lstatSync(join(root, BUNDLE, 'index.html'), { throwIfNoEntry: false });
  if (bundle === undefined) return 'it was never built';
  const changed = SOURCES.some((source) => newest(root, source) > bundle.mtimeMs);
  return changed ? 'its sources changed' : null;
}

/** When anything in `path` was changed last, ms since the epoch. */
function newest(root, path) {
  const entry = lstatSync(join(root, path), { throwIfNoEntry: false });
  if (entry === undefined || path === BUNDLE) return 0;
  if (!entry.isDirectory()) return entry.mtimeMs;
  return Math.max(0, ...readdirSync(join(root, path)).map((name) => newest(root, join(path, name))));
}
