/** Gateway threads of a real server that throw, exit or hang, under load. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { shardOf } from '../../src/threads/shard-of.ts';
import { type GatewaysHere, gatewayOf, guestOn, startGatewaysHere } from '../support/gateways-here.ts';
import { withClient } from '../support/postgres.ts';
import { closeWireClients, refusedUpgrade, upTo, WireClient } from '../support/wire-client.ts';

const MOST = 12;
let server: GatewaysHere;
beforeAll(async () => {
  server = await startGatewaysHere({ MAX_CONNECTIONS_PER_ADDRESS: String(MOST), TRUST_PROXY: 'loopback' });
});
afterEach(closeWireClients);
afterAll(() => server.end());

/** Gateways that crash again are replaced after a pause that grows: tests take turns. */
let doomed = 0;
const turn = (): { readonly doomed: number; readonly safe: number } => {
  doomed = 1 - doomed;
  return { doomed, safe: 1 - doomed };
};

let channels = 0;
/** A new channel of that shard. */
function channelOf(shard: number): string {
  for (;;) {
    const id = `gateway-crash-${(channels += 1)}`;
    if (shardOf(`channel:${id}`, 2) === shard) return id;
  }
}

/** All threads are up. That they keep ending is what these tests do to them, and stays said for a minute (SHARD-16). */
async function ready(): Promise<void> {
  for (;;) {
    const missing = await server.missing().catch(() => ['nobody answers']);
    if (missing.every((reason) => reason.includes('keeps ending'))) return;
  }
}

const restarts = (gateway: number): Promise<number> =>
  server.metric(`hubbub_gateway_restarts_total{gateway="${gateway}"}`);

/** Breaks gateways and resolves when each has a replacement: sockets end before main has heard of the thread's end. */
async function replace(...gateways: readonly number[]): Promise<void> {
  const before = await Promise.all(gateways.map(restarts));
  for (const gateway of gateways) server.breakGateway(gateway, 'exit');
  for (const [index, gateway] of gateways.entries())
    while ((await restarts(gateway).catch(() => 0)) <= before[index]!);
  await ready();
}

/** Comes back as the same guest on whatever gateway there is, and resumes. */
async function comeBack(gone: WireClient, channelId: string, epoch: string): Promise<WireClient> {
  const { guestToken } = gone;
  for (;;) {
    const again = await WireClient.guest(server.url, undefined, { guestToken }).catch(() => null);
    if (again === null) continue;
    expect(again.user).toEqual(gone.user);
    const seq = gone.liveSeqs(channelId).at(-1) ?? 0;
    const { data } = await again.join(channelId, { recover: { epoch, seq }, limit: 200 });
    expect(data.recovered).toBe(true);
    const missed = data.events.map((event) => event.seq);
    for (let { hasMore } = data; hasMore;) {
      const query = { afterSeq: missed.at(-1), limit: 200 };
      const page = await again.request('history:get', channelId, query);
      missed.push(...page.data.events.map((event) => event.seq).filter((place) => place! <= data.seq));
      hasMore = missed.at(-1)! < data.seq;
    }
    expect(missed).toEqual(upTo(data.seq).slice(seq));
    return again;
  }
}

/** Whether the newest session of a user is open, and what closed it, once it is recorded so. */
async function sessionOnce(userId: string, isOpen: boolean): Promise<number | null> {
  return withClient(server.database.connectionString, async (client) => {
    for (;;) {
      const { rows } = await client.query<{ ended_at: string | null; close_code: number | null }>(
        'select ended_at, close_code from sessions where user_id = $1 order by started_at desc limit 1',
        [userId],
      );
      const [row] = rows;
      if (row !== undefined && (row.ended_at === null) === isOpen) return row.close_code;
      await client.query('select pg_sleep(0.02)');
    }
  });
}

