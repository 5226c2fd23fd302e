/** Many in one channel, and one of them who doesn't read. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { closeWireClients, upTo, WireClient } from '../support/wire-client.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

let server: WireServer;
beforeAll(async () => {
  server = await startWireServer();
});
afterEach(closeWireClients);
afterAll(async () => {
  expect(server.output(), 'what the server logged').not.toContain('"level":"error"');
  await server.end();
});

describe('a large channel', () => {
  it('[PRES-3] [CHAN-1] beyond 200 present users joins and leaves turn into counts, and the last count holds', async () => {
    const channelId = 'crowd';
    const witness = await WireClient.guest(server.url);
    await witness.join(channelId);
    const crowd: WireClient[] = [];
    const enter = async (count: number) => {
      const some = await Promise.all(
        upTo(count).map(() => WireClient.connect(server.url, { query: { channelId } })),
      );
      await Promise.all(some.map((client) => client.welcomed()));
      crowd.push(...some);
      return Promise.all(some.map((client) => client.next('channel:joined')));
    };
    const countTold = (count: number) =>
      witness.next(
        (frame) => frame.type === 'presence:count' && frame.data.count === count,
        `count ${count}`,
      );

    for (let n = 0; n < 4; n += 1) await enter(49);
    await enter(3);
    for (let told = 0; told < 199; told += 1) await witness.next('presence:join');
    expect(witness.seen('presence:count')).toEqual([]);
    const last = (await enter(10)).map(({ data }) => data);
    for (const { members, memberCount } of last) {
      expect(members).toHaveLength(100);
      expect(memberCount).toBeGreaterThan(200);
    }
    await countTold(210);
    // A second tab is no one new.
    const [first, second] = crowd as [WireClient, WireClient];
    const tab = await WireClient.guest(server.url, undefined, { guestToken: first.guestToken });
    expect((await tab.join(channelId)).data.memberCount).toBe(210);
    await tab.request('channel:leave', channelId);
    // Nine leave: still a large channel.
    await Promise.all(crowd.slice(-9).map((client) => client.request('channel:leave', channelId)));
    await countTold(201);
    expect(witness.seen('presence:leave')).toEqual([]);
    // From here on everyone is told of again.
    await second.request('channel:leave', channelId);
    expect((await witness.next('presence:leave')).data.user.id).toBe(second.user.id);
    expect((await witness.request('presence:get', channelId, { limit: 1 })).data).toMatchObject({
      count: 200,
      hasMore: true,
    });
    expect(witness.seen('presence:join')).toHaveLength(199);
    const times = witness.seen('presence:count').map(({ timestamp }) => timestamp!);
    const gaps = times.slice(1).map((time, index) => time - times[index]!);
    // The server's clock for timestamps may be a few ms off the one that it waits by.
    for (const gap of gaps) expect(gap).toBeGreaterThan(980);

    // Everyone gets everything.
    const ids: string[] = [];
    for (let after = ''; ; after = ids.at(-1)!) {
      const { data } = await witness.request(
        'presence:get',
        channelId,
        after === '' ? { limit: 90 } : { limit: 90, after },
      );
      ids.push(...data.members.map(({ id }) => id));
      if (!data.hasMore) break;
    }
    expect(new Set(ids).size).toBe(200);
    expect(ids).toEqual([...ids].sort());
    await Promise.all(upTo(5).map((n) => witness.say(channelId, `to all ${n}`)));
    const present = crowd.filter(({ user }) => ids.includes(user.id));
    expect(present).toHaveLength(199);
    await Promise.all(present.map((client) => client.event(channelId, 5)));
    for (const client of present) expect(client.liveSeqs(channelId)).toEqual([1, 2, 3, 4, 5]);
  });
});

describe('a slow reader', () => {
  it('[CONN-12] is closed with 4201 while others go on, and resumes without a gap', async () => {
    const channelId = 'flood';
    const writer = await WireClient.guest(server.url);
    const other = await WireClient.guest(server.url);
    const slow = await WireClient.guest(server.url);
    for (const client of [writer, other, slow]) await client.join(channelId);
    slow.socket.pause();
    const content = '語'.repeat(4_000);
    let head = 0;
    // Beyond what the buffers of both ends' kernels take.
    for (let n = 0; n < 20; n += 1) {
      const acks = await Promise.all(upTo(50).map(() => writer.say(channelId, content)));
      head = Math.max(...acks);
    }
    await other.event(channelId, head);
    expect(other.liveSeqs(channelId)).toEqual(upTo(head));
    slow.socket.resume();
    expect((await slow.closed).code).toBe(4201);
    const shown = slow.liveSeqs(channelId);
    expect(shown).toEqual(upTo(shown.length));
    expect(shown.length).toBeLessThan(head);

    const again = await WireClient.guest(server.url, undefined, { guestToken: slow.guestToken });
    const { epoch } = slow.seen('channel:joined')[0]!.data;
    const joined = await again.join(channelId, { recover: { epoch, seq: shown.length } });
    expect(joined.data).toMatchObject({ recovered: true, hasMore: true, seq: head });
    expect(joined.data.events[0]?.seq).toBe(shown.length + 1);
    expect(await writer.say(channelId, 'still here')).toBe(head + 1);
    expect((await again.event(channelId, head + 1)).data.content).toBe('still here');
  });
});
