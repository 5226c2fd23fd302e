/** Shards of a real server, in real threads, that throw, exit or hang. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { shardOf } from '../../src/threads/shard-of.ts';
import { type BreakableServer, startBreakableServer } from '../support/breakable-server.ts';
import type { ShardFault } from '../support/shard-fault.ts';
import { serverToken } from '../support/server-tokens.ts';
import { closeWireClients, type Frame, upTo, WireClient } from '../support/wire-client.ts';

const SHARDS = 4;
/** A shard that crashes again is replaced after a pause that grows: tests take turns with all but the first. */
let doomed = 0;
const SAFE = 0;

let server: BreakableServer;

beforeAll(async () => {
  server = await startBreakableServer(SHARDS);
});
beforeEach(() => {
  server.forgetLog();
  doomed = 1 + (doomed % (SHARDS - 1));
});
afterEach(closeWireClients);
afterAll(() => server.end());

let channels = 0;
/** A new channel of that shard. */
function channelOf(shard: number): string {
  for (;;) {
    const id = `crash-${(channels += 1)}`;
    if (shardOf(`channel:${id}`, SHARDS) === shard) return id;
  }
}

/** Whether the inbox of the client's user is of this shard. */
const hasInboxAt = ({ user }: WireClient, shard: number): boolean =>
  shardOf(`inbox:${user.id}`, SHARDS) === shard;

const breakShard = (kind: ShardFault['kind'], shard = doomed) => {
  server.breakShard(kind, shard);
};

/** Says it until it is acknowledged: again when its outcome became unknown with its shard. Resolves with its `seq`. */
async function sayUntilStored(client: WireClient, channelId: string, content: string): Promise<number> {
  const clientMessageId = randomUUID();
  for (;;) {
    const restarts = client.seen('route:restarted').length;
    const ref = randomUUID();
    client.send({ type: 'message:send', ref, channelId, data: { content, clientMessageId } });
    const mine = (frame: Frame) => frame.ref === ref;
    const answer = await Promise.race([
      client.next(mine, `the answer to ${content}`),
      restarted(client, channelId, restarts),
    ]);
    if (answer?.type === 'ack') return answer.data.seq;
    if (answer !== null) throw new Error(JSON.stringify(answer));
  }
}

/** Resolves with null when the client is told of a restart of the channel's shard beyond the first `known`. */
async function restarted(client: WireClient, channelId: string, known: number): Promise<null> {
  while (
    !client
      .seen('route:restarted')
      .slice(known)
      .some(({ data }) => data.channels.includes(channelId))
  ) {
    if (client.socket.readyState !== client.socket.OPEN) throw new Error('the socket did not stay open');
    await new Promise((resolve) => client.socket.once('message', resolve));
  }
  return null;
}

/** Two clients in two channels of the doomed shard and one of another; ada alone is in a fourth. */
async function scene() {
  const [first, second, alone] = [channelOf(doomed), channelOf(doomed), channelOf(doomed)];
  const safe = channelOf(SAFE);
  const ada = await WireClient.guest(server.url);
  const bob = await WireClient.guest(server.url);
  for (const client of [ada, bob]) for (const id of [first, second, safe]) await client.join(id);
  await ada.join(alone);
  for (const id of [first, second, safe])
    await ada.next((frame) => frame.type === 'presence:join' && frame.channelId === id);
  return { ada, bob, first, second, alone, safe };
}

/** Everyone in the channel was shown 1 … its head, once and in order, and the log says the same. */
async function expectWhole(channelId: string, ...clients: readonly WireClient[]): Promise<void> {
  const reader = await WireClient.guest(server.url);
  const { data } = await reader.join(channelId, { limit: 200 });
  expect(data.events.map(({ seq }) => seq)).toEqual(upTo(data.seq));
  for (const client of clients) {
    if (data.seq > 0)
      while (client.liveSeqs(channelId).at(-1) !== data.seq)
        await client.next((frame) => frame.seq !== undefined);
    const shown = client.frames.filter((frame) => frame.channelId === channelId && frame.seq !== undefined);
    expect(shown).toEqual(data.events);
  }
  await reader.request('channel:leave', channelId);
}

