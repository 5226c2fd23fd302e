/** The erasure of a user, over a real server: nothing of them is left in any table. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logIn, register, rest } from '../support/account-client.ts';
import { withClient } from '../support/postgres.ts';
import { closeWireClients, type Frame, WireClient } from '../support/wire-client.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

const PASSWORD = 'correct horse';
/** What the user wrote, wherever that is possible; and their name. */
const MARK = 'zyxmarker';
const NAME = 'Qwertyname';

interface Proof {
  readonly id: string;
  readonly done: boolean;
  readonly counts: Readonly<Record<string, number>>;
  readonly digest: string;
}

let server: WireServer;
let admin = '';
beforeAll(async () => {
  server = await startWireServer({ ADMIN_PASSWORD: PASSWORD, SHARDS: '2' });
  admin = (await logIn(server.url, 'admin', PASSWORD)).token;
});
afterAll(async () => {
  await closeWireClients();
  await server.end();
});

async function player(name: string) {
  const id = await register(server.url, name, PASSWORD);
  const { token } = await logIn(server.url, name, PASSWORD);
  const wire = await WireClient.connect(server.url, { headers: { authorization: `Bearer ${token}` } });
  await wire.welcomed();
  return { id, token, wire };
}

/** Tables and columns in which `text` stands. */
async function placesOf(text: string): Promise<string[]> {
  return withClient(server.database.connectionString, async (client) => {
    const { rows: columns } = await client.query<{ t: string; c: string }>(
      `select c.table_name as t, c.column_name as c
       from information_schema.columns as c join information_schema.tables as t using (table_schema, table_name)
       where c.table_schema = 'public' and t.table_type = 'BASE TABLE'
         and c.data_type in ('text', 'json', 'jsonb', 'ARRAY', 'character varying', 'tsvector', 'USER-DEFINED')`,
    );
    const found: string[] = [];
    for (const { t, c } of columns) {
      const { rows } = await client.query<{ n: number }>(
        `select count(*)::integer as n from "${t}" where "${c}"::text ilike $1`,
        [`%${text}%`],
      );
      if (rows[0]!.n > 0) found.push(`${t}.${c}`);
    }
    return found;
  });
}

const idOf = (answer: Frame): string => (answer['data'] as { id: string }).id;

