/** Automod and held messages over real sockets, threads, two servers and PostgreSQL. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AutomodRule, AutomodRuleInput } from '../../src/protocol/automod-rules.ts';
import { shardOf } from '../../src/threads/shard-of.ts';
import { type BreakableServer, startBreakableServer } from '../support/breakable-server.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';
import { serverToken } from '../support/server-tokens.ts';
import { closeWireClients, type Frame, WireClient } from '../support/wire-client.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

const SHARDS = 3;
/** A change holds everywhere within this time, ms. */
const LIVE_MS = 1_000;

let server: WireServer;
let other: ServerProcess;
let moderator: string;
beforeAll(async () => {
  server = await startWireServer();
  const env = {
    ...{ SHARDS: '2', DATABASE_URL: server.database.connectionString },
    ...{ RATE_LIMIT_MESSAGES: '100000', MAX_FRAMES_PER_SECOND: '100000' },
  };
  other = await startServer({ env });
  moderator = await tokenOf('Mod', server.database.connectionString);
});
afterEach(closeWireClients);
afterAll(async () => {
  expect(server.output(), 'what the server logged').not.toContain('"level":"error"');
  await other.stop();
  await server.end();
});

const tokenOf = (name: string, database: string) =>
  serverToken(database, { name, roles: ['user', 'moderator'] });