describe('a gateway thread that breaks', () => {
  it('[ACT-2] sessions on it ended with it, those on others go on', async () => {
    const { doomed, safe } = turn();
    const gone = await guestOn(server.url, doomed);
    const stays = await guestOn(server.url, safe);
    for (const { user } of [gone, stays]) await sessionOnce(user.id, true);
    await replace(doomed);
    expect(await sessionOnce(gone.user.id, false)).toBeNull();
    await sessionOnce(stays.user.id, true);
    expect(await stays.request('ping')).toMatchObject({ type: 'pong' });
  });

  it.each(['throw', 'exit', 'loop'] as const)(
    '[GATE-7] [GATE-8] by %s under load is replaced: others notice nothing, its clients resume without a gap',
    async (kind) => {
      const { doomed, safe } = turn();
      const [near, far] = [channelOf(0), channelOf(1)];
      const ada = await guestOn(server.url, safe);
      const bob = await guestOn(server.url, doomed);
      const epochs = new Map<string, string>();
      for (const client of [ada, bob])
        for (const id of [near, far]) epochs.set(id, (await client.join(id)).data.epoch);
      await ada.say(near, 'before');
      const [closes, broken] = await Promise.all([
        server.metric(`hubbub_messages_in_total{thread="gateway-${doomed}",type="message:send"}`),
        server.metric(`hubbub_closes_total{thread="gateway-${doomed}",code="1006"}`),
      ]);
      const before = await restarts(doomed);

      const acknowledged = new Map<string, number>();
      let going = true;
      const write = async (client: WireClient, channelId: string): Promise<void> => {
        for (let n = 0; going && client.socket.readyState === client.socket.OPEN; n += 1) {
          const clientMessageId = randomUUID();
          const sent = client.request('message:send', channelId, { content: `${n}`, clientMessageId });
          const answer = await Promise.race([sent.catch(() => null), client.closed]);
          if (answer !== null && 'type' in answer && answer.type === 'ack')
            acknowledged.set(clientMessageId, answer.data.seq);
        }
      };
      const writing = [write(ada, near), write(ada, far), write(bob, near), write(bob, far)];
      await ada.event(near, 20);
      server.breakGateway(doomed, kind);
      expect((await bob.closed).code).toBe(1006);
      const seen = new Set<string>();
      const back = comeBack(bob, near, epochs.get(near)!);
      while (!seen.has(`Gateway ${doomed} is being replaced.`))
        for (const reason of await server.missing().catch(() => [])) seen.add(reason);
      const again = await back;
      await again.join(far);
      await ready();
      const replaced = await guestOn(server.url, doomed);
      await replaced.join(near);
      going = false;
      await Promise.all(writing);
      const last = await replaced.say(near, 'after');

      // The other gateway's client saw everything once and in order, and nobody go.
      await ada.event(near, last);
      expect(ada.liveSeqs(near)).toEqual(upTo(last));
      expect(ada.seen('route:restarted')).toEqual([]);
      expect(ada.seen('presence:leave').filter(({ data }) => data.user.id === bob.user.id)).toEqual([]);
      const { count } = (await ada.request('presence:get', near)).data;
      expect(count).toBe(3);
      // What was acknowledged is there, with its place.
      const log = await history(ada, near);
      const placeOf = new Map(log.map(({ data, seq }) => [data.clientMessageId, seq]));
      for (const [id, seq] of acknowledged) {
        const place = placeOf.get(id);
        if (place !== undefined) expect(place).toBe(seq);
      }
      expect(log.map(({ seq }) => seq)).toEqual(upTo(last));
      const shown = [...bob.frames, ...again.frames].filter(
        ({ type, channelId }) => type === 'message:created' && channelId === near,
      );
      for (const frame of shown) expect(frame).toEqual(log[frame.seq! - 1]);

      expect(server.log()).toContain('a gateway ended and is replaced');
      if (kind === 'loop') expect(server.log()).toContain('a gateway hangs and is ended');
      expect(
        await server.metric(`hubbub_messages_in_total{thread="gateway-${doomed}",type="message:send"}`),
      ).toBeGreaterThan(closes);
      expect(await server.metric(`hubbub_closes_total{thread="gateway-${doomed}",code="1006"}`)).toBe(
        broken + 1,
      );
      expect(await restarts(doomed)).toBe(before + 1);
    },
    60_000,
  );

  it('[GATE-8] is told as gone by its users who do not come back, after the grace', async () => {
    const { doomed, safe } = turn();
    const id = channelOf(0);
    const ada = await guestOn(server.url, safe);
    const bob = await guestOn(server.url, doomed);
    for (const client of [ada, bob]) await client.join(id);
    server.breakGateway(doomed, 'exit');
    const left = await ada.next('presence:leave');
    expect(left.data.user.id).toBe(bob.user.id);
    expect((await ada.request('presence:get', id)).data.count).toBe(1);
    await ready();
  });

  it('[GATE-9] gives its connections numbers that none of the dead one had', async () => {
    const { doomed } = turn();
    const before = await guestOn(server.url, doomed);
    await replace(doomed);
    await before.closed;
    const after = await guestOn(server.url, doomed);
    const numberOf = (client: WireClient): number => {
      const { connectionId } = client.seen('welcome')[0]!.data as unknown as {
        readonly connectionId: string;
      };
      return Number(connectionId.split('-')[1]);
    };
    expect(numberOf(after)).toBeGreaterThan(numberOf(before));
  });

  it('[GATE-10] an address may have so many sockets over all gateways, and those of a dead one count no more', async () => {
    const { doomed } = turn();
    const headers = { 'x-forwarded-for': '192.0.2.77' };
    const all = await Promise.all(upTo(MOST).map(() => WireClient.connect(server.url, { headers })));
    for (const client of all) client.send({ type: 'hello', data: {} });
    const on = await Promise.all(all.map(gatewayOf));
    const lost = on.filter((gateway) => gateway === doomed).length;
    // Chance of all on one: 1 in 2,048.
    expect(lost).toBeGreaterThan(0);
    for (let n = 0; n < 6; n += 1) expect((await refusedUpgrade(server.url, { headers })).status).toBe(429);
    await replace(doomed);
    await Promise.all(all.filter((_, n) => on[n] === doomed).map(({ closed }) => closed));
    for (let n = 0; n < lost; n += 1) await WireClient.connect(server.url, { headers });
    for (let n = 0; n < 6; n += 1) expect((await refusedUpgrade(server.url, { headers })).status).toBe(429);
  });

  it('[GATE-7] both at once are replaced, and HTTP is answered again', async () => {
    const clients = await Promise.all([0, 1].map((gateway) => guestOn(server.url, gateway)));
    await replace(0, 1);
    await Promise.all(clients.map(({ closed }) => closed));
    for (const gateway of [0, 1]) {
      const client = await guestOn(server.url, gateway);
      await client.join('gateway-crash-both');
      await client.say('gateway-crash-both', 'hi');
    }
  });
});

async function history(client: WireClient, channelId: string) {
  const events = [];
  for (;;) {
    const { data } = await client.request('history:get', channelId, { afterSeq: events.length, limit: 200 });
    events.push(...data.events);
    if (!data.hasMore) return events;
  }
}