describe('a shard that breaks', () => {
  it.each(['throw', 'exit', 'loop', 'exit-after-commit'] as const)(
    '[SHARD-2] [SHARD-3] [SHARD-4] [SHARD-5] by %s is replaced: sockets stay, others go on, nothing is lost, doubled or told',
    async (kind) => {
      const { ada, bob, first, second, alone, safe } = await scene();
      const named = [first, second, alone];
      for (const id of [first, second, safe]) await ada.say(id, 'before');
      const presence = ada.seen('presence:join', 'presence:leave').length;
      let going = true;
      const write = async (client: WireClient, id: string): Promise<number[]> => {
        const seqs: number[] = [];
        for (let n = 0; going || n === 0; n += 1) seqs.push(await sayUntilStored(client, id, `${n}`));
        return seqs;
      };
      const writing = [write(ada, first), write(bob, first), write(bob, second)];
      breakShard(kind);
      // Other shards' channels answer while this one is gone.
      const elsewhere = await Promise.all(upTo(20).map((n) => bob.say(safe, `during ${n}`)));
      expect(elsewhere).toEqual(upTo(20).map((n) => n + 1));

      const [toAda, toBob] = await Promise.all([ada, bob].map((client) => client.next('route:restarted')));
      expect({ ...toAda!.data, channels: [...toAda!.data.channels].sort() }).toEqual({
        channels: named.sort(),
        inbox: hasInboxAt(ada, doomed),
      });
      expect({ ...toBob!.data, channels: [...toBob!.data.channels].sort() }).toEqual({
        channels: [first, second].sort(),
        inbox: hasInboxAt(bob, doomed),
      });
      going = false;
      const stored = await Promise.all(writing);
      // What was acknowledged once is acknowledged with its place.
      expect(new Set([...stored[0]!, ...stored[1]!]).size).toBe(stored[0]!.length + stored[1]!.length);
      expect(await bob.say(second, 'after')).toBe(stored[2]!.length + 2);
      expect(await ada.say(alone, 'after')).toBe(1);
      await ada.event(alone, 1);

      expect((await ada.request('presence:get', first)).data.count).toBe(2);
      expect(ada.seen('presence:join', 'presence:leave')).toHaveLength(presence);
      expect(bob.seen('presence:join', 'presence:leave')).toEqual([]);
      for (const id of [first, second, safe]) await expectWhole(id, ada, bob);
      await expectWhole(alone, ada);
      expect(ada.seen('route:restarted').length + bob.seen('route:restarted').length).toBe(2);
      expect(ada.socket.readyState).toBe(ada.socket.OPEN);
      expect(server.log()).toContain('a shard ended and is replaced');
      if (kind === 'loop') expect(server.log()).toContain('a shard hangs and is ended');
    },
  );

  it('[SHARD-3] what was committed and not shown is shown before route:restarted', async () => {
    const { ada, bob, first } = await scene();
    await ada.say(first, 'shown');
    const armed = server.armed();
    breakShard('exit-after-commit');
    await armed;
    ada.send({
      type: 'message:send',
      channelId: first,
      data: { content: 'committed', clientMessageId: 'c' },
    });
    await bob.next('route:restarted');
    const types = bob.frames
      .filter(({ type }) => type === 'message:created' || type === 'route:restarted')
      .map(({ type }) => type);
    expect(types).toEqual(['message:created', 'message:created', 'route:restarted']);
    await ada.next('route:restarted');
    const retry = await ada.request('message:send', first, { content: 'committed', clientMessageId: 'c' });
    expect(retry).toMatchObject({ type: 'ack', data: { seq: 2, duplicate: true } });
    expect(bob.liveSeqs(first)).toEqual([1, 2]);
  });

  it('[SHADOW-13] what a shadow ban hides and was not shown is shown in the form of each, and it goes on being hidden', async () => {
    const { ada, bob, first } = await scene();
    const name = `keeper ${first}`;
    const token = await serverToken(server.connectionString, { name, roles: ['user', 'moderator'] });
    const mod = await WireClient.connect(server.url, { query: { token } });
    await mod.welcomed();
    await mod.join(first);
    await ada.say(first, 'seen');
    expect((await mod.request('user:shadowban', first, { user: { id: ada.user.id } })).type).toBe('ack');
    const armed = server.armed();
    breakShard('exit-after-commit');
    await armed;
    ada.send({ type: 'message:send', channelId: first, data: { content: 'hidden', clientMessageId: 'c' } });
    for (const client of [ada, bob, mod]) await client.next('route:restarted');
    await ada.say(first, 'hidden too');
    await bob.say(first, 'last');
    const shownTo = async (client: WireClient) => {
      await client.event(first, 5);
      const live = client.frames.filter(({ channelId, seq }) => channelId === first && seq !== undefined);
      return live.slice(-4).map(({ type, data }) => (type === 'message:created' ? data.content : type));
    };
    expect(await shownTo(ada)).toEqual(['void', 'hidden', 'hidden too', 'last']);
    expect(await shownTo(mod)).toEqual(['member:shadowbanned', 'hidden', 'hidden too', 'last']);
    expect(await shownTo(bob)).toEqual(['void', 'void', 'void', 'last']);
    expect(bob.liveSeqs(first)).toEqual(upTo(5));
    await expectWhole(first, bob);
  });

  it('[MSG-12] [SHARD-3] edits and deletions whose shard dies behind the commit are shown, and a retry finds them', async () => {
    const { ada, bob, first } = await scene();
    const { id } = (await ada.request('message:send', first, { content: 'text' })).data;
    const changes = [
      ['message:update', { id, content: 'edited' }],
      ['message:delete', { id }],
    ] as const;
    for (const [index, [type, data]] of changes.entries()) {
      const armed = server.armed();
      breakShard('exit-after-commit');
      await armed;
      ada.send({ type, channelId: first, data });
      for (const client of [ada, bob]) await client.next('route:restarted');
      expect((await bob.event(first, index + 2)).data.id).toBe(id);
      const retry = await ada.request(type, first, data);
      expect(retry).toMatchObject({ type: 'ack', data: { id, seq: index + 2, duplicate: true } });
    }
    expect(bob.liveSeqs(first)).toEqual([1, 2, 3]);
    const page = (await bob.request('history:get', first)).data.events;
    expect(JSON.stringify(page)).not.toMatch(/text|edited/);
  });

  it('[SHARD-6] requests that come while it is gone wait for its replacement', async () => {
    const { ada, bob, first } = await scene();
    breakShard('exit');
    await until(() => server.log().includes('a shard ended and is replaced'));
    const early = await Promise.all([
      ada.request('message:send', first, { content: 'early' }),
      bob.request('presence:get', first),
      bob.request('history:get', first),
    ]);
    expect(early.map(({ type }) => type)).toEqual(['ack', 'presence', 'history']);
    expect(early[1].data.count).toBe(2);
    const fresh = await WireClient.guest(server.url);
    expect((await fresh.join(first)).data).toMatchObject({ seq: 1, memberCount: 3 });
  });

  it('[SHARD-2] [SHARD-5] all shards at once, and one of them again, are replaced', async () => {
    const { ada, bob, first, safe } = await scene();
    for (let shard = 0; shard < SHARDS; shard += 1) breakShard('exit', shard);
    const named = new Set<string>();
    while (!named.has(first) || !named.has(safe))
      for (const id of (await ada.next('route:restarted')).data.channels) named.add(id);
    expect(await sayUntilStored(bob, first, 'one')).toBe(1);
    expect(await sayUntilStored(bob, safe, 'two')).toBe(1);
    breakShard('throw');
    await ada.next((frame) => frame.type === 'route:restarted' && frame.data.channels.includes(first));
    expect(await sayUntilStored(bob, first, 'three')).toBe(2);
    expect(ada.seen('presence:join', 'presence:leave')).toHaveLength(3);
    for (const id of [first, safe]) await expectWhole(id, ada, bob);
  });

  it('[SHARD-5] whose connection broke shortly before, or while it was gone, is told as gone after the grace', async () => {
    const { ada, bob, first } = await scene();
    const [cid, dee] = [await WireClient.guest(server.url), await WireClient.guest(server.url)];
    for (const client of [cid, dee]) await client.join(first);
    await Promise.all([cid.cut(), dee.cut()]);
    await ada.request('presence:get', first);
    breakShard('loop');
    await bob.cut();
    const { data } = await ada.next('route:restarted');
    expect(data.channels).toContain(first);
    expect((await ada.request('presence:get', first)).data.count).toBe(4);
    // Dee comes back in time.
    const again = await WireClient.guest(server.url, undefined, { guestToken: dee.guestToken });
    expect((await again.join(first)).data.memberCount).toBe(4);
    const gone = new Set<string>();
    for (let n = 0; n < 2; n += 1) {
      const left = await ada.next((frame) => frame.type === 'presence:leave' && frame.channelId === first);
      gone.add(left.data.user.id);
    }
    expect(gone).toEqual(new Set([bob.user.id, cid.user.id]));
    expect((await ada.request('presence:get', first)).data.count).toBe(2);
    const joins = ada.seen('presence:join').filter(({ channelId }) => channelId === first);
    expect(joins.map(({ data: { user } }) => user.id)).toEqual([bob, cid, dee].map(({ user }) => user.id));
  });
});

/** Resolves when `condition` holds, looking at each turn of the loop. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