async function call(method: string, path: string, body?: object, at = server.url, token = moderator) {
  const answer = await fetch(at + path, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${text}`);
  return (text === '' ? {} : JSON.parse(text)) as AutomodRule;
}

const make = (rule: Omit<AutomodRuleInput, 'name' | 'enabled'>, at?: string) =>
  call('POST', '/automod/rules', { name: 'rule', enabled: true, ...rule }, at);

let words = 0;
/** A word that nobody used before. */
const newWord = () => `forbidden${(words += 1)}x`;
let channels = 0;
const newChannel = () => `automod-${(channels += 1)}`;

/** A channel of each shard. */
function channelOfEachShard(): string[] {
  const found = new Map<number, string>();
  while (found.size < SHARDS) {
    const id = newChannel();
    found.set(shardOf(`channel:${id}`, SHARDS), id);
  }
  return [...found.values()];
}

async function staff(url = server.url): Promise<WireClient> {
  const client = await WireClient.connect(url, { headers: { authorization: `Bearer ${moderator}` } });
  await client.welcomed();
  return client;
}

const say = (client: WireClient, channelId: string, content: string, more: object = {}) =>
  client.request('message:send', channelId, { content, ...more });

async function members(channelId: string, ...clients: readonly WireClient[]): Promise<void> {
  for (const client of clients) await client.join(channelId);
}

describe('a rule', () => {
  it('[AUTOMOD-9] [AUTOMOD-10] holds on every shard when REST answers, and no more when it is gone', async () => {
    const all = channelOfEachShard();
    const [ada, bob] = [await WireClient.guest(server.url), await WireClient.guest(server.url)];
    for (const id of all) await members(id, ada, bob);
    const word = newWord();
    const rule = await make({
      when: { kind: 'words', words: [word] },
      action: { kind: 'refuse', text: 'not here' },
    });
    for (const id of all) {
      expect((await say(ada, id, `so ${word.toUpperCase()}!`)).data).toEqual({
        ...{ code: 'blocked_content', message: 'not here' },
      });
      expect((await say(ada, id, 'fine')).data.seq).toBe(1);
      expect((await bob.event(id, 1)).data.content).toBe('fine');
    }
    await call('PATCH', `/automod/rules/${rule.id}`, { action: { kind: 'mask' } });
    for (const id of all) {
      await say(ada, id, `so ${word}!`);
      expect((await bob.event(id, 2)).data.content).toBe(`so ${'*'.repeat(word.length)}!`);
    }
    await call('DELETE', `/automod/rules/${rule.id}`);
    for (const id of all) {
      await say(ada, id, word);
      expect((await bob.event(id, 3)).data.content).toBe(word);
    }
  });

  it('[AUTOMOD-9] holds on the other servers of the database within a second', async () => {
    const id = newChannel();
    const ada = await WireClient.guest(other.url);
    await ada.join(id);
    const word = newWord();
    const rule = await make({ when: { kind: 'words', words: [word] }, action: { kind: 'refuse' } });
    const answer = async (isRefused: boolean): Promise<number> => {
      const began = performance.now();
      while (((await say(ada, id, word)).type === 'error') !== isRefused) {
        await pause(20);
        if (performance.now() - began > 10 * LIVE_MS) throw new Error('it never held');
      }
      return performance.now() - began;
    };
    expect(await answer(true)).toBeLessThan(LIVE_MS);
    await call('DELETE', `/automod/rules/${rule.id}`);
    expect(await answer(false)).toBeLessThan(LIVE_MS);
  });

  it('[AUTOMOD-11] that mutes shows `member:muted` of automod to everyone, and its author writes no more', async () => {
    const id = newChannel();
    const [ada, bob] = [await WireClient.guest(server.url), await WireClient.guest(server.url)];
    await members(id, ada, bob);
    const word = newWord();
    const rule = await make({
      when: { kind: 'pattern', pattern: `(?i)${word}` },
      action: { kind: 'mute', seconds: 60, text: 'calm down' },
      channels: [id],
    });
    const flood = await Promise.all([1, 2, 3].map((at) => say(ada, id, `${word} ${at}`)));
    for (const refused of flood) expect(refused.type).toBe('error');
    expect(flood[0]?.data).toEqual({ code: 'blocked_content', message: 'calm down' });
    expect(await bob.event(id, 1)).toMatchObject({
      type: 'member:muted',
      data: { user: { id: ada.user.id }, by: { id: 'automod', name: 'Automod' }, reason: 'calm down' },
    });
    expect((await say(ada, id, 'fine')).data.code).toBe('muted');
    expect((await say(bob, id, 'fine')).data.seq).toBe(2);
    await call('DELETE', `/automod/rules/${rule.id}`);
  });

  it('[AUTOMOD-12] judges edits too', async () => {
    const id = newChannel();
    const ada = await WireClient.guest(server.url);
    await ada.join(id);
    const word = newWord();
    const sent = await say(ada, id, 'fine');
    const rule = await make({ when: { kind: 'words', words: [word] }, action: { kind: 'refuse' } });
    const edit = await ada.request('message:update', id, { id: sent.data.id, content: word });
    expect(edit.data.code).toBe('blocked_content');
    await call('DELETE', `/automod/rules/${rule.id}`);
  });
});

describe('a held message', () => {
  async function held() {
    const id = newChannel();
    const ada = await WireClient.guest(server.url);
    const bob = await WireClient.guest(server.url);
    const mod = await staff();
    await members(id, ada, bob, mod);
    const word = newWord();
    await make({ when: { kind: 'words', words: [word] }, action: { kind: 'hold' }, channels: [id] });
    const send = () => say(ada, id, word, { clientMessageId: 'k', meta: { a: 1 } });
    const ack = await send();
    return { id, ada, bob, mod, word, send, ack, messageId: ack.data.id };
  }

  it('[HELD-1] [HELD-4] is seen by moderators alone until one approves it; then it is everyone’s, at its seq', async () => {
    const { id, ada, bob, mod, word, send, ack, messageId } = await held();
    expect(ack).toMatchObject({ type: 'ack', data: { id: messageId, held: true } });
    const author = { id: ada.user.id, name: ada.user.name };
    const created = await mod.next('held:created');
    expect(created.data).toEqual({
      ...{ id: messageId, content: word, author, clientMessageId: 'k', meta: { a: 1 } },
      ...{ reason: 'rule', heldAt: expect.any(Number) },
    });
    await say(bob, id, 'meanwhile');
    const list = await mod.request('held:list', id);
    expect(list).toMatchObject({ type: 'held', data: { items: [{ id: messageId }], hasMore: false } });
    const approved = await mod.request('held:approve', id, { id: messageId });
    expect(approved.data).toEqual({ id: messageId, seq: 2 });
    for (const client of [ada, bob, mod]) {
      expect((await client.event(id, 2)).data).toEqual({
        ...{ id: messageId, content: word, author, clientMessageId: 'k', meta: { a: 1 } },
      });
    }
    const told = { id: messageId, clientMessageId: 'k', by: { id: mod.user.id, name: 'Mod' }, seq: 2 };
    expect((await ada.next('held:approved')).data).toEqual(told);
    expect((await mod.next('held:approved')).data).toEqual(told);
    expect((await send()).data).toEqual({ id: messageId, seq: 2, duplicate: true });
    await bob.request('presence:get', id);
    expect(bob.frames.filter(({ type }) => type.startsWith('held:'))).toEqual([]);
  });

  it('[HELD-5] that is rejected is nobody’s, and its author is told, in another channel of another shard too', async () => {
    const { id, ada, mod, send, messageId } = await held();
    await ada.request('channel:leave', id);
    const rejected = await mod.request('held:reject', id, { id: messageId, reason: 'off topic' });
    expect(rejected.data).toEqual({ id: messageId });
    expect((await ada.next('held:rejected')).data).toMatchObject({ id: messageId, reason: 'off topic' });
    await ada.join(id);
    expect((await send()).data.code).toBe('blocked_content');
    expect((await mod.request('held:list', id)).data.items).toEqual([]);
  });

  it('[HELD-6] is decided on by moderators alone, who need not be in the channel', async () => {
    const { id, bob, messageId } = await held();
    const answers: Frame[] = [];
    for (const [type, data] of [
      ['held:list', {}],
      ['held:approve', { id: messageId }],
      ['held:reject', { id: messageId }],
    ] as const)
      answers.push(await bob.request(type, id, data), await bob.request(type, `${id}-none`, data));
    expect(answers.map(({ data }) => data.code)).toEqual([
      ...['forbidden', 'not_found', 'forbidden', 'not_found', 'forbidden', 'not_found'],
    ]);
    const away = await staff(other.url);
    expect((await away.request('held:list', id)).data.items).toHaveLength(1);
    expect((await away.request('held:approve', id, { id: messageId })).data).toEqual({
      id: messageId,
      seq: 1,
    });
  });

  it('[HELD-7] is the first one of everybody where the channel says so', async () => {
    const id = newChannel();
    const [ada, mod] = [await WireClient.guest(server.url), await staff()];
    await members(id, ada, mod);
    expect((await mod.request('channel:update', id, { holdFirst: true })).data.seq).toBe(1);
    const first = await say(ada, id, 'hello');
    expect(first.data).toEqual({ id: first.data.id, held: true });
    expect((await mod.next('held:created')).data).toMatchObject({ reason: 'first message' });
    expect((await say(mod, id, 'mine')).data.seq).toBe(2);
    await mod.request('held:approve', id, { id: first.data.id });
    expect((await say(ada, id, 'more')).data.seq).toBe(4);
  });
});

describe('a shard that is replaced', () => {
  let breakable: BreakableServer;
  beforeAll(async () => {
    breakable = await startBreakableServer(SHARDS);
  });
  afterAll(() => breakable.end());

  it('[AUTOMOD-9] judges by the rules of now, those included that were made while it was away', async () => {
    const token = await tokenOf('Mod', breakable.connectionString);
    const create = (word: string) =>
      call(
        'POST',
        '/automod/rules',
        {
          ...{ name: word, enabled: true },
          ...{ when: { kind: 'words', words: [word] }, action: { kind: 'refuse' } },
        },
        breakable.url,
        token,
      );
    const [before, meanwhile] = [newWord(), newWord()];
    await create(before);
    const id = newChannel();
    const doomed = shardOf(`channel:${id}`, SHARDS);
    const ada = await WireClient.guest(breakable.url);
    await ada.join(id);
    breakable.breakShard('exit', doomed);
    await create(meanwhile);
    await ada.next('route:restarted');
    expect((await say(ada, id, before)).data.code).toBe('blocked_content');
    await expect
      .poll(async () => (await say(ada, id, meanwhile)).data.code, { interval: 50 })
      .toBe('blocked_content');
  });
});
