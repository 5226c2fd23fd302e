/** What every count of messages keeps to, over the log that it counts. Run by memory-activity and postgres-activity. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ActivityReport } from '../../src/admin/activity/activity-report.ts';
import type { ActivityStore } from '../../src/admin/ports/activity-store.ts';
import type { SessionStore } from '../../src/gateway/ports/session-store.ts';
import type { ChannelLog, LogEntry } from '../../src/shard/ports/channel-log.ts';
import { deletionOf } from './amendments.ts';
import { commit, entryOf } from './channel-log.ts';
import { valueOf } from './stores.ts';

/** A log, sessions, and what is counted of both; all of it empty. */
export interface ActivityFixture {
  readonly log: ChannelLog;
  readonly sessions: SessionStore;
  readonly activity: ActivityStore;
  close(): Promise<void>;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Runs the suite over what `open` gives. */
export function activityContract(name: string, open: () => Promise<ActivityFixture>): void {
  describe(name, () => {
    let stores: ActivityFixture;
    /** When it is for the test that runs; each has a year of its own. */
    let now = 0;
    let year = 2001;
    let report: ActivityReport;
    beforeAll(async () => {
      stores = await open();
      report = new ActivityReport({ store: stores.activity, now: () => now });
    });
    afterAll(() => stores.close());

    const newYear = (): number => {
      year += 1;
      now = Date.UTC(year, 11);
      return Date.UTC(year, 0);
    };
    const messageOf = (channel: string, sender: string, timestamp: number): LogEntry =>
      entryOf(`channel:${channel}`, { sender, timestamp, data: JSON.stringify({ content: 'x' }) });
    const say = async (...messages: readonly LogEntry[]) => {
      await commit(stores.log, messages);
    };
    const chart = async (
      metric: 'messages' | 'active_users' | 'connections',
      unit: 'minute' | 'hour' | 'day',
      from: number,
      to: number,
      timeZone = 'UTC',
    ) => valueOf(await report.timeseries(metric, unit, { from, to, timeZone })).map(({ value }) => value);

    it('[ACT-8] messages are counted once, by minutes, hours and days, wherever a pass ends', async () => {
      const from = newYear();
      await say(
        messageOf('a', 'ada', from),
        messageOf('a', 'ada', from + 59_999),
        messageOf('b', 'bob', from + MINUTE),
      );
      expect(await chart('messages', 'minute', from, from + 3 * MINUTE)).toEqual([2, 1, 0]);
      await say(messageOf('a', 'bob', from + HOUR), messageOf('b', 'bob', from + DAY));
      await say(entryOf('channel:a', { type: 'channel:updated', data: '{}', timestamp: from }));
      await say(entryOf('inbox:ada', { type: 'mention:created', data: '{}', timestamp: from }));
      expect(await chart('messages', 'hour', from, from + 2 * HOUR)).toEqual([3, 1]);
      expect(await chart('messages', 'day', from, from + 3 * DAY)).toEqual([4, 1, 0]);
      const pass = valueOf(await stores.activity.tally(now));
      expect(pass).toEqual({ read: 0, waiting: 0 });
      await Promise.all([1, 2, 3].map(() => stores.activity.tally(now)));
      expect(await chart('messages', 'day', from, from + 3 * DAY)).toEqual([4, 1, 0]);
    });

    it('[ACT-8] what was deleted stays counted', async () => {
      const from = newYear();
      const message = messageOf('c', 'ada', from);
      await say(message, messageOf('c', 'ada', from));
      await say(deletionOf(message));
      expect(await chart('messages', 'day', from, from + DAY)).toEqual([2]);
      expect(await chart('active_users', 'day', from, from + DAY)).toEqual([1]);
    });

    it('[ACT-7] [ACT-8] days and hours are those of the zone, and their sums those of the whole', async () => {
      const from = newYear();
      const times = Array.from({ length: 400 }, (_, index) => from + ((index * 7_919) % 4_320) * MINUTE);
      await say(...times.map((time, index) => messageOf('d', `u${index % 7}`, time)));
      for (const zone of ['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'Australia/Eucla', 'America/St_Johns']) {
        for (const unit of ['hour', 'day'] as const) {
          const span = { from: from - 2 * DAY, to: from + 6 * DAY, timeZone: zone };
          const points = valueOf(await report.timeseries('messages', unit, span));
          const users = valueOf(await report.timeseries('active_users', unit, span));
          expect(points.reduce((sum, { value }) => sum + value, 0)).toBe(times.length);
          for (const [index, { start, end, value }] of points.entries()) {
            const within = times.flatMap((time, at) => (time >= start && time < end ? [at % 7] : []));
            expect([value, users[index]!.value]).toEqual([within.length, new Set(within).size]);
          }
        }
      }
    });

    it('[ACT-10] users are counted once a stretch, again when something comes late', async () => {
      const from = newYear();
      await say(
        messageOf('e', 'ada', from),
        messageOf('f', 'ada', from + 2 * HOUR),
        messageOf('e', 'bob', from + HOUR),
      );
      const counts = async () => [
        await chart('active_users', 'day', from, from + 2 * DAY),
        await chart('active_users', 'day', from, from + DAY, 'Asia/Tokyo'),
        await chart('active_users', 'hour', from, from + 3 * HOUR),
      ];
      const before = [
        [2, 0],
        [2, 0],
        [1, 1, 1],
      ];
      expect(await counts()).toEqual(before);
      expect(await counts()).toEqual(before);
      await say(messageOf('e', 'eve', from + 90 * MINUTE), messageOf('e', 'eve', from + 25 * HOUR));
      expect(await counts()).toEqual([
        [3, 1],
        [3, 1],
        [1, 2, 1],
      ]);
    });

    it('[ACT-10] by minutes for the last two days', async () => {
      newYear();
      await say(
        messageOf('g', 'ada', now - MINUTE),
        messageOf('g', 'bob', now - MINUTE),
        messageOf('g', 'ada', now),
      );
      await say(messageOf('g', 'ada', now - 3 * DAY));
      expect(await chart('active_users', 'minute', now - 2 * MINUTE, now + MINUTE)).toEqual([0, 2, 1]);
      const refused = { from: now - 3 * DAY, to: now, timeZone: 'UTC' };
      expect(await report.timeseries('active_users', 'minute', refused)).toMatchObject({
        failure: { code: 'bad_request' },
      });
    });

    it('[ACT-9] the channels and users with most messages of any range, by size', async () => {
      const from = newYear();
      const days = Array.from({ length: 80 }, (_, day) => day);
      await say(
        ...days.flatMap((day) => [
          messageOf('h', 'ada', from + day * DAY + 5 * HOUR),
          ...(day % 2 === 0 ? [messageOf('i', 'bob', from + day * DAY + 23 * HOUR)] : []),
        ]),
      );
      const writer = { name: randomUUID(), run: randomUUID(), place: null };
      const session = { connection: 1, userId: 'ada', guest: false, clientId: null };
      const ended = { startedAt: from - HOUR, endedAt: from + 6 * HOUR, code: 1000 };
      valueOf(await stores.sessions.record(writer, now, [{ ...session, ...ended }]));
      const ranges = [
        [from, from + 80 * DAY],
        [from + 5 * HOUR, from + 6 * HOUR],
        [from + 20 * DAY + 6 * HOUR, from + 62 * DAY + 22 * HOUR],
        [from + 200 * DAY, from + 201 * DAY],
      ] as const;
      for (const [start, end] of ranges) {
        const count = (hour: number, step: number) =>
          days.filter((day) => {
            const at = from + day * DAY + hour * HOUR;
            return day % step === 0 && at >= start && at < end;
          }).length;
        const expected = [['h', count(5, 1)] as const, ['i', count(23, 2)] as const].filter(
          ([, sum]) => sum > 0,
        );
        const span = { from: start, to: end };
        const channels = valueOf(await report.channels(span, 10));
        expect(channels.items.map(({ channelId, messages }) => [channelId, messages])).toEqual(expected);
        expect(channels.hasMore).toBe(false);
        const users = valueOf(await report.users(span, 10));
        expect(users.items.map(({ messages }) => messages)).toEqual(expected.map(([, sum]) => sum));
      }
      const [first] = valueOf(await report.users({ from, to: from + DAY }, 1)).items;
      expect(first).toMatchObject({ userId: 'ada', messages: 1, begun: 0, ms: 6 * HOUR });
      expect(valueOf(await report.users({ from, to: from + DAY }, 1)).hasMore).toBe(true);
    });

    it('[ACT-12] sessions and what each wrote are forgotten by days, and sums stay', async () => {
      const from = newYear();
      const writer = { name: randomUUID(), run: randomUUID(), place: null };
      const old = randomUUID();
      const told = (connection: number, startedAt: number, endedAt: number | null) => ({
        ...{ connection, userId: old, guest: false, clientId: null, startedAt, endedAt },
        code: endedAt === null ? null : 1000,
      });
      valueOf(
        await stores.sessions.record(writer, now, [
          ...[told(1, from, from + HOUR), told(2, from, null), told(3, from + DAY, from + DAY + HOUR)],
          told(4, from - HOUR, from + DAY + HOUR),
        ]),
      );
      await say(messageOf('r', old, from), messageOf('r', old, from + DAY));
      const users = async () => {
        const { items } = valueOf(await report.users({ from, to: from + 2 * DAY }, 100));
        return items.filter(({ userId }) => userId === old).map(({ messages }) => messages);
      };
      const sessions = async () =>
        valueOf(await report.sessions({ from: from - DAY, to: from + 2 * DAY, timeZone: 'UTC' }, old)).map(
          ({ begun }) => begun,
        );
      expect([await users(), await sessions()]).toEqual([[2], [1, 2, 1]]);
      expect(await chart('active_users', 'day', from, from + 2 * DAY)).toEqual([1, 1]);
      let forgotten = 0;
      for (let gone = 1; gone > 0; forgotten += gone) {
        gone = valueOf(await stores.activity.forget(from + DAY + HOUR));
      }
      expect(forgotten).toBeGreaterThanOrEqual(2);
      expect([await users(), await sessions()]).toEqual([[1], [1, 1, 1]]);
      expect(await chart('messages', 'day', from, from + 2 * DAY)).toEqual([1, 1]);
      expect(await chart('active_users', 'day', from, from + 2 * DAY)).toEqual([1, 1]);
      // One that ends after it was told as open is known as before.
      valueOf(await stores.sessions.record(writer, now, [told(2, from, from + 2 * HOUR)]));
      expect(await sessions()).toEqual([1, 1, 1]);
    });

    it('[ACT-11] connections are the sessions that began', async () => {
      const from = newYear();
      const writer = { name: randomUUID(), run: randomUUID(), place: null };
      const sessionAt = (connection: number, startedAt: number) => ({
        ...{ connection, userId: 'ada', guest: false, clientId: null, startedAt },
        ...{ endedAt: startedAt + 3 * HOUR, code: 1000 },
      });
      const sessions = [sessionAt(1, from), sessionAt(2, from + 70_000), sessionAt(3, from + HOUR)];
      valueOf(await stores.sessions.record(writer, now, sessions));
      valueOf(await stores.sessions.record(writer, now, sessions));
      expect(await chart('connections', 'minute', from, from + 3 * MINUTE)).toEqual([1, 1, 0]);
      expect(await chart('connections', 'hour', from, from + 2 * HOUR)).toEqual([2, 1]);
      expect(await chart('connections', 'day', from, from + 2 * DAY)).toEqual([3, 0]);
    });
  });
}
