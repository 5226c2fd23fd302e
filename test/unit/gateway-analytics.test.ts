import { describe, expect, it } from 'vitest';
import { Analytics, MAX_PART_BYTES } from '../../src/gateway/analytics.ts';
import type { Connection } from '../../src/gateway/connection.ts';
import type { AnalyticsMoment, AnalyticsPart, AnalyticsPoint } from '../../src/protocol/analytics.ts';
import { FakeTimers } from '../support/fake-timers.ts';
import { framed, openConnection } from '../support/gateway-socket.ts';
import { identityFor } from '../support/identified.ts';
import { userOf } from '../support/channel-machine.ts';

const BEHIND_BYTES = 1024 * 1024 - 1;

/** A connection of a moderator. */
function staff(id: number) {
  const opened = openConnection(id);
  opened.connection.identity = identityFor({ ...userOf(`mod-${id}`), roles: ['user', 'moderator'] });
  return opened;
}

function setUp() {
  const timers = new FakeTimers();
  const counts: number[] = [];
  const analytics = new Analytics({
    timers: { now: () => timers.now(), mono: () => timers.now(), after: (ms, run) => timers.after(ms, run) },
    send: (connection: Connection, frame: string) => connection.write(framed(frame)),
    watching: (count) => counts.push(count),
  });
  return { timers, counts, analytics };
}

function point(at: number): AnalyticsPoint {
  const none = { messages: 0, framesIn: 0, framesOut: 0, errors: 0, commitP50Ms: null, commitP99Ms: null };
  return { at, connections: 1, ...none, loopLagP99Ms: 0 };
}

function moment(at: number, shards = 2): AnalyticsMoment {
  const idle = { answers: true, load: 0, requests: 0, mailbox: 0, held: 0, channels: 0 };
  return {
    point: point(at),
    shards: Array.from({ length: shards }, (_, shard) => ({ shard, ...idle })),
    gateways: [],
    errorsByCode: {},
  };
}

const parts = (frames: readonly { readonly type: string; readonly data: object }[]): AnalyticsPart[] =>
  frames.flatMap(({ type, data }) => (type === 'analytics:snapshot' ? [data as AnalyticsPart] : []));
const updates = (frames: readonly { readonly type: string; readonly data: object }[]): number[] =>
  frames.flatMap(({ type, data }) =>
    type === 'analytics:update' ? [(data as AnalyticsMoment).point.at] : [],
  );

describe('figures for those who watch', () => {
  it('[DASH-13] begin with a snapshot in small parts, one after the other; then each second is told', async () => {
    const { timers, analytics, counts } = setUp();
    const { connection, socket } = staff(1);
    analytics.subscribe(connection);
    const history = Array.from({ length: 299 }, (_, second) => point(second));
    analytics.tell(moment(299, 128), history);
    expect(parts(socket.frames)).toHaveLength(1);
    // It is still being told how things are.
    analytics.tell(moment(300, 128), null);
    await timers.advance(1_000);
    const told = parts(socket.frames);
    expect(told.length).toBeGreaterThan(2);
    expect(told.map(({ part, parts: all }) => [part, all])).toEqual(
      told.map((_, index) => [index + 1, told.length]),
    );
    expect(told.flatMap(({ history: points }) => points.map(({ at }) => at))).toEqual(
      Array.from({ length: 300 }, (_, second) => second),
    );
    expect(told.flatMap(({ shards }) => shards)).toHaveLength(128);
    for (const text of socket.texts) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_PART_BYTES);
    expect(timers.pending).toBe(0);
    analytics.tell(moment(301), null);
    analytics.tell(moment(302), null);
    expect(updates(socket.frames)).toEqual([301, 302]);
    analytics.forget(connection);
    analytics.tell(moment(303), null);
    expect(updates(socket.frames)).toEqual([301, 302]);
    expect(counts).toEqual([1, 0]);
  });

  it('[DASH-13] who is behind gets the newest once they have caught up', async () => {
    const { timers, analytics } = setUp();
    const { connection, socket } = staff(1);
    analytics.subscribe(connection);
    socket.writableLength = BEHIND_BYTES;
    analytics.tell(moment(1), []);
    await timers.advance(1_000);
    expect(socket.frames).toEqual([]);
    socket.writableLength = 0;
    await timers.advance(1_000);
    expect(parts(socket.frames)).toHaveLength(1);
    socket.writableLength = BEHIND_BYTES;
    for (const at of [2, 3, 4]) analytics.tell(moment(at), null);
    socket.writableLength = 0;
    analytics.tell(moment(5), null);
    expect(updates(socket.frames)).toEqual([5]);
    analytics.close();
  });

  it('[DASH-12] who is staff no more, or gone, is told nothing', async () => {
    const { timers, analytics, counts } = setUp();
    const [demoted, gone] = [staff(1), staff(2)];
    for (const { connection } of [demoted, gone]) analytics.subscribe(connection);
    analytics.tell(moment(1), []);
    await timers.advance(1_000);
    demoted.connection.identity = identityFor(userOf('mod-1'));
    gone.connection.close(1000);
    analytics.tell(moment(2), null);
    for (const { socket } of [demoted, gone]) expect(updates(socket.frames)).toEqual([]);
    expect(counts).toEqual([1, 2, 1, 0]);
  });
});