describe('the erasure of a user', () => {
  it('[ERASE-1] [ERASE-2] [ERASE-3] leaves nothing of theirs in any table, and proves what was removed', async () => {
    const [user, bob] = [await player(NAME), await player('bob')];
    const boss = await WireClient.connect(server.url, { headers: { authorization: `Bearer ${admin}` } });
    await boss.welcomed();
    for (const { wire } of [user, bob, { wire: boss }]) await wire.join('room');
    const kept = idOf(await bob.wire.request('message:send', 'room', { content: 'bob stays' }));
    const edited = idOf(await user.wire.request('message:send', 'room', { content: `${MARK} one` }));
    await user.wire.request('message:update', 'room', { id: edited, content: `${MARK} two` });
    const root = idOf(
      await user.wire.request('message:send', 'room', { content: `${MARK} root`, meta: { MARK } }),
    );
    await bob.wire.request('message:send', 'room', { content: 'a reply', replyTo: root });
    await user.wire.request('message:send', 'room', { content: `@bob ${MARK}`, clientMessageId: MARK });
    await user.wire.request('reaction:add', 'room', { messageId: kept, emoji: `:${MARK}:` });
    await boss.request('message:delete', 'room', {
      id: idOf(await user.wire.request('message:send', 'room', { content: `${MARK} deleted before` })),
    });
    // What waits for a hook holds a report as it was made.
    await withClient(server.database.connectionString, async (client) => {
      await client.query(
        `insert into webhooks (id, url, events, secret, enabled, created_at, created_by, created_by_name)
         values ('w', 'http://127.0.0.1:1/', '{report:created}', 's', true, 1, $1, $2)`,
        [user.id, NAME],
      );
    });
    await bob.wire.request('message:report', 'room', { id: edited, reason: 'look' });
    await user.wire.request('message:report', 'room', { id: kept, reason: `${MARK} reason` });
    await boss.request('channel:mute', 'room', {
      user: { id: user.id },
      reason: `${MARK} muted`,
      seconds: 1,
    });
    await boss.request('channel:unmute', 'room', { user: { id: user.id } });
    await boss.request('channel:role', 'room', { user: { id: user.id }, role: 'moderator' });
    await user.wire.request('channel:mute', 'room', { user: { id: bob.id }, reason: 'r', seconds: 1 });
    const sent = { to: { id: bob.id }, content: `${MARK} psst` };
    const whisper = idOf(await user.wire.request('whisper:send', undefined, sent));
    await user.wire.request('whisper:update', undefined, { id: whisper, content: `${MARK} again` });
    await bob.wire.request('whisper:send', undefined, { to: { id: user.id }, content: 'an answer' });
    await user.wire.request('message:send', 'gone', { content: 'x' });
    await user.wire.join('gone');
    await user.wire.say('gone', `${MARK} in a deleted channel`);
    await rest(server.url, 'DELETE', '/channels?id=gone', { token: admin });
    const post = async (path: string, payload: object) =>
      rest(server.url, 'POST', path, { token: admin, payload });
    await post(`/users/${user.id}/notes`, { text: `${MARK} noted` });
    await rest(server.url, 'PATCH', '/me', {
      token: user.token,
      payload: { avatar: `https://x.test/${MARK}` },
    });
    await rest(server.url, 'PATCH', `/users/${user.id}`, {
      token: admin,
      payload: { roles: [], reason: MARK },
    });
    const mute = await post('/users/mute', { muted_id: user.id, reason: MARK });
    expect(mute.status).toBe(201);
    // Until the search has all of it.
    while (!(await placesOf(MARK)).includes('message_search.words')) await pause(50);
    expect((await placesOf(MARK)).length).toBeGreaterThan(10);
    expect((await placesOf(NAME)).length).toBeGreaterThan(6);

    const path = `/users/${user.id}/erase`;
    const begun = await rest<Proof>(server.url, 'POST', path, { token: admin });
    expect(begun).toMatchObject({ status: 202, body: { user_id: user.id, done: false } });
    let proof = begun.body;
    while (!proof.done) {
      await pause(100);
      proof = (await rest<Proof>(server.url, 'GET', path, { token: admin })).body;
    }
    expect((await user.wire.closed).code).toBe(4004);
    expect(proof.counts).toMatchObject({
      ...{ messages: 4, whispers: 3, accounts: 1, names: 1, notes: 1, memberships: 2, reactions: 1 },
      ...{ reaction_events: 1, sanctions: 2 },
    });
    expect(proof.digest).toMatch(/^[0-9a-f]{64}$/);
    expect([await placesOf(MARK), await placesOf(NAME)]).toEqual([[], []]);

    // Everyone was told, the log is dense, and who comes now is told nothing else.
    const deleted = bob.wire.frames.filter(({ type }) => type === 'message:deleted');
    expect(deleted.length).toBeGreaterThanOrEqual(4);
    const eve = await player('eve');
    const joined = (await eve.wire.join('room'))['data'];
    expect(joined.events.map(({ seq }) => seq)).toEqual(joined.events.map((_, index) => index + 1));
    const again = await bob.wire.request('inbox:resume', undefined, {});
    for (const told of [joined, again]) {
      expect(JSON.stringify(told)).not.toContain(MARK);
      expect(JSON.stringify(told)).not.toContain(NAME);
    }
    expect(JSON.stringify(joined)).toContain('bob stays');
    expect(joined.events[6]).toEqual({ type: 'void', channelId: 'room', seq: 7 });
    const acts = await rest<{ items: object[] }>(server.url, 'GET', '/audit?action=user:erased', {
      token: admin,
    });
    expect(acts.body.items).toMatchObject([
      { target: { kind: 'user', id: user.id }, after: { counts: proof.counts, digest: proof.digest } },
    ]);
    // Asked again there is nothing to do; the name is free.
    expect((await rest<Proof>(server.url, 'POST', path, { token: admin })).body).toEqual(proof);
    await register(server.url, NAME, PASSWORD);
  });
});
