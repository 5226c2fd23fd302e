import { afterAll, beforeAll, expect, it } from 'vitest';
import { takeInValkey } from '../../src/cache/valkey/rate-script.ts';
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

it('[VALKEY-14] is enough for a user of Valkey with the rights that docs/valkey.md names', async () => {
  const acl = (name: string, ...rules: readonly string[]) =>
    valkey.client.call('ACL', 'SETUSER', name, 'on', '>password', 'resetchannels', ...rules);
  await acl('hubbub', '&channel:*', '&hubbub:*', '~hubbub:*', '+@all');
  await acl('narrow', '&channel:*', '~hubbub:*', '+@all');
  const lines: string[] = [];
  const open = (user: string) =>
    new ValkeyLink({
      url: valkey.url.replace('//', `//${user}:password@`),
      recorder: { command: () => undefined, failed: () => undefined },
      logger: { info: () => undefined, warn: (_, line) => lines.push(line) },
      random: () => 0,
    });
  const link = open('hubbub');
  const heard: string[] = [];
  for (const pattern of ['channel:*', 'hubbub:x:changed']) {
    link.listen(pattern, (channel) => heard.push(channel));
  }
  await expect.poll(() => link.isUp).toBe(true);
  const taken = { key: 'message:ada', count: 3, interval: 1_000, burst: 10_000 };
  expect(await takeInValkey(link, 'hubbub:x:rate:', [taken])).toEqual([3_000]);
  await expect
    .poll(async () => {
      await link.ask('hint', (client) => client.publish('hubbub:x:changed', 'me'));
      await valkey.client.publish('channel:1', '{}');
      return new Set(heard);
    })
    .toEqual(new Set(['hubbub:x:changed', 'channel:1']));
  expect(lines).toEqual([]);
  // What it may not listen to is told.
  const other = open('narrow');
  other.listen('hubbub:x:changed', () => undefined);
  await expect.poll(() => lines).toEqual(['Valkey lets nothing be listened to here']);
  for (const one of [link, other]) one.close();
});
