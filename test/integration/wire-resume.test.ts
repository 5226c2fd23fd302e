/** Resuming and paging: what was seen before, what comes after, and nothing between them missing. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { closeWireClients, type Frame, upTo, WireClient } from '../support/wire-client.ts';
import { startServer } from '../support/server-process.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

/** More than a channel's ring holds. */
const MANY = 700;
const MAX_PAGE_BYTES = 256 * 1024;

let server: WireServer;
beforeAll(async () => {
  server = await startWireServer();
});
afterEach(closeWireClients);
afterAll(async () => {
  expect(server.output(), 'what the server logged').not.toContain('"level":"error"');
  await server.end();
});

const range = (from: number, to: number): number[] => upTo(to).slice(from - 1);
const seqsOf = (events: readonly Frame[]) => events.map(({ seq }) => seq);

async function fill(channelId: string, count: number, content = (n: number) => `m${n}`): Promise<WireClient> {
  const writer = await WireClient.guest(server.url);
  await writer.join(channelId);
  for (let done = 0; done < count; done += 100) {
    const batch = range(done + 1, Math.min(done + 100, count));
    await Promise.all(batch.map((n) => writer.say(channelId, content(n))));
  }
  await writer.event(channelId, count);
  return writer;
}

/** Reads on from `seq` to `head`, page by page. */
async function readOn(client: WireClient, channelId: string, seq: number, head: number): Promise<Frame[]> {
  const events: Frame[] = [];
  for (let at = seq; at < head;) {
    const { data } = await client.request('history:get', channelId, { afterSeq: at, limit: 200 });
    expect(data.events.length).toBeGreaterThan(0);
    events.push(...data.events);
    at = data.events.at(-1)!.seq!;
    expect(data.hasMore).toBe(at < head);
  }
  return events;
}

describe('recover', () => {
  it('[RESUME-2] [RESUME-3] [RESUME-4] goes on right after the point, from the ring, the log, and after a restart', async () => {
    const writer = await fill('long', MANY);
    const live = writer.seen('message:created');
    expect(seqsOf(live)).toEqual(upTo(MANY));
    const { epoch } = writer.seen('channel:joined')[0]!.data;

    const check = async (url: string) => {
      const client = await WireClient.guest(url);
      const join = async (data?: object) => {
        const joined = await client.join('long', data);
        const { seq, recovered, hasMore, events } = joined.data;
        expect([seq, joined.data.epoch]).toEqual([MANY, epoch]);
        return { recovered, hasMore, events };
      };
      const newest = (limit: number, recovered: boolean | null) => ({
        recovered,
        hasMore: true,
        events: live.slice(-limit),
      });
      expect(await join()).toEqual(newest(50, null));
      expect(await join({ limit: 3 })).toEqual(newest(3, null));
      expect(await join({ recover: { epoch, seq: MANY } })).toEqual({
        recovered: true,
        hasMore: false,
        events: [],
      });
      const recent = { recovered: true, hasMore: false, events: live.slice(MANY - 7) };
      expect(await join({ recover: { epoch, seq: MANY - 7 } })).toEqual(recent);
      const cut = { recovered: true, hasMore: true, events: live.slice(MANY - 7, MANY - 2) };
      expect(await join({ recover: { epoch, seq: MANY - 7 }, limit: 5 })).toEqual(cut);
      expect(await join({ recover: { epoch, seq: MANY + 1 }, limit: 5 })).toEqual(newest(5, false));
      expect(await join({ recover: { epoch: 'another', seq: 3 }, limit: 5 })).toEqual(newest(5, false));
      for (const seq of [0, 13]) {
        const first = await join({ recover: { epoch, seq } });
        expect(first).toEqual({ recovered: true, hasMore: true, events: live.slice(seq, seq + 200) });
        const rest = await readOn(client, 'long', seq + 200, MANY);
        expect([...first.events, ...rest]).toEqual(live.slice(seq));
      }
      for (const recover of [
        { epoch, seq: -1 },
        { epoch, seq: 1.5 },
        { epoch },
        { seq: 1 },
        { epoch: 5, seq: 1 },
        'x',
      ]) {
        const answer = await client.request('channel:join', 'long', { recover });
        expect(answer, JSON.stringify(recover)).toMatchObject({
          type: 'error',
          data: { code: 'bad_request' },
        });
      }
      // Backwards, over the ring's edge.
      const back: Frame[] = [];
      for (let before = MANY + 1, more = true; more; before = back[0]!.seq!) {
        const { data } = await client.request('history:get', 'long', { beforeSeq: before, limit: 150 });
        back.unshift(...data.events);
        more = data.hasMore;
      }
      expect(back).toEqual(live);
    };
    await check(server.url);
    const other = await startServer({ env: { DATABASE_URL: server.database.connectionString, SHARDS: '1' } });
    try {
      await check(other.url);
    } finally {
      await other.stop();
    }
  });

  it('[RESUME-2] a channel that nobody wrote in recovers from nothing', async () => {
    const client = await WireClient.guest(server.url);
    const { epoch } = (await client.join('empty')).data;
    const again = await client.join('empty', { recover: { epoch, seq: 0 } });
    expect(again.data).toMatchObject({ seq: 0, recovered: true, hasMore: false, events: [] });
    expect((await client.join('empty', { recover: { epoch, seq: 1 } })).data).toMatchObject({
      recovered: false,
      events: [],
    });
  });
});

