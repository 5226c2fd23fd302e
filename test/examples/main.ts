/** `npm run examples`: runs every documented example, and writes docs/examples.md where all are as it says. */
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startServer } from '../support/server-process.ts';
import { EXAMPLES, examplesDocument } from './document.ts';
import { type ExampleServer, World } from './world.ts';

/** With an embedded database of its own. */
async function start(env: Readonly<Record<string, string>>): Promise<ExampleServer> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'hubbub-examples-'));
  const server = await startServer({ env: { ...env, DATA_DIR: dataDir } });
  return {
    url: server.url,
    end: async () => {
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

const world = await World.open(start);
let failed = 0;
try {
  for (const [system, examples] of Object.entries(EXAMPLES)) {
    console.log(system);
    for (const example of examples) {
      try {
        await example.run(world);
        console.log(`  ${example.verdict}: ${example.documented}`);
      } catch (error) {
        failed += 1;
        console.log(`  WRONG (${example.verdict}): ${example.documented}\n    ${String(error)}`);
      }
    }
  }
} finally {
  await world.close();
}
if (failed === 0) {
  writeFileSync(new URL('../../docs/examples.md', import.meta.url), await examplesDocument());
}
process.exitCode = failed === 0 ? 0 : 1;
