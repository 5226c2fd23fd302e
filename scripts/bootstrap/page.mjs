/** The chat page's bundle. */
import { join } from 'node:path';
import { oneAtATime } from './one-at-a-time.mjs';
import { run, say } from './run.mjs';
import { whyBuild } from './why-build.mjs';

const PAGE = {
  sources: ['web', 'src/client', 'src/protocol', 'package-lock.json'],
  output: join('web', 'dist', 'index.html'),
  built: join('web', 'dist'),
};

/** Builds the page when its bundle is missing or older than what it is made of. */
export async function ensurePage(root) {
  if (whyBuild(root, PAGE) === null) return;
  await oneAtATime(root, async () => {
    const reason = whyBuild(root, PAGE);
    if (reason === null) return;
    say(`building the chat page, since ${reason}`);
    await run(
      join(root, 'node_modules', '.bin', 'node'),
      [join('node_modules', 'vite', 'bin', 'vite.js'), 'build', '--config', 'web/vite.config.ts'],
      { cwd: root, failure: 'the chat page could not be built: see above' },
    );
  });
}