describe('the seam between page and live events', () => {
  it('[RESUME-1] [CHAN-5] whoever joins, leaves and resumes under load misses nothing and gets nothing twice', async () => {
    const channelId = 'seam';
    const writers = await Promise.all(upTo(2).map(() => WireClient.guest(server.url)));
    await Promise.all(writers.map((writer) => writer.join(channelId)));
    let going = true;
    const writing = writers.map(async (writer) => {
      while (going) await Promise.all(upTo(5).map((n) => writer.say(channelId, `m${n}`)));
    });
    const { epoch } = writers[0]!.seen('channel:joined')[0]!.data;
    const reader = await WireClient.guest(server.url);
    /** All that the reader was shown, in order. */
    const shown: Frame[] = [];
    for (let round = 0; round < 30; round += 1) {
      const from = reader.frames.length;
      const point = shown.at(-1)?.seq ?? 0;
      const joined = await reader.join(channelId, { recover: { epoch, seq: point } });
      expect(joined.data.recovered).toBe(true);
      shown.push(...joined.data.events);
      // On a slow machine there may have been more than a page between two joins.
      let more = joined.data.hasMore;
      while (more && shown.length < joined.data.seq) {
        const { data } = await reader.request('history:get', channelId, { afterSeq: shown.length });
        shown.push(...data.events.filter(({ seq = 0 }: Frame) => seq <= joined.data.seq));
        more = data.hasMore;
      }
      expect(shown.length).toBe(joined.data.seq);
      await reader.event(channelId, joined.data.seq + 1 + (round % 3));
      await reader.request('channel:leave', channelId);
      const frames = reader.frames.slice(from);
      const isJoin = frames.findIndex(({ type }) => type === 'channel:joined');
      const isLeft = frames.findIndex(({ type }) => type === 'ack');
      expect(frames.slice(0, isJoin)).toEqual([]);
      expect(isLeft).toBe(frames.length - 1);
      shown.push(...frames.slice(isJoin + 1, isLeft).filter(({ seq }) => seq !== undefined));
      expect(seqsOf(shown)).toEqual(upTo(shown.length));
    }
    going = false;
    await Promise.all(writing);
    const [writer] = writers as [WireClient];
    expect(shown).toEqual(writer.seen('message:created').slice(0, shown.length));
    expect(reader.frames.filter(({ type }) => type === 'error')).toEqual([]);
  });
});

describe('large pages', () => {
  it('[HIST-2] [HIST-3] pages are at most 256 KiB, also of text whose bytes are many, and together they are all', async () => {
    // 12,000 bytes each; together more than the ring holds.
    const large = await fill('cjk', 150, (n) => String.fromCodePoint(0x4e00 + n).repeat(4_000));
    // About 1,310 bytes of data each: it is what stands around them that makes 200 of them too many.
    const middle = await fill('middle', 220, (n) => `${n} ${'x'.repeat(1_150)}`);
    for (const [channelId, writer] of [
      ['cjk', large],
      ['middle', middle],
    ] as const) {
      const live = writer.seen('message:created');
      const reader = await WireClient.guest(server.url);
      const { epoch } = (await reader.join(channelId)).data;
      const pages: (readonly Frame[])[] = [(await reader.join(channelId, { limit: 200 })).data.events];
      const recovered = (await reader.join(channelId, { recover: { epoch, seq: 0 } })).data;
      expect(recovered.hasMore).toBe(true);
      const forward = [...recovered.events];
      pages.push(recovered.events);
      for (let more = true; more;) {
        const { data } = await reader.request('history:get', channelId, {
          afterSeq: forward.at(-1)!.seq!,
          limit: 200,
        });
        forward.push(...data.events);
        pages.push(data.events);
        more = data.hasMore;
      }
      expect(forward).toEqual(live);
      const back: Frame[] = [];
      for (let before = live.length + 1, more = true; more; before = back[0]!.seq!) {
        const { data } = await reader.request('history:get', channelId, { beforeSeq: before, limit: 200 });
        back.unshift(...data.events);
        pages.push(data.events);
        more = data.hasMore;
      }
      expect(back).toEqual(live);
      for (const page of pages) {
        const bytes = Buffer.byteLength(JSON.stringify(page));
        expect(bytes).toBeLessThanOrEqual(MAX_PAGE_BYTES);
        expect(page.length).toBeGreaterThan(0);
      }
      // Full pages, not timid ones.
      expect(
        pages.filter((page) => Buffer.byteLength(JSON.stringify(page)) > 0.9 * MAX_PAGE_BYTES).length,
      ).toBeGreaterThan(2);
    }
  });
});
