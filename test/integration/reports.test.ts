/** Reports and notes over real sockets, REST, threads and PostgreSQL. */
import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { register, rest } from '../support/account-client.ts';
import { withClient } from '../support/postgres.ts';
import { serverToken } from '../support/server-tokens.ts';
import { closeWireClients, WireClient } from '../support/wire-client.ts';
import { contractBreach } from '../support/wire-contract.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

describe.each([
  { name: 'sockets on main', env: {} },
  { name: 'sockets on threads', env: { GATEWAYS: '2' } },
])('with $name', ({ env }) => {
  let server: WireServer;
  let mod: string;
  let modId: string;
  beforeAll(async () => {
    server = await startWireServer({ ...env, SHARDS: '2' });
    mod = await serverToken(server.database.connectionString, { name: 'Mod', roles: ['user', 'moderator'] });
    modId = String(decodeJwt(mod).sub);
  });
  afterEach(closeWireClients);
  afterAll(() => server.end());

  const staff = async (): Promise<WireClient> => {
    const client = await WireClient.connect(server.url, { headers: { authorization: `Bearer ${mod}` } });
    await client.welcomed();
    return client;
  };
  const enter = async (name: string, channelId: string): Promise<WireClient> => {
    const client = await WireClient.guest(server.url, name);
    await client.request('channel:join', channelId);
    return client;
  };
  const say = async (client: WireClient, channelId: string, content: string): Promise<string> => {
    const { data } = await client.request('message:send', channelId, { content });
    return (data as { id: string }).id;
  };
  const idOf = ({ data }: { readonly data?: unknown }): string => (data as { id: string }).id;

  it('[REPORT-1] [REPORT-4] [REPORT-7] [REPORT-8] from a report over its claim to its end', async () => {
    const channelId = 'den';
    const [ada, bob, moderator] = [
      await enter('Ada', channelId),
      await enter('Bob', channelId),
      await staff(),
    ];
    await moderator.request('channel:join', channelId);
    await say(ada, channelId, 'hello');
    const message = await say(ada, channelId, 'buy this');
    const reported = await bob.request('message:report', channelId, { id: message, reason: 'It is spam.' });
    expect(reported).toMatchObject({ type: 'ack', channelId });
    const id = idOf(reported);
    expect(await moderator.next('report:created')).toMatchObject({
      channelId,
      data: {
        ...{ id, state: 'open', reason: 'It is spam.', reporter: { name: 'Bob' } },
        ...{ message: { id: message, content: 'buy this', author: { name: 'Ada' } } },
        context: [{ content: 'hello' }],
      },
    });
    const again = await bob.request('message:report', channelId, { id: message, reason: 'Again.' });
    expect(again.data).toEqual({ id, duplicate: true });
    expect(await ada.request('message:delete', channelId, { id: message })).toMatchObject({ type: 'ack' });

    expect((await moderator.request('report:list', channelId, { state: 'open' })).data).toMatchObject({
      ...{ items: [{ id, message: { content: 'buy this' } }], hasMore: false },
    });
    expect((await bob.request('report:list', channelId, {})).data).toMatchObject({ code: 'forbidden' });
    expect((await moderator.request('report:claim', channelId, { id })).data).toEqual({ id });
    expect((await moderator.request('report:claim', 'elsewhere', { id })).data).toMatchObject({
      code: 'not_found',
    });
    await bob.request('channel:leave', channelId);
    const end = { id, outcome: 'actioned', note: 'Warned.' };
    expect((await moderator.request('report:resolve', channelId, end)).data).toEqual({ id });
    expect(await bob.next('report:resolved')).toMatchObject({
      channelId,
      data: { id, messageId: message, outcome: 'actioned' },
    });
    const root = await serverToken(server.database.connectionString, {
      name: 'Root',
      roles: ['user', 'admin'],
    });
    const acts = await rest(server.url, 'GET', `/audit?target=${id}`, { token: root });
    expect(acts.body).toMatchObject({
      items: [
        { action: 'report:resolved', actor: { id: modId }, reason: 'Warned.', channel_id: channelId },
        { action: 'report:claimed', actor: { id: modId } },
      ],
    });
  });

  it('[REPORT-5] [REPORT-7] [REPORT-8] staff see all channels over REST, and resolve there', async () => {
    const [ada, bob] = [await enter('Dora', 'attic'), await enter('Emil', 'attic')];
    const message = await say(ada, 'attic', 'x');
    const id = idOf(await bob.request('message:report', 'attic', { id: message, reason: 'Rude.' }));
    const guest = await rest(server.url, 'GET', '/reports');
    expect(guest.status).toBe(401);
    const user = await serverToken(server.database.connectionString, { name: 'User' });
    expect((await rest(server.url, 'GET', '/reports', { token: user })).status).toBe(403);
    const patch = (payload: object) => rest(server.url, 'PATCH', `/reports/${id}`, { token: mod, payload });
    const list = await rest(server.url, 'GET', '/reports?channel_id=attic&state=open&limit=1', {
      token: mod,
    });
    expect(list).toMatchObject({
      status: 200,
      body: {
        items: [{ id, channel_id: 'attic', reporter: { name: 'Emil' }, reason: 'Rude.' }],
        has_more: false,
      },
    });
    expect((await rest(server.url, 'GET', '/reports', { token: mod })).body).toMatchObject({
      items: expect.arrayContaining([expect.objectContaining({ id })]),
    });
    for (const wrong of [
      { state: 'resolved' },
      { state: 'claimed', outcome: 'actioned' },
      { state: 'claimed', note: 'x' },
    ]) {
      expect((await patch(wrong)).status).toBe(400);
    }
    expect(await patch({ state: 'claimed' })).toMatchObject({
      status: 200,
      body: { claimed_by: { id: modId } },
    });
    expect(await patch({ state: 'resolved', outcome: 'dismissed' })).toMatchObject({
      status: 200,
      body: { state: 'resolved', outcome: 'dismissed', resolved_by: { id: modId } },
    });
    expect((await bob.next('report:resolved')).data).toMatchObject({ id, outcome: 'dismissed' });
    expect((await patch({ state: 'resolved', outcome: 'actioned' })).status).toBe(409);
    const missing = { token: mod, payload: { state: 'claimed' } };
    expect((await rest(server.url, 'PATCH', '/reports/nothing', missing)).status).toBe(404);
  });

  it('[REPORT-5] [REPORT-7] whoever moderates a channel has its queue without naming it, here and over REST', async () => {
    const token = await serverToken(server.database.connectionString, { name: 'Gabi' });
    const gabi = await WireClient.connect(server.url, { query: { token } });
    const { user } = await gabi.welcomed();
    expect((await gabi.request('report:list')).data).toMatchObject({ code: 'forbidden' });
    expect((await rest(server.url, 'GET', '/reports', { token })).status).toBe(403);
    const ids: string[] = [];
    for (const channelId of ['cellar', 'garden']) {
      const [ada, bob] = [await enter(`A${channelId}`, channelId), await enter(`B${channelId}`, channelId)];
      const id = await say(ada, channelId, 'x');
      ids.push(idOf(await bob.request('message:report', channelId, { id, reason: 'Rude.' })));
    }
    await gabi.join('cellar');
    const moderator = await staff();
    const role = { user: { id: user.id }, role: 'moderator' };
    expect((await moderator.request('channel:role', 'cellar', role)).type).toBe('ack');
    const mine = await gabi.request('report:list', undefined, { state: 'open' });
    expect(contractBreach(mine)).toBeNull();
    expect(mine.data).toMatchObject({ items: [{ id: ids[0], channelId: 'cellar' }], hasMore: false });
    const all = await moderator.request('report:list');
    expect(all.data.items.map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
    expect((await moderator.request('report:list', undefined, { limit: 1 })).data).toMatchObject({
      ...{ items: [{ id: ids[1] }], hasMore: true },
    });
    expect((await rest(server.url, 'GET', '/reports', { token })).body).toMatchObject({
      ...{ items: [{ id: ids[0] }], has_more: false },
    });
    const claim = async (id: string) =>
      (await rest(server.url, 'PATCH', `/reports/${id}`, { token, payload: { state: 'claimed' } })).status;
    expect([await claim(ids[0]!), await claim(ids[1]!)]).toEqual([200, 404]);
    const status = async (channel: string) =>
      (await rest(server.url, 'GET', `/reports?channel_id=${channel}`, { token })).status;
    expect([await status('cellar'), await status('garden'), await status('nowhere')]).toEqual([
      200, 403, 404,
    ]);
  });

  it('[NOTE-1] [NOTE-2] staff note, read and delete', async () => {
    const where = `/users/${await register(server.url, 'Cleo', 'correct horse')}/notes`;
    const send = (method: 'GET' | 'POST' | 'DELETE', path: string, payload?: object, token = mod) =>
      rest(server.url, method, path, { token, ...(payload === undefined ? {} : { payload }) });
    const user = await serverToken(server.database.connectionString, { name: 'User' });
    expect((await send('POST', where, { text: '' }, user)).status).toBe(403);
    for (const text of ['', ' ', 'a\0b', 'x'.repeat(4_001)]) {
      expect((await send('POST', where, { text })).status).toBe(400);
    }
    expect((await send('POST', '/users/nobody/notes', { text: 'x' })).status).toBe(404);
    const made = await send('POST', where, { text: 'Keeps an eye on things.' });
    expect(made).toMatchObject({ status: 201, body: { by: { id: modId }, text: 'Keeps an eye on things.' } });
    expect((await send('GET', where)).body).toMatchObject({ items: [made.body], has_more: false });
    const own = `${where}/${(made.body as { id: string }).id}`;
    expect((await send('DELETE', own)).status).toBe(204);
    expect((await send('DELETE', own)).status).toBe(404);
    expect((await send('GET', where)).body).toMatchObject({ items: [] });
  });
});

it('[REPORT-9] a server deletes what is older than REPORT_RETENTION_DAYS', async () => {
  const server = await startWireServer({ REPORT_RETENTION_DAYS: '2', SHARDS: '1' });
  try {
    await withClient(server.database.connectionString, async (client) => {
      const day = 86_400_000;
      for (const [id, age] of [
        ['old', 2.1],
        ['young', 1.9],
      ] as const) {
        await client.query(
          `insert into reports (id, channel_id, message_id, author_id, message, context, reporter_id, reporter_name,
             reason, created_at) values ($1, 'c', $1, 'a', '{}', '[]', 'r', 'R', 'x', $2)`,
          [id, Math.round(Date.now() - age * day)],
        );
      }
    });
    const again = await startWireServer({
      ...{ REPORT_RETENTION_DAYS: '2', SHARDS: '1' },
      DATABASE_URL: server.database.connectionString,
    });
    try {
      await expect
        .poll(() =>
          withClient(server.database.connectionString, async (client) => {
            const { rows } = await client.query<{ id: string }>('select id from reports');
            return rows.map(({ id }) => id);
          }),
        )
        .toEqual(['young']);
    } finally {
      await again.end();
    }
  } finally {
    await server.end();
  }
});
