/** What another program does with a key, over a real server, its threads and PostgreSQL. */
import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { withClient } from '../support/postgres.ts';
import { serverToken } from '../support/server-tokens.ts';
import { closeWireClients, WireClient } from '../support/wire-client.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

interface Answer {
  readonly status: number;
  // Different for every route.
  readonly body: Record<string, unknown>;
  readonly headers: Headers;
}

const DECISION_SECRET = 'd'.repeat(32);

/** A program that is told of events, and asked what people may. */
class Receiver {
  readonly got: { readonly headers: IncomingHttpHeaders; readonly text: string }[] = [];
  readonly asked: { readonly headers: IncomingHttpHeaders; readonly text: string }[] = [];
  /** What it answers. */
  status = 200;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(): Promise<Receiver> {
    const server = createServer();
    const receiver = new Receiver(server);
    server.on('request', (request, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (part: string) => (text += part));
      request.on('end', () => {
        if (request.url?.endsWith('/decide') === true) {
          receiver.asked.push({ headers: request.headers, text });
          const answer = text.includes('rude')
            ? { allow: false, reason: 'not in our shop' }
            : { allow: true };
          response.writeHead(200).end(JSON.stringify(answer));
          return;
        }
        receiver.got.push({ headers: request.headers, text });
        response.writeHead(receiver.status).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook`;
  }

  /** Bodies of the type so far. */
  of(type: string): Record<string, unknown>[] {
    const bodies = this.got.map(({ text }) => JSON.parse(text) as Record<string, unknown>);
    return bodies.filter((body) => body['type'] === type);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

let receiver: Receiver;
let server: WireServer;
let admin: string;
let key: string;
beforeAll(async () => {
  receiver = await Receiver.open();
  server = await startWireServer({
    ...{ WEBHOOK_PRIVATE_ADDRESSES: 'on', DECISION_HOOK_URL: `${receiver.url}/decide` },
    ...{ DECISION_HOOK_SECRET: DECISION_SECRET, DECISION_HOOKS: 'may-connect,may-join,may-publish' },
  });
  admin = await serverToken(server.database.connectionString, { name: 'Root', roles: ['user', 'admin'] });
  key = await newKey('publish', 'broadcast', 'whisper', 'members', 'users', 'sessions', 'tokens', 'read');
});
afterEach(closeWireClients);
afterAll(async () => {
  expect(server.output(), 'what the server logged').not.toContain('"level":"error"');
  await server.end();
  await receiver.close();
});

async function call(
  method: string,
  path: string,
  body?: object,
  { token = key, once }: { token?: string; once?: string } = {},
): Promise<Answer> {
  const answer = await fetch(server.url + path, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(once === undefined ? {} : { 'idempotency-key': once }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const { status, headers } = answer;
  return { status, headers, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
}

async function newKey(...scopes: string[]): Promise<string> {
  const made = await call('POST', '/api-keys', { name: 'the shop', scopes }, { token: admin });
  return String(made.body['key']);
}

let channels = 0;
async function newChannel(isPrivate = false): Promise<string> {
  const id = `shop-${(channels += 1)}`;
  const made = await call('POST', '/channels', { id, name: id, private: isPrivate }, { token: admin });
  expect(made.status).toBe(201);
  return id;
}

const publish = (channel: string, body: object, options?: { token?: string; once?: string }) =>
  call('POST', '/server/publish', { channel_id: channel, ...body }, options);

describe('keys', () => {
  it('[KEY-6] open what they are for: 401 without one that holds, then 403, then 400', async () => {
    const channel = await newChannel();
    const other = await newKey('whisper');
    expect((await publish(channel, { content: 'x' }, { token: other })).status).toBe(403);
    expect((await publish(channel, {}, { token: other })).status).toBe(403);
    expect((await publish(channel, {})).status).toBe(400);
    expect((await publish(channel, { content: 'x' }, { token: admin })).status).toBe(401);
    expect((await call('GET', '/me')).status).toBe(401);
    const { body } = await call('GET', '/api-keys', undefined, { token: admin });
    const [{ id }] = (body['items'] as { id: string }[]).slice(-1) as [{ id: string }];
    expect((await call('DELETE', `/api-keys/${id}`, undefined, { token: admin })).status).toBe(204);
    expect((await publish(channel, { content: 'x' }, { token: other })).status).toBe(401);
  });
});

describe('publishing', () => {
  it('[KEY-7] is in the log and shown in the order of the channel, as whom the program says', async () => {
    const channel = await newChannel();
    const ada = await WireClient.guest(server.url, 'Ada');
    await ada.join(channel);
    const first = await publish(channel, {
      ...{ content: '/order “🙂”', author: { id: 'shop:7', name: 'The Shop' }, meta: { order: 7 } },
    });
    expect(first).toMatchObject({ status: 201, body: { id: expect.any(String), seq: 1 } });
    expect((await ada.event(channel, 1)).data).toMatchObject({
      ...{ id: first.body['id'], content: '/order “🙂”', meta: { order: 7 } },
      author: { id: 'shop:7', name: 'The Shop' },
    });
    expect(await ada.say(channel, 'thanks')).toBe(2);
    const mine = await publish(channel, {
      content: 'as Ada',
      user_id: ada.user.id,
      reply_to: first.body['id'],
    });
    expect(mine).toMatchObject({ status: 201, body: { seq: 3 } });
    expect((await ada.event(channel, 3)).data).toMatchObject({ author: { id: ada.user.id, name: 'Ada' } });
    const system = await publish(channel, { content: 'closing soon' });
    expect(system.body['seq']).toBe(4);
    expect((await ada.event(channel, 4)).data).toMatchObject({ author: { id: 'system', name: 'System' } });
  });

  it('[KEY-7] is written once for each client_message_id, also when several come at once', async () => {
    const channel = await newChannel();
    const send = () => publish(channel, { content: 'once', client_message_id: 'order-7' });
    const answers = await Promise.all([send(), send(), send()]);
    expect(new Set(answers.map(({ body }) => body['id'])).size).toBe(1);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 201]);
    expect((await publish(channel, { content: 'next' })).body['seq']).toBe(2);
  });

  it('[KEY-7] needs a channel and a user that are there, and a text that can be one', async () => {
    const channel = await newChannel();
    expect((await publish('nowhere', { content: 'x' })).status).toBe(404);
    expect((await publish(channel, { content: 'x', user_id: 'nobody' })).status).toBe(404);
    expect((await publish(channel, { content: '' })).status).toBe(400);
    expect((await publish(channel, { content: 'x'.repeat(4_001) })).status).toBe(413);
    const author = { id: 'a', name: 'b' };
    expect((await publish(channel, { content: 'x', author, user_id: 'c' })).status).toBe(400);
    expect((await publish(channel, { content: 'x', author: { id: 'a', name: 'a\nb' } })).status).toBe(400);
  });

  it('[KEY-7] is judged by automod only where that is asked for', async () => {
    const channel = await newChannel();
    await call(
      'POST',
      '/automod/rules',
      {
        ...{ name: 'r', enabled: true, channels: [channel] },
        ...{ when: { kind: 'words', words: ['nitro'] }, action: { kind: 'refuse' } },
      },
      { token: admin },
    );
    expect((await publish(channel, { content: 'nitro', moderated: true })).status).toBe(422);
    expect((await publish(channel, { content: 'nitro' })).status).toBe(201);
  });

  it('[KEY-8] the same Idempotency-Key gets the first answer, and nothing is written twice', async () => {
    const channel = await newChannel();
    const send = (content: string) => publish(channel, { content }, { once: 'payment-7' });
    const first = await send('paid');
    const again = await send('paid');
    expect(again).toMatchObject({ status: 201, body: first.body });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect((await send('other')).status).toBe(422);
    expect((await publish(channel, { content: 'x' }, { once: 'a b' })).status).toBe(400);
    expect((await publish(channel, { content: 'next' })).body['seq']).toBe(2);
    const refused = () => publish('shop-later', { content: 'x' }, { once: 'later' });
    expect((await refused()).status).toBe(404);
    await call('POST', '/channels', { id: 'shop-later', name: 'later' }, { token: admin });
    expect((await refused()).status).toBe(201);
  });

  it('[KEY-9] to several channels at once tells what came of it in each', async () => {
    const [one, two] = [await newChannel(), await newChannel(true)];
    const body = { content: 'all', channels: [one, 'nowhere', two] };
    const sent = await call('POST', '/server/broadcast', body, { once: 'b' });
    expect(sent).toMatchObject({
      status: 200,
      body: {
        items: [
          { channel_id: one, seq: 1 },
          { channel_id: 'nowhere', error: 'not_found' },
          { channel_id: two, seq: 1 },
        ],
        has_more: false,
      },
    });
    const everywhere = await call('POST', '/server/broadcast', { content: 'everyone' });
    const told = (everywhere.body['items'] as { channel_id: string }[]).map((item) => item.channel_id);
    expect(told).toContain(one);
    expect(told).not.toContain(two);
  });

  it('[KEY-10] whispers come from the system, and once', async () => {
    const ada = await WireClient.guest(server.url, 'Wanda');
    const send = () =>
      call('POST', '/server/whisper', { to: { name: 'wanda' }, content: 'psst', client_message_id: 'w' });
    const sent = await send();
    expect(sent.status).toBe(201);
    const whisper = await ada.next('whisper:created');
    expect(whisper.data).toMatchObject({ content: 'psst', from: { id: 'system', name: 'System' } });
    expect(await send()).toMatchObject({ status: 200, body: { id: sent.body['id'], duplicate: true } });
    const nobody = await call('POST', '/server/whisper', { to: { id: 'nobody' }, content: 'psst' });
    expect(nobody.status).toBe(404);
  });
});

describe('users', () => {
  it('[KEY-11] [KEY-14] are made and changed by ids of the program, get tokens, and are disconnected', async () => {
    const put = (body: object) => call('PUT', '/server/users/shop:42', body);
    expect(await put({ name: 'Grace' })).toMatchObject({ status: 201, body: { roles: ['user'] } });
    const changed = await put({ name: 'Grace H', avatar: 'https://shop.test/g.png', roles: ['moderator'] });
    const grace = {
      ...{ id: 'shop:42', name: 'Grace H', avatar: 'https://shop.test/g.png' },
      roles: ['user', 'moderator'],
    };
    expect(changed).toMatchObject({ status: 200, body: grace });
    expect((await call('GET', '/server/users/shop:42')).body).toEqual(grace);
    const changes = await call('GET', '/audit?target=shop:42', undefined, { token: admin });
    expect(changes.body['items']).toMatchObject([
      { action: 'roles:changed', actor: { name: 'the shop' } },
      { action: 'profile:changed', actor: { name: 'the shop' }, before: { name: 'Grace' } },
      { action: 'user:created' },
    ]);
    const issued = await call('POST', '/server/users/shop:42/tokens', { expires_in: 60 });
    expect(issued).toMatchObject({ status: 201, body: { token_type: 'Bearer', expires_in: 60 } });
    const acts = await call('GET', '/audit?target=shop:42&action=token:issued', undefined, { token: admin });
    expect(acts.body['items']).toMatchObject([
      { actor: { name: 'the shop' }, target: { name: 'Grace H' }, after: { expires_in: 60 } },
    ]);
    const headers = { authorization: `Bearer ${String(issued.body['token'])}` };
    const client = await WireClient.connect(server.url, { headers });
    expect((await client.welcomed()).user).toMatchObject(grace);
    expect(await call('POST', '/server/users/shop:42/disconnect')).toMatchObject({
      body: { ended: 1, servers_missing: 0 },
    });
    expect((await client.closed).code).toBe(4004);
    expect(await call('POST', '/server/users/shop:42/disconnect')).toMatchObject({ body: { ended: 0 } });
    expect((await call('POST', '/login', { username: 'Grace H', password: 'x'.repeat(12) })).status).toBe(
      401,
    );
  });

  it('[KEY-11] no program touches an administrator, or takes what is somebody else’s', async () => {
    await call('PUT', '/server/users/shop:boss', { name: 'Boss' });
    const promoted = await call('PATCH', '/users/shop:boss', { roles: ['admin'] }, { token: admin });
    expect(promoted.status).toBe(200);
    expect((await call('PUT', '/server/users/shop:boss', { name: 'Bossy' })).status).toBe(403);
    expect((await call('POST', '/server/users/shop:boss/tokens', {})).status).toBe(403);
    expect((await call('PUT', '/server/users/shop:1', { name: 'x', roles: ['admin'] })).status).toBe(400);
    expect((await call('PUT', '/server/users/system', { name: 'Me' })).status).toBe(409);
    const guest = await WireClient.guest(server.url, 'Taken');
    expect((await call('PUT', `/server/users/${guest.user.id}`, { name: 'Other' })).status).toBe(409);
    expect((await call('PUT', '/server/users/shop:2', { name: 'taken' })).status).toBe(409);
    expect((await call('POST', '/server/users/nobody/tokens', {})).status).toBe(404);
  });

  it('[KEY-12] are made members of private channels, and no longer', async () => {
    const channel = await newChannel(true);
    const ada = await WireClient.guest(server.url, 'Ida');
    expect((await ada.request('channel:join', channel)).data.code).toBe('not_found');
    const add = () =>
      call('POST', `/server/channels/${channel}/members`, { user_id: ada.user.id }, { once: 'member' });
    expect(await add()).toMatchObject({ status: 201, body: { user_id: ada.user.id, role: 'member' } });
    expect((await add()).status).toBe(201);
    await ada.join(channel);
    const gone = await call('DELETE', `/server/channels/${channel}/members?user_id=${ada.user.id}`);
    expect(gone.status).toBe(204);
    expect((await ada.request('channel:join', channel)).data.code).toBe('not_found');
  });
});

describe('webhooks', () => {
  const asAdmin = (method: string, path: string, body?: object) => call(method, path, body, { token: admin });

  it('[HOOK-2] [HOOK-4] are told, signed, of messages, reports and acts of the audit log', async () => {
    const events = ['message:*', 'report:created', 'act:user:banned'];
    const made = await asAdmin('POST', '/webhooks', { url: receiver.url, events });
    expect(made).toMatchObject({ status: 201, body: { events, enabled: true } });
    const { secret, ...hook } = made.body;
    expect((await asAdmin('GET', '/webhooks')).body['items']).toEqual([hook]);
    const channel = await newChannel();
    const [ada, bob] = [
      await WireClient.guest(server.url, 'Nora'),
      await WireClient.guest(server.url, 'Olga'),
    ];
    for (const client of [ada, bob]) await client.join(channel);
    const sent = await ada.request('message:send', channel, { content: 'hello “🙂”' });
    await bob.request('message:report', channel, { id: sent.data.id, reason: 'spam' });
    await asAdmin('POST', '/users/ban', { banished_id: ada.user.id, reason: 'spam', duration_seconds: 60 });
    await expect.poll(() => receiver.of('act:user:banned').length, { timeout: 10_000 }).toBe(1);
    await expect.poll(() => receiver.of('report:created').length, { timeout: 10_000 }).toBe(1);
    await expect.poll(() => receiver.of('message:created').length, { timeout: 10_000 }).toBeGreaterThan(0);
    const message = receiver.of('message:created').find((body) => body['id'] === sent.data.id);
    expect(message).toMatchObject({
      ...{ channel_id: channel, seq: sent.data.seq, timestamp: expect.any(Number) },
      data: { content: 'hello “🙂”', author: { id: ada.user.id, name: 'Nora' } },
    });
    expect(receiver.of('report:created')).toMatchObject([
      { data: { message_id: sent.data.id, reason: 'spam' } },
    ]);
    expect(receiver.of('act:user:banned')).toMatchObject([{ data: { target: { id: ada.user.id } } }]);
    for (const { headers, text } of receiver.got) {
      const [, time = '', hmac] =
        /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['x-hubbub-signature'])) ?? [];
      expect(createHmac('sha256', String(secret)).update(`${time}.${text}`).digest('hex')).toBe(hmac);
      expect(headers['x-hubbub-delivery']).toMatch(/^\d+$/);
    }
    expect((await asAdmin('DELETE', `/webhooks/${String(hook['id'])}`)).status).toBe(204);
  });

  it('[HOOK-1] [HOOK-3] [HOOK-5] what a receiver refuses waits in sight of administrators, and a test may be sent', async () => {
    const made = await asAdmin('POST', '/webhooks', { url: receiver.url, events: ['message:pinned'] });
    const path = `/webhooks/${String(made.body['id'])}`;
    receiver.status = 500;
    const { body, status } = await asAdmin('POST', `${path}/test`);
    expect(status).toBe(202);
    const listed = async (state: string) => {
      const page = await asAdmin('GET', `${path}/deliveries?state=${state}`);
      return page.body['items'] as { attempts: number; problem: string | null }[];
    };
    await expect
      .poll(async () => (await listed('waiting'))[0]?.problem, { timeout: 10_000 })
      .toBe('answered 500');
    receiver.status = 200;
    await withClient(server.database.connectionString, async (client) =>
      client.query("update webhook_deliveries set state = 'dead' where state = 'waiting'"),
    );
    expect(await listed('dead')).toHaveLength(1);
    const retried = await asAdmin('POST', `${path}/deliveries/${String(body['id'])}/retry`);
    expect(retried.status).toBe(202);
    await expect.poll(async () => (await listed('delivered')).length, { timeout: 10_000 }).toBe(1);
    const wrong = [
      { url: 'ftp://shop.test/', events: ['*'] },
      { url: receiver.url, events: [] },
      { url: receiver.url, events: ['NO'] },
      { url: receiver.url, events: ['message:*', 'message:sent'] },
      { url: receiver.url, events: ['whisper:*'] },
      { url: receiver.url, events: ['act:'] },
    ];
    for (const one of wrong) expect((await asAdmin('POST', '/webhooks', one)).status).toBe(400);
    expect(await asAdmin('PATCH', path, { enabled: false })).toMatchObject({ body: { enabled: false } });
    expect((await asAdmin('PATCH', '/webhooks/nobody', { enabled: false })).status).toBe(404);
    expect((await asAdmin('DELETE', path)).status).toBe(204);
  });
});

describe('decision hooks', () => {
  it('[HOOK-7] [HOOK-8] another program decides, signed, who may connect, join and write; its reason is told', async () => {
    const refused = { type: 'error', data: { code: 'forbidden', message: 'not in our shop' } };
    const rita = await WireClient.connect(server.url);
    expect(await rita.request('hello', undefined, { name: 'rude Rita' })).toMatchObject(refused);
    const [channel, ada] = [await newChannel(), await WireClient.guest(server.url, 'Petra')];
    expect(await ada.request('channel:join', 'rude-room')).toMatchObject(refused);
    const answers = await Promise.all([
      ada.request('channel:join', channel),
      ada.request('message:send', channel, { content: 'hello' }),
      ada.request('message:send', channel, { content: 'something rude' }),
      ada.request('message:send', channel, { content: 'bye' }),
    ]);
    expect(answers).toMatchObject([
      ...[{ type: 'channel:joined' }, { data: { seq: 1 } }, refused, { data: { seq: 2 } }],
    ]);
    const bodies = receiver.asked.map(({ text }) => JSON.parse(text) as Record<string, unknown>);
    const mine = bodies.filter(({ user }) => (user as { id: string }).id === ada.user.id);
    expect(mine.map(({ type }) => type)).toEqual([
      ...['may-connect', 'may-join', 'may-join', 'may-publish', 'may-publish', 'may-publish'],
    ]);
    expect(mine[3]).toMatchObject({ channel_id: channel, message: { content: 'hello' } });
    for (const { headers, text } of receiver.asked) {
      const [, time = '', hmac] =
        /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['x-hubbub-signature'])) ?? [];
      expect(createHmac('sha256', DECISION_SECRET).update(`${time}.${text}`).digest('hex')).toBe(hmac);
    }
  });

  it('[HOOK-11] administrators see how it is set, and ask it, without its secret', async () => {
    const state = await call('GET', '/decision-hooks', undefined, { token: admin });
    expect(state.body).toEqual({
      ...{ configured: true, url: `${receiver.url}/decide`, timeout_ms: 1_000, when_away: 'deny' },
      decisions: ['may-connect', 'may-join', 'may-publish'],
    });
    const trial = await call('POST', '/decision-hooks/test', undefined, { token: admin });
    expect(trial.body).toEqual({ answered: true, allow: true, took_ms: expect.any(Number) as number });
    expect(JSON.parse(receiver.asked.at(-1)!.text)).toMatchObject({
      ...{ type: 'may-connect', user: { name: 'Root', guest: false } },
    });
  });
});
