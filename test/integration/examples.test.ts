/** Documented examples of the systems that this one replaces, against the real server. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXAMPLES, examplesDocument } from '../examples/document.ts';
import { World } from '../examples/world.ts';
import { startWireServer } from '../support/wire-server.ts';

let world: World;
beforeAll(async () => {
  world = await World.open(startWireServer);
});
afterAll(() => world.close());

for (const [system, examples] of Object.entries(EXAMPLES)) {
  describe(system, () => {
    for (const example of examples) {
      it(`[REST-8] ${example.documented.slice(0, 100)}: ${example.verdict}`, async () => {
        await example.run(world);
      });
    }
  });
}

describe('docs/examples.md', () => {
  it('[REST-8] is what the tables say; `npm run examples` writes it', async () => {
    const file = new URL('../../docs/examples.md', import.meta.url);
    const isUpToDate = readFileSync(file, 'utf8') === (await examplesDocument());
    expect(isUpToDate, 'docs/examples.md is out of date: run `npm run examples`').toBe(true);
  });
});
