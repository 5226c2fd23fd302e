/** The client's module and its types. */
import { join } from 'node:path';
import { oneAtATime } from './one-at-a-time.mjs';
import { run, say } from './run.mjs';
import { whyBuild } from './why-build.mjs';

const CLIENT = {
  sources: [
    'src/client',
    'src/protocol',
    // The types of requests are those of the commands' schemas.
    'src/channel/commands',
    'src/channel/registry.ts',
    'src/gateway/commands',
    'src/gateway/registry.ts',
    'scripts/build-client.mjs',
    'scripts/client',
    'package-lock.json',
  ],
  output: join('dist', 'client', 'client.js'),
};

/** Why the client has to be built, or null. */
export function whyBuildClient(root) {
  return whyBuild(root, CLIENT);
}

/** Builds the client when it is missing or older than what it is made of. */
export async function ensureClient(root) {
  if (whyBuildClient(root) === null) return;
  await oneAtATime(root, async () => {
    const reason = whyBuildClient(root);
    if (reason === null) return;
    say(`building the client, since ${reason}`);
    await buildClient(root, join(root, 'node_modules', '.bin', 'node'));
  });
}

/** Builds the client with the Node at `node`, whatever there is. */
export function buildClient(root, node) {
  return run(node, [join('scripts', 'build-client.mjs')], {
    cwd: root,
    failure: 'the client could not be built: see above',
  });
}
