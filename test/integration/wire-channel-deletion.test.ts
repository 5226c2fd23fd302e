/** Channels that are made, changed, deleted and restored, over real sockets, threads, REST and PostgreSQL. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { logIn, register, rest } from '../support/account-client.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';
import { serverToken } from '../support/server-tokens.ts';
import { closeWireClients, type Frame, WireClient } from '../support/wire-client.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

const SETTINGS = { SHARDS: '2', RATE_LIMIT_MESSAGES: '100000', MAX_FRAMES_PER_SECOND: '100000' };
const PASSWORD = 'correct horse';
/** Rows of a channel that is large enough to be purged in more than one second. */
const MANY = 10_000;
/** Messages of one of which all but the newest is past. */
const PAST = 6_000;

let server: WireServer;
let other: ServerProcess;
let database: pg.Client;
const tokens: Record<'ada' | 'bob' | 'mod' | 'root', string> = { ada: '', bob: '', mod: '', root: '' };
beforeAll(async () => {
  server = await startWireServer({ SHARDS: '2', GATEWAYS: '1' });
  const { connectionString } = server.database;
  other = await startServer({ env: { ...SETTINGS, SHARDS: '1', DATABASE_URL: connectionString } });
  const token = (name: string, ...roles: ('moderator' | 'admin')[]): Promise<string> =>
    serverToken(connectionString, { name, roles: ['user', ...roles] });
  tokens.ada = await token('Ada');
  await register(server.url, 'Bob', PASSWORD);
  tokens.bob = (await logIn(server.url, 'Bob', PASSWORD)).token;
  tokens.mod = await token('Mod', 'moderator');
  tokens.root = await token('Root', 'admin');
  database = new pg.Client({ connectionString });
  await database.connect();
});
afterEach(closeWireClients);
afterAll(async () => {
  for (const one of [server, other]) expect(one.output()).not.toContain('"level":"error"');
  await database.end();
  await other.stop();
  await server.end();
});

async function enter(who: keyof typeof tokens, url = server.url): Promise<WireClient> {
  const client = await WireClient.connect(url, { headers: { authorization: `Bearer ${tokens[who]}` } });
  await client.welcomed();
  return client;
}

const outcome = ({ type, data }: Frame): string => (type === 'error' ? data.code : type);
const nameOf = (): string => `room-${randomUUID().slice(0, 8)}`;

/** Ada's channel, which she and Bob are in, he with two tabs; and both have written. */
async function room() {
  const id = nameOf();
  const ada = await enter('ada');
  const [bob, bobToo] = [await enter('bob'), await enter('bob')];
  const made = await ada.request('channel:create', undefined, {
    id,
    name: 'The Room',
    description: 'For all',
  });
  expect(made).toMatchObject({ type: 'ack', data: { id } });
  for (const client of [ada, bob, bobToo]) await client.join(id);
  const { epoch } = (await bob.request('history:get', id)).data as unknown as { epoch: string };
  await ada.say(id, 'a secret word');
  await bob.say(id, 'another');
  return { id, ada, bob, bobToo, epoch };
}

