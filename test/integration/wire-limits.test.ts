/** Limits by user, by socket and by address, and what guests may. */
import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { serverToken } from '../support/server-tokens.ts';
import { withClient } from '../support/postgres.ts';
import { closeWireClients, type Frame, refusedUpgrade, upTo, WireClient } from '../support/wire-client.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

let server: WireServer;
const serve = (env: Readonly<Record<string, string>>) => {
  beforeAll(async () => {
    server = await startWireServer(env);
  });
  afterEach(closeWireClients);
  afterAll(async () => {
    expect(server.output(), 'what the server logged').not.toContain('"level":"error"');
    await server.end();
  });
};
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const codeOf = ({ type, data }: Frame) => (type === 'error' ? data.code : type);

describe('rates', () => {
  serve({ RATE_LIMIT_MESSAGES: '5', RATE_LIMIT_WINDOW_SECONDS: '2', MAX_FRAMES_PER_SECOND: '20' });

  it('[LIMIT-1] [LIMIT-2] [LIMIT-3] messages are limited by user over all connections, and retryAfterMs holds', async () => {
    const ada = await WireClient.guest(server.url);
    const tab = await WireClient.guest(server.url, undefined, { guestToken: ada.guestToken });
    for (const client of [ada, tab]) await client.join('rates');
    const tries = await Promise.all(
      upTo(8).map((n) => (n % 2 === 0 ? ada : tab).request('message:send', 'rates', { content: `m${n}` })),
    );
    expect(tries.filter(({ type }) => type === 'ack')).toHaveLength(5);
    const refused = tries.filter(({ type }) => type === 'error');
    for (const { channelId, data } of refused) {
      expect({ channelId, code: data.code }).toEqual({ channelId: 'rates', code: 'rate_limited' });
      expect(data.retryAfterMs).toBeGreaterThan(0);
      expect(data.retryAfterMs).toBeLessThanOrEqual(2_000);
    }
    // Another user, another allowance; other requests, too.
    const bob = await WireClient.guest(server.url);
    await bob.join('rates');
    await bob.say('rates', 'not limited');
    expect(codeOf(await tab.request('presence:get', 'rates'))).toBe('presence');
    const last = await tab.request('message:send', 'rates', { content: 'too early' });
    expect(codeOf(last)).toBe('rate_limited');
    await pause(last.data.retryAfterMs);
    expect(codeOf(await ada.request('message:send', 'rates', { content: 'in time' }))).toBe('ack');
    expect((await bob.event('rates', 7)).data.content).toBe('in time');
  });

  it('[LIMIT-7] [LIMIT-8] frames beyond the rate of a socket are rate_limited with their ref, and 4008 ends what goes on', async () => {
    const ada = await WireClient.guest(server.url);
    const answers = await Promise.all(upTo(60).map(() => ada.request('no-such-type')));
    const codes = answers.map(codeOf);
    expect(new Set(codes)).toEqual(new Set(['unknown_type', 'rate_limited']));
    const refused = answers.filter((answer) => codeOf(answer) === 'rate_limited');
    for (const { data } of refused) expect(data.retryAfterMs).toBeGreaterThan(0);
    // What is no request at all counts as well.
    for (const text of upTo(400).map(() => 'noise')) ada.send(text);
    expect((await ada.closed).code).toBe(4008);
    const other = await WireClient.guest(server.url);
    expect(codeOf(await other.request('ping'))).toBe('pong');
  });

  it('[LIMIT-7] a socket is held to its frames before it has said who it is', async () => {
    const anonymous = await WireClient.connect(server.url);
    for (const text of upTo(500).map(() => '{"type":"ping"}')) anonymous.send(text);
    expect((await anonymous.closed).code).toBe(4008);
    expect(new Set(anonymous.frames.map(codeOf))).toEqual(new Set(['unauthorized', 'rate_limited']));
  });

  it('[LIMIT-4] limits in the database hold for running connections', async () => {
    const ada = await WireClient.guest(server.url);
    await ada.join('wider');
    await withClient(server.database.connectionString, (client) =>
      client.query('update rate_limits set max_requests = 1000'),
    );
    for (;;) {
      const answers = await Promise.all(
        upTo(10).map(() => ada.request('message:send', 'wider', { content: 'x' })),
      );
      if (answers.every(({ type }) => type === 'ack')) break;
      await pause(400);
    }
  });

  it('[LIMIT-11] a limit that is changed over REST holds when it is answered, of everybody, a role and a channel', async () => {
    const token = await serverToken(server.database.connectionString, { name: 'Root', roles: ['admin'] });
    const limits = async (method: string, path: string, body?: object) => {
      const answer = await fetch(`${server.url}/ratelimits${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      expect(answer.ok).toBe(true);
    };
    const ada = await WireClient.guest(server.url);
    for (const channel of ['wide', 'narrow']) await ada.join(channel);
    const sent = async (channel: string, count: number) => {
      const answers = await Promise.all(
        upTo(count).map(() => ada.request('message:send', channel, { content: 'x' })),
      );
      return answers.filter(({ type }) => type === 'ack').length;
    };
    await limits('PATCH', '', { message_limit: 1_000, window_seconds: 60 });
    await limits('PATCH', '', { channel_id: 'narrow', message_limit: 2 });
    expect(await sent('narrow', 5)).toBe(2);
    expect(await sent('wide', 5)).toBe(5);
    await limits('PATCH', '', { role: 'guest', message_limit: 1 });
    // None, or the one that is due again where the answer took long.
    expect(await sent('wide', 5)).toBeLessThanOrEqual(1);
    await limits('DELETE', '?role=guest');
    await limits('DELETE', '?channel_id=narrow');
    expect([await sent('narrow', 3), await sent('wide', 3)]).toEqual([3, 3]);
  });
});

describe('addresses', () => {
  serve({ MAX_CONNECTIONS_PER_ADDRESS: '3', TRUST_PROXY: 'loopback' });
  const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });

  /** Opens so many sockets; the server may hear of the end of an earlier one a little after its client. */
  async function placesOf(address: string, count: number): Promise<void> {
    for (let open = 0; open < count;) {
      const opened = await WireClient.connect(server.url, from(address)).catch((error: unknown) =>
        String(error),
      );
      if (typeof opened !== 'string') open += 1;
      else expect(opened).toContain('429');
    }
  }

  function brokenHandshake(address: string): Promise<number> {
    const headers = {
      ...{ connection: 'Upgrade', upgrade: 'websocket', 'x-forwarded-for': address },
      ...{ 'sec-websocket-version': '99', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' },
    };
    return new Promise((resolve, reject) => {
      const asked = request(`${server.url}/ws`, { headers }, (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
      });
      asked.on('error', reject);
      asked.end();
    });
  }

  it('[LIMIT-6] one more connection of an address is 429, other addresses and freed places are not', async () => {
    const [first] = await Promise.all(upTo(3).map(() => WireClient.connect(server.url, from('192.0.2.1'))));
    const refusal = await refusedUpgrade(server.url, from('192.0.2.1'));
    expect(refusal).toMatchObject({
      status: 429,
      type: expect.stringMatching(/^application\/problem\+json/),
    });
    expect(Number(refusal.retryAfter)).toBeGreaterThan(0);
    expect(JSON.parse(refusal.body)).toMatchObject({ status: 429, code: 'rate_limited' });
    await WireClient.connect(server.url, from('192.0.2.2'));
    await WireClient.connect(server.url);
    await first!.close();
    await placesOf('192.0.2.1', 1);
    for (const host of [1, 2, 3]) await WireClient.connect(server.url, from(`2001:db8:0:1::${host}`));
    expect((await refusedUpgrade(server.url, from('2001:db8:0:1:ffff::4'))).status).toBe(429);
  });

  it('[LIMIT-6] refused upgrades and broken handshakes take no place', async () => {
    const address = '192.0.2.9';
    const statuses: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      const { status } = await refusedUpgrade(server.url, { ...from(address), query: { token: 'bad' } });
      statuses.push(status, await brokenHandshake(address));
    }
    expect(new Set(statuses)).toEqual(new Set([401, 400]));
    await placesOf(address, 3);
  });
});

describe('GUESTS=read', () => {
  serve({ GUESTS: 'read' });

  it('[MSG-7] guests join and read, and may neither write nor type nor make channels', async () => {
    const token = await serverToken(server.database.connectionString, { name: 'Writer' });
    const writer = await WireClient.connect(server.url, { query: { token, channelId: 'reading' } });
    await writer.next('channel:joined');
    const guest = await WireClient.guest(server.url);
    expect(await guest.request('channel:join', 'unknown')).toMatchObject({ data: { code: 'not_found' } });
    await guest.join('reading');
    await writer.say('reading', 'to you');
    expect((await guest.event('reading', 1)).data.content).toBe('to you');
    for (const type of ['message:send', 'typing:start', 'typing:stop']) {
      expect(codeOf(await guest.request(type, 'reading', { content: 'no' }))).toBe('forbidden');
    }
    expect(codeOf(await guest.request('history:get', 'reading'))).toBe('history');
    expect(codeOf(await guest.request('presence:get', 'reading'))).toBe('presence');
  });
});

describe('GUESTS=off', () => {
  serve({ GUESTS: 'off' });

  it('[CONN-2] guests are refused with 401, and in hello closed with 4001', async () => {
    expect((await refusedUpgrade(server.url, { query: { channelId: 'x' } })).status).toBe(401);
    for (const data of [{}, { name: 'Ada' }]) {
      const client = await WireClient.connect(server.url);
      client.send({ type: 'hello', data });
      expect((await client.closed).code).toBe(4001);
    }
    const token = await serverToken(server.database.connectionString, { name: 'User' });
    const user = await WireClient.connect(server.url, { query: { token, channelId: 'x' } });
    await user.next('channel:joined');
  });
});
