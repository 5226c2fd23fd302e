import { expect, it } from 'vitest';
import { valkeyWords } from '../../src/cache/valkey/valkey-words.ts';
import { ValkeyLink } from '../../src/cache/valkey/valkey-link.ts';
import { startValkey } from '../support/valkey.ts';
import { serverWordsContract } from './server-words.ts';

function open(url: string): ValkeyLink {
  return new ValkeyLink({
    url,
    recorder: { command: () => undefined, failed: () => undefined },
    logger: { info: () => undefined, warn: () => undefined },
    random: () => 0,
  });
}

serverWordsContract('over Valkey', async () => {
  const valkey = await startValkey();
  const links = [open(valkey.url), open(valkey.url)] as const;
  const ways = (channel: string) => [valkeyWords(links[0], channel), valkeyWords(links[1], channel)] as const;
  return {
    ways: ways('hubbub:x:words'),
    questions: ways('hubbub:x:questions'),
    forge: async (text) => {
      await valkey.client.publish('hubbub:x:words', text);
    },
    close: async () => {
      for (const link of links) link.close();
      await valkey.stop();
    },
  };
});

it('[NODE-3] whether others are heard is known, and how often they weren’t', async () => {
  const valkey = await startValkey();
  const link = open(valkey.url);
  const way = valkeyWords(link, 'hubbub:x:words');
  expect(way.isHeard).toBe(false);
  way.listen(() => undefined);
  await expect.poll(() => way.isHeard).toBe(true);
  const before = way.breaks;
  await valkey.kill();
  await expect.poll(() => way.isHeard).toBe(false);
  await valkey.start();
  await expect.poll(() => way.isHeard, { timeout: 5_000 }).toBe(true);
  expect(way.breaks).toBeGreaterThan(before);
  link.close();
  await valkey.stop();
});