describe('channels', () => {
  it('[CHDEL-1] [CHDEL-4] [CHDEL-5] are deleted for everyone within a second, and come back as they were', async () => {
    const { id, ada, bob, bobToo } = await room();
    expect(outcome(await bob.request('channel:delete', id, {}))).toBe('forbidden');
    const began = performance.now();
    expect(outcome(await ada.request('channel:delete', id, {}))).toBe('ack');
    for (const client of [ada, bob, bobToo]) {
      const frame = await client.next('channel:deleted');
      expect(frame).toMatchObject({
        channelId: id,
        data: { by: { id: ada.user.id, name: 'Ada' }, purged: false },
      });
      expect(frame.seq).toBeUndefined();
    }
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(outcome(await bob.request('message:send', id, { content: 'x' }))).toBe('not_member');
    for (const client of [ada, bob])
      expect(outcome(await client.request('channel:join', id))).toBe('not_found');
    expect(outcome(await bob.request('channel:create', id, {}))).toBe('conflict');
    const listed = await bob.request('channel:list', undefined, { prefix: id });
    expect(listed.data).toMatchObject({ items: [] });
    for (const path of [
      `/chat/history/${id}`,
      `/channels/${id}/members`,
      `/chat/rooms/${id}/presence`,
      `/messages?channel=${id}`,
    ]) {
      const answer = await rest<{ detail: string }>(server.url, 'GET', path, { token: tokens.ada });
      const missing = await rest<{ detail: string }>(server.url, 'GET', path.replace(id, 'nowhere'), {
        token: tokens.ada,
      });
      expect([answer.status, answer.body.detail]).toEqual([404, missing.body.detail]);
    }
    const found = await bob.request('message:search', undefined, { text: 'secret' });
    expect(found.data).toMatchObject({ events: [] });

    const mod = await enter('mod');
    expect(outcome(await mod.request('channel:restore', id))).toBe('ack');
    const joined = await bob.join(id, { recover: { epoch: 'none', seq: 0 } });
    expect(joined.data).toMatchObject({ seq: 2 });
    expect(await bob.say(id, 'and on')).toBe(3);
    const again = await ada.join(id);
    expect(again.data).toMatchObject({ role: 'owner', seq: 3 });
  });

  it('[CHDEL-2] [CHDEL-3] are purged, and begin anew with nothing of what was', async () => {
    const { id, ada, bob } = await room();
    const before = (await bob.join(id)).data as unknown as { epoch: string };
    await bob.request('read:set', id, { seq: 2 });
    expect(outcome(await ada.request('channel:delete', id, { purge: true }))).toBe('ack');
    expect((await bob.next('channel:deleted')).data).toMatchObject({ purged: true });
    const joined = await bob.join(id, { recover: { epoch: before.epoch, seq: 2 } });
    expect(joined.data).toMatchObject({ seq: 0, recovered: false, events: [], memberCount: 1 });
    expect((joined.data as unknown as { epoch: string }).epoch).not.toBe(before.epoch);
    expect(await bob.say(id, 'mine now')).toBe(1);
    // Bob's by now.
    expect(outcome(await ada.request('channel:delete', id, {}))).toBe('forbidden');
    const unread = await ada.request('unread:get', undefined, { channels: [id] });
    expect(unread.data).toMatchObject({ channels: [{ id, seq: 0, head: 1, unread: 1 }] });
    const acts = await rest<{ items: { action: string; before?: object; after?: object }[] }>(
      ...([server.url, 'GET', `/audit?channel_id=${id}`, { token: tokens.root }] as const),
    );
    expect(acts.body.items).toMatchObject([
      {
        action: 'channel:deleted',
        before: { name: 'The Room', description: 'For all' },
        after: { purge: true },
      },
      { action: 'channel:created' },
    ]);
  });

  it('[CHDEL-8] that another server deletes are gone here with the next message, purged ones too', async () => {
    for (const purge of [false, true]) {
      const { id, bob } = await room();
      const there = await enter('ada', other.url);
      await there.join(id);
      expect(outcome(await there.request('channel:delete', id, { purge }))).toBe('ack');
      if (purge) {
        expect((await there.join(id)).data).toMatchObject({ seq: 0 });
        expect(await there.say(id, 'anew')).toBe(1);
      }
      // This server may have found out by itself before the message came: bob is out then.
      const late = outcome(await bob.request('message:send', id, { content: 'too late' }));
      expect(['not_found', 'not_member']).toContain(late);
      expect((await bob.next('channel:deleted')).data).toEqual({ purged: purge });
      const joined = await bob.request('channel:join', id);
      expect(outcome(joined)).toBe(purge ? 'channel:joined' : 'not_found');
      if (!purge) continue;
      expect(joined.data).toMatchObject({ seq: 1 });
      expect(await bob.say(id, 'here too')).toBe(2);
    }
  });

  it('[CHDEL-10] [CHDEL-12] [CHDEL-14] are changed, ordered and deleted by REST, and everyone is told', async () => {
    const { id, bob } = await room();
    const second = nameOf();
    const ask = async (
      method: 'GET' | 'PATCH' | 'DELETE' | 'POST',
      path: string,
      payload?: object,
      token = tokens.ada,
    ) =>
      rest<Record<string, unknown>>(server.url, method, path, {
        token,
        ...(payload === undefined ? {} : { payload }),
      });
    expect((await ask('POST', '/channels', { id: second, name: 'Second' })).status).toBe(201);
    const changed = await ask('PATCH', '/channels', { id, name: 'Renamed', description: 'For some' });
    expect(changed).toMatchObject({
      status: 200,
      body: { id, name: 'Renamed', description: 'For some', private: false },
    });
    expect(await bob.event(id, 3)).toMatchObject({
      type: 'channel:updated',
      data: { name: 'Renamed', description: 'For some', by: { name: 'Ada' } },
    });
    expect((await ask('PATCH', '/channels', { id, before_id: null })).status).toBe(403);
    expect((await ask('PATCH', '/channels', { id, name: 'x' }, tokens.bob)).status).toBe(403);
    expect((await ask('PATCH', '/channels', { id: 'nowhere', name: 'x' })).status).toBe(404);
    expect((await ask('PATCH', '/channels', { id })).status).toBe(400);
    expect((await ask('PATCH', '/channels', { id, deleted: false }, tokens.mod)).status).toBe(409);
    expect((await ask('PATCH', '/channels', { id, before_id: 'nowhere' }, tokens.mod)).status).toBe(404);
    expect((await ask('PATCH', '/channels', { id, before_id: 'nowhere' })).status).toBe(403);
    const placed = await ask('PATCH', '/channels', { id: second, before_id: id }, tokens.mod);
    expect(placed.body).toMatchObject({ id: second, position: expect.any(Number) });
    const listed = await ask('GET', '/channels?prefix=room-');
    const ids = (listed.body['items'] as { id: string }[]).map((channel) => channel.id);
    expect(ids.indexOf(second)).toBe(ids.indexOf(id) - 1);
    const active = await ask('GET', `/channels?active=true&prefix=${id}`);
    expect(active.body).toMatchObject({ items: [{ id, present: 2 }], has_more: false });
    // Newcomers share a list for a second.
    const welcomed = async (): Promise<number> => {
      const fresh = await WireClient.connect(server.url, {
        headers: { authorization: `Bearer ${tokens.bob}` },
      });
      const { channels = [] } = await fresh.welcomed();
      const order = channels.map((channel) => channel.id);
      return order.indexOf(id) - order.indexOf(second);
    };
    await expect.poll(welcomed, { timeout: 5_000 }).toBe(1);

    expect((await ask('DELETE', `/channels?id=${id}`, undefined, tokens.bob)).status).toBe(403);
    expect((await ask('DELETE', `/channels?id=${id}&purge=maybe`)).status).toBe(400);
    expect((await ask('DELETE', `/channels?id=${id}`)).status).toBe(204);
    expect((await bob.next('channel:deleted')).data).toMatchObject({ purged: false });
    expect((await ask('DELETE', `/channels?id=${id}`)).status).toBe(404);
    expect((await ask('PATCH', '/channels', { id, deleted: false })).status).toBe(404);
    const restored = await ask('PATCH', '/channels', { id, deleted: false }, tokens.mod);
    expect(restored).toMatchObject({ status: 200, body: { id, name: 'Renamed' } });
    expect((await ask('DELETE', `/channels?id=${id}&purge=true`)).status).toBe(204);
    expect((await ask('POST', '/channels', { id, name: 'Anew' }, tokens.bob)).status).toBe(201);
  });

  it('[CHDEL-15] have members by REST, who are told, and out again', async () => {
    const id = nameOf();
    const [ada, bob] = [await enter('ada'), await enter('bob')];
    await ada.request('channel:create', id, { private: true });
    const ask = async (method: 'GET' | 'POST' | 'DELETE', query = '', payload?: object, token = tokens.ada) =>
      rest<Record<string, unknown>>(server.url, method, `/channels/${id}/members${query}`, {
        ...{ token, ...(payload === undefined ? {} : { payload }) },
      });
    const user = bob.user.id;
    expect((await ask('GET', '', undefined, tokens.bob)).status).toBe(404);
    expect((await ask('POST', '', { user_id: user }, tokens.bob)).status).toBe(404);
    expect(await ask('POST', '', { user_id: user })).toEqual({
      status: 201,
      body: { user_id: user, role: 'member' },
    });
    expect((await bob.next('channel:invited')).data).toMatchObject({ channel: { id, private: true } });
    expect((await ask('POST', '', { user_id: user })).status).toBe(409);
    expect((await ask('POST', '', { user_id: 'nobody' })).status).toBe(404);
    expect((await ask('POST', '', { user_id: user, role: 'moderator' })).status).toBe(201);
    expect((await ask('POST', '', { user_id: user, role: 'owner' })).status).toBe(403);
    await bob.join(id);
    const one = await ask('GET', '?limit=1', undefined, tokens.bob);
    const two = await ask('GET', `?limit=1&after=${one.body['next'] as string}`, undefined, tokens.bob);
    const members = [one, two].flatMap(
      ({ body }) => body['items'] as { user: { name: string }; role: string }[],
    );
    expect(members.map((member) => `${member.user.name} ${member.role}`).sort()).toEqual([
      'Ada owner',
      'Bob moderator',
    ]);
    expect([one.body['has_more'], two.body['has_more']]).toEqual([true, false]);
    expect((await ask('DELETE', `?user_id=${ada.user.id}`, undefined, tokens.bob)).status).toBe(403);
    expect((await ask('DELETE', `?user_id=${user}`)).status).toBe(204);
    await bob.next('member:kicked');
    expect(outcome(await bob.request('channel:join', id))).toBe('not_found');
    expect((await ask('DELETE', `?user_id=${user}`)).status).toBe(404);
  });

  it('[CHDEL-11] are made over WebSocket, by an id or by their name', async () => {
    const ada = await enter('ada');
    const name = `Neue Räume ${randomUUID().slice(0, 8)}`;
    const made = await ada.request('channel:create', undefined, { name, topic: 'today', private: true });
    const { id } = made.data as unknown as { id: string };
    expect(made).toMatchObject({
      type: 'ack',
      channelId: id,
      data: { id: expect.stringMatching(/^neue-raume-/) },
    });
    expect((await ada.join(id)).data).toMatchObject({ role: 'owner' });
    const listed = await ada.request('channel:list', undefined, { prefix: id });
    expect(listed.data).toMatchObject({ items: [{ id, name, topic: 'today', private: true }] });
    expect(outcome(await ada.request('channel:create', undefined, { id }))).toBe('conflict');
    for (const data of [
      {},
      { name: '日本語' },
      { id: 'a b' },
      { id: 'x', name: '' },
      { id: 'x', description: 'y'.repeat(1_001) },
    ]) {
      expect(outcome(await ada.request('channel:create', undefined, data))).toBe('bad_request');
    }
  });

  it('[RETAIN-1] [RETAIN-5] [RETAIN-6] [RETAIN-8] [RETAIN-12] [RETAIN-15] keep messages for so many days, on every server', async () => {
    const { id, ada, bob } = await room();
    const there = await enter('mod', other.url);
    const { epoch, seq } = (await there.join(id)).data as { readonly epoch: string; readonly seq: number };
    expect(seq).toBe(2);
    await bob.say(id, 'a third');
    await bob.say(id, 'a fourth');
    const old = (await bob.event(id, 1)).data as { readonly id: string };
    const set = (who: WireClient, data: object) => who.request('channel:update', id, data);
    expect(outcome(await set(bob, { retentionDays: 2 }))).toBe('forbidden');
    for (const bad of [{ retentionDays: 36_501 }, { retentionDays: -1 }, { retentionMessages: 1.5 }])
      expect(outcome(await set(ada, bad))).toBe('bad_request');
    await database.query(
      `update events as e set timestamp = e.timestamp - 3 * 86400000::bigint
       from logs as l where l.key = 'channel:' || $1 and e.log_id = l.id and e.seq <= 3`,
      [id],
    );
    expect(outcome(await set(ada, { retentionDays: 2, retentionMessages: 0 }))).toBe('ack');
    expect(await bob.event(id, 5)).toMatchObject({
      type: 'channel:updated',
      data: { retentionDays: 2, retentionMessages: 0, by: { name: 'Ada' } },
    });
    const acts = await database.query<{ text: string }>(
      `select t.text from audit_log as a join audit_texts as t on t.seq = a.seq
       where a.channel_id = $1 and a.action = 'channel:updated'`,
      [id],
    );
    expect(acts.rows.map(({ text }) => JSON.parse(text) as object)).toMatchObject([
      {
        before: { retentionDays: null, retentionMessages: null },
        after: { retentionDays: 2, retentionMessages: 0 },
      },
    ]);
    // Servers see what the other one wrote with what they write themselves.
    expect(await there.say(id, 'from there')).toBe(6);
    expect(await bob.say(id, 'from here')).toBe(7);
    // Both servers had it in memory, and nobody reads anything from the log for that.
    const began = performance.now();
    for (const client of [bob, there]) {
      for (;;) {
        const { data } = await client.request('history:get', id, { afterSeq: 0 });
        if ('floor' in data) {
          expect(data).toMatchObject({ floor: 4, hasMore: false });
          const { events } = data as unknown as { readonly events: readonly { readonly seq: number }[] };
          expect(events.map((event) => event.seq)).toEqual([4, 5, 6, 7].slice(0, events.length));
          break;
        }
        expect(performance.now() - began).toBeLessThan(15_000);
        await pause(300);
      }
    }
    for (const [recover, recovered, from] of [
      [{ epoch, seq: 2 }, false, 4],
      [{ epoch, seq: 3 }, true, 4],
      [{ epoch, seq: 4 }, true, 5],
    ] as const) {
      const joined = await bob.request('channel:join', id, { recover });
      expect(joined.data).toMatchObject({ epoch, seq: 7, floor: 4, recovered, hasMore: false });
      expect(joined.data.events[0]?.seq).toBe(from);
      expect(joined.data).toMatchObject({ settings: { retentionDays: 2 } });
    }
    for (const [type, data] of [
      ['reaction:add', { messageId: old.id, emoji: '👍' }],
      ['message:update', { id: old.id, content: 'x' }],
      ['message:delete', { id: old.id }],
      ['message:pin', { id: old.id }],
      ['message:send', { content: 'x', replyTo: old.id }],
      ['message:report', { id: old.id, reason: 'It is spam.' }],
      ['thread:get', { id: old.id }],
      ['message:versions', { id: old.id }],
    ] as const) {
      expect([type, outcome(await there.request(type, id, data))]).toEqual([type, 'not_found']);
    }
    const found = await there.request('message:search', undefined, { text: 'secret', channelId: id });
    expect(found.data).toMatchObject({ events: [], hasMore: false });
    const page = await rest(server.url, 'GET', `/chat/history/${id}?limit=50`, { token: tokens.ada });
    expect(page.body).toMatchObject({
      floor: 4,
      items: [{ seq: 4 }, { seq: 5 }, { seq: 6 }, { seq: 7 }],
      has_more: false,
    });
    const removed = async (url: string): Promise<number> =>
      Number(
        /^hubbub_retention_removed_rows_total (\d+)$/m.exec(
          await (await fetch(`${url}/metrics`)).text(),
        )?.[1],
      );
    while ((await removed(server.url)) + (await removed(other.url)) === 0) await pause(200);
    expect(await bob.say(id, 'and on')).toBe(8);
  });

  it('[RETAIN-2] tell staff how long they keep messages, by REST, where it is set too', async () => {
    const id = nameOf();
    const ask = async (
      method: 'GET' | 'PATCH' | 'POST',
      path: string,
      token: string,
      payload?: object,
    ): Promise<{ status: number; body: Record<string, unknown> }> =>
      rest<Record<string, unknown>>(server.url, method, path, {
        token,
        ...(payload === undefined ? {} : { payload }),
      });
    const made = await ask('POST', '/channels', tokens.mod, { id, name: 'Kept', retention_days: 30 });
    expect(made).toMatchObject({ status: 201, body: { id, retention_days: 30, retention_messages: null } });
    const told = async (token: string) =>
      ((await ask('GET', `/channels?prefix=${id}`, token)).body['items'] as object[])[0]!;
    expect(await told(tokens.mod)).toMatchObject({ retention_days: 30, retention_messages: null });
    expect(await told(tokens.bob)).not.toHaveProperty('retention_days');
    const change = { id, retention_days: null, retention_messages: 500 };
    expect((await ask('PATCH', '/channels', tokens.bob, change)).status).toBe(403);
    expect((await ask('PATCH', '/channels', tokens.mod, { id, retention_messages: -1 })).status).toBe(400);
    const changed = await ask('PATCH', '/channels', tokens.mod, change);
    expect(changed).toMatchObject({ status: 200, body: { retention_days: null, retention_messages: 500 } });
    expect(await told(tokens.root)).toMatchObject({ retention_days: null, retention_messages: 500 });
    const bob = await enter('bob');
    const settings = { retentionDays: null, retentionMessages: 500 };
    expect((await bob.join(id)).data).toMatchObject({ settings });
  });

  it('[CHDEL-16] [RETAIN-11] that are large are purged behind everything else, and what is past in them is removed, over a kill -9 and a restart', async () => {
    const { id, ada } = await room();
    const { id: kept, ada: keeper } = await room();
    const found = await database.query<{ id: string }>('select id from logs where key = $1', [
      `channel:${id}`,
    ]);
    const log = found.rows[0]!.id;
    await database.query(
      `insert into events (log_id, seq, id, type, sender, timestamp, data)
       select $1, n + 2, $2 || n, 'message:created', 's', 1, '{"content":"old"}' from generate_series(1, $3) as n`,
      [log, id, MANY],
    );
    await database.query('update logs set head = head + $2 where id = $1', [log, MANY]);
    await database.query(
      `with moved as (update logs set head = head + $3 where key = 'channel:' || $1 returning id)
       insert into events (log_id, seq, id, type, sender, timestamp, data)
       select moved.id, n + 2, $2 || n, 'message:created', 's', 1, '{"content":"old"}' from moved, generate_series(1, $3) as n`,
      [kept, kept, PAST],
    );
    await database.query(
      `update events as e set timestamp = 1 from logs as l where l.key = 'channel:' || $1 and e.log_id = l.id and e.seq < 3`,
      [kept],
    );
    const keptRows = async (): Promise<{ floor: number; below: number; above: number }> => {
      const counted = await database.query<{ floor: number; below: number; above: number }>(
        `select l.floor::integer, count(*) filter (where e.seq < l.floor)::integer as below,
           count(*) filter (where e.seq >= l.floor)::integer as above
         from logs as l join events as e on e.log_id = l.id where l.key = 'channel:' || $1 group by l.floor`,
        [kept],
      );
      return counted.rows[0]!;
    };
    const rows = async (): Promise<number> => {
      const counted = await database.query<{ count: number }>(
        'select count(*)::integer as count from events where log_id = $1',
        [log],
      );
      return counted.rows[0]!.count;
    };
    const until = async (isSo: (count: number) => boolean): Promise<void> => {
      while (!isSo(await rows())) await pause(20);
    };
    // Alone, so that nobody else goes on with it.
    await other.stop();
    expect(outcome(await keeper.request('channel:update', kept, { retentionMessages: 1 }))).toBe('ack');
    while ((await keptRows()).floor === 1) await pause(20);
    expect(outcome(await ada.request('channel:delete', id, { purge: true }))).toBe('ack');
    // It was acknowledged before its rows were gone.
    expect(await rows()).toBeGreaterThan(0);
    await until((count) => count < MANY);
    await server.kill();
    const left = await rows();
    expect(left).toBeGreaterThan(0);
    const atKill = await keptRows();
    // Nothing was removed that a floor wasn't put under before.
    expect(atKill.floor + atKill.above).toBe(PAST + 4);
    other = await startServer({ env: { ...SETTINGS, DATABASE_URL: server.database.connectionString } });
    const bob = await enter('bob', other.url);
    expect((await bob.join(id)).data).toMatchObject({ seq: 0, events: [] });
    await bob.say(id, 'meanwhile');
    while ((await rows()) > 0 || (await keptRows()).floor < PAST + 2) {
      await bob.say(id, 'meanwhile');
      await pause(20);
    }
    const first = await bob.request('history:get', id, { afterSeq: 0, limit: 1 });
    expect(first.data).toMatchObject({ events: [{ seq: 1, data: { content: 'meanwhile' } }] });
    // The newest message and the change of the settings.
    const joined = await bob.join(kept);
    expect(joined.data).toMatchObject({ seq: PAST + 3, floor: PAST + 2, hasMore: false });
    while ((await keptRows()).below > 0) await pause(50);
  });
});
