import { afterAll, beforeAll, expect, it } from 'vitest';
import { ValkeyLink } from '../../src/cache/valkey/valkey-link.ts';
import { type RunningValkey, startValkey } from '../support/valkey.ts';

let valkey: RunningValkey;
beforeAll(async () => {
  valkey = await startValkey();
});
afterAll(() => valkey.stop());

it('[VALKEY-1] a Valkey that hangs counts as away, and is heard again when it goes on', async () => {
  const lines: string[] = [];
  const note = (_: object, line: string) => lines.push(line);
  let failures = 0;
  const link = new ValkeyLink({
    url: valkey.url,
    recorder: { command: () => undefined, failed: () => (failures += 1) },
    logger: { info: note, warn: note },
    random: () => 0,
    beatMs: 100,
  });
  const heard: string[] = [];
  link.listen('x*', (channel, message) => heard.push(`${channel} ${message.toString()}`));
  await expect.poll(() => link.isUp).toBe(true);
  valkey.hang();
  await expect.poll(() => link.isUp, { timeout: 5_000 }).toBe(false);
  expect(await link.ask('test', (client) => client.get('a'))).toBeNull();
  expect(failures).toBeGreaterThan(0);
  valkey.goOn();
  await expect.poll(() => link.isUp, { timeout: 5_000 }).toBe(true);
  await expect
    .poll(async () => {
      await valkey.client.publish('x1', 'here');
      return heard;
    })
    .toContain('x1 here');
  expect(lines).toEqual([
    'Valkey answers',
    'Valkey does not answer; this server goes on by itself',
    'Valkey answers again',
  ]);
  // It isn't taken for away while it answers.
  await expect.poll(() => link.ask('test', (client) => client.set('a', '1'))).toBe('OK');
  expect(link.isUp).toBe(true);
  link.close();
});
