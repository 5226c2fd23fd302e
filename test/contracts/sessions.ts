/** What every store of sessions keeps to. Run by memory-sessions.test.ts and postgres-sessions.test.ts. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ActivityReport } from '../../src/admin/activity/activity-report.ts';
import type { ActivityStore } from '../../src/admin/ports/activity-store.ts';
import type { RecordedSession, SessionStore, SessionWriter } from '../../src/gateway/ports/session-store.ts';
import { valueOf } from './stores.ts';

/** A store and what is counted of it. */
export interface SessionsFixture {
  readonly sessions: SessionStore;
  readonly activity: ActivityStore;
  close(): Promise<void>;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** 2026-03-01T00:00Z. */
const START = Date.UTC(2026, 2, 1);
const UTC = { from: START, to: START + 10 * DAY, timeZone: 'UTC' };

function writerOf(place: string | null = null): SessionWriter {
  const run = randomUUID();
  return { name: `${run}/main`, run, place };
}

/** Runs the suite over what `open` gives. */
export function sessionsContract(name: string, open: () => Promise<SessionsFixture>): void {
  describe(name, () => {
    let stores: SessionsFixture;
    let report: ActivityReport;
    const now = START + 20 * DAY;
    beforeAll(async () => {
      stores = await open();
      report = new ActivityReport({ store: stores.activity, now: () => now });
    });
    afterAll(() => stores.close());

    const sessionOf = (
      connection: number,
      userId: string,
      over: Partial<RecordedSession>,
    ): RecordedSession => ({
      ...{ connection, userId, guest: false, clientId: null, startedAt: START, endedAt: null, code: null },
      ...over,
    });
    const record = async (writer: SessionWriter, at: number, ...sessions: RecordedSession[]) => {
      valueOf(await stores.sessions.record(writer, at, sessions));
    };
    /** Days on which anything was, with hours. */
    const daysOf = async (userId?: string, span = UTC) => {
      const days = valueOf(await report.sessions(span, userId));
      return days
        .filter(({ begun, ms }) => begun > 0 || ms > 0)
        .map(({ date, begun, ms }) => [date?.slice(8), begun, ms / HOUR]);
    };

    it('[ACT-1] [ACT-4] a session begins, ends, and is told by days; what is told again changes nothing', async () => {
      const [writer, ada] = [writerOf(), randomUUID()];
      const open = sessionOf(1, ada, { startedAt: START + 20 * HOUR, clientId: 'web' });
      await record(writer, START + 20 * HOUR, open);
      await record(writer, START + 20 * HOUR, open);
      const ended = { ...open, endedAt: START + 50 * HOUR, code: 1000 };
      for (const session of [ended, ended, open, { ...ended, endedAt: START + 60 * HOUR }]) {
        await record(writer, START + 50 * HOUR, session);
      }
      // Told as a whole, and one that took no time.
      await record(
        writer,
        START + 51 * HOUR,
        sessionOf(2, ada, { startedAt: START + 30 * HOUR, endedAt: START + 31 * HOUR, code: 1001 }),
        sessionOf(3, ada, { startedAt: START + 48 * HOUR, endedAt: START + 48 * HOUR, code: 4200 }),
      );
      expect(await daysOf(ada)).toEqual([
        ['01', 1, 4],
        ['02', 1, 25],
        ['03', 1, 2],
      ]);
      expect(await daysOf('nobody')).toEqual([]);
      expect(valueOf(await report.sessions(UTC, ada))).toHaveLength(10);
    });

    it('[ACT-4] a session that is open goes on until now', async () => {
      const [writer, ada] = [writerOf(), randomUUID()];
      await record(writer, now, sessionOf(1, ada, { startedAt: now - 30 * HOUR }));
      const span = { ...UTC, from: now - 2 * DAY, to: now + DAY };
      expect(await daysOf(ada, span)).toEqual([
        ['19', 1, 6],
        ['20', 0, 24],
      ]);
      valueOf(await stores.sessions.close(writer.name));
    });

    it('[ACT-2] what a dead writer had open ended at its last heartbeat', async () => {
      const [dead, alive, ada] = [writerOf('host 0:80'), writerOf('host 0:81'), randomUUID()];
      await record(
        dead,
        START,
        sessionOf(1, ada, { startedAt: START }),
        sessionOf(2, ada, { startedAt: START }),
      );
      await record(dead, START + 2 * HOUR, sessionOf(2, ada, { endedAt: START + HOUR, code: 1000 }));
      await record(dead, START + 3 * HOUR);
      // It began by a clock that was ahead.
      await record(dead, START + 3 * HOUR, sessionOf(3, ada, { startedAt: START + 4 * HOUR }));
      await record(alive, START + 9 * HOUR, sessionOf(1, ada, { startedAt: START + DAY, endedAt: null }));
      const successor = writerOf('host 0:80');
      expect(valueOf(await stores.sessions.closeDead(HOUR, dead))).toBe(0);
      expect(valueOf(await stores.sessions.closeDead(HOUR, successor))).toBe(1);
      expect(valueOf(await stores.sessions.closeDead(HOUR, successor))).toBe(0);
      expect((await daysOf(ada))[0]).toEqual(['01', 3, 4]);
      // Nobody who listens elsewhere was touched, or listens nowhere in particular.
      expect(valueOf(await stores.sessions.closeDead(HOUR, writerOf()))).toBe(0);
      valueOf(await stores.sessions.close(alive.name));
      expect(await daysOf(ada)).toEqual([
        ['01', 3, 4],
        ['02', 1, 0],
      ]);
    });

    it('[ACT-2] sessions of a writer that was only thought to be dead go on', async () => {
      const [writer, ada] = [writerOf(), randomUUID()];
      const span = { from: START + 11 * DAY, to: START + 12 * DAY, timeZone: 'UTC' };
      const startedAt = span.from;
      await record(
        writer,
        startedAt + HOUR,
        sessionOf(1, ada, { startedAt }),
        sessionOf(2, ada, { startedAt, endedAt: startedAt + HOUR, code: 1000 }),
      );
      expect(valueOf(await stores.sessions.closeDead(0, writerOf()))).toBeGreaterThan(0);
      expect(await daysOf(undefined, span)).toEqual([['12', 2, 2]]);
      await record(
        writer,
        startedAt + 3 * HOUR,
        sessionOf(1, ada, { startedAt, endedAt: startedAt + 4 * HOUR, code: 1000 }),
      );
      expect(await daysOf(ada, span)).toEqual([['12', 2, 5]]);
      expect(await daysOf(undefined, span)).toEqual([['12', 2, 5]]);
    });

    it('[ACT-4] [ACT-7] days of everybody are the sums of those of all users, in any zone', async () => {
      const writer = writerOf();
      const from = START + 100 * DAY;
      const users = [randomUUID(), randomUUID(), randomUUID()];
      const length = fc.integer({ min: 0, max: 40 * HOUR });
      const any = fc.record({
        userId: fc.constantFrom(...users),
        startedAt: fc.integer({ min: from, max: from + 5 * DAY }),
        length: fc.option(length, { nil: null }),
      });
      const [drawn = []] = fc.sample(fc.array(any, { minLength: 40, maxLength: 40 }), {
        numRuns: 1,
        seed: 8,
      });
      const recorded = drawn.map(({ userId, startedAt, length: ms }, index) =>
        sessionOf(index, userId, {
          startedAt,
          ...(ms === null ? {} : { endedAt: startedAt + ms, code: 1000 }),
        }),
      );
      await record(writer, from, ...recorded);
      const until = from + 6 * DAY;
      const later = new ActivityReport({ store: stores.activity, now: () => until });
      const time = recorded.reduce((sum, { startedAt, endedAt }) => sum + (endedAt ?? until) - startedAt, 0);
      for (const timeZone of ['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'Asia/Kathmandu', 'Pacific/Apia']) {
        const span = { from, to: from + 20 * DAY, timeZone };
        const all = valueOf(await later.sessions(span));
        const each = await Promise.all(users.map(async (user) => valueOf(await later.sessions(span, user))));
        for (const [index, { begun, ms }] of all.entries()) {
          const sum = each.map((days) => days[index]!);
          expect([begun, ms]).toEqual([
            sum.reduce((total, day) => total + day.begun, 0),
            sum.reduce((total, day) => total + day.ms, 0),
          ]);
        }
        expect(all.reduce((sum, day) => sum + day.begun, 0)).toBe(recorded.length);
        expect(all.reduce((sum, day) => sum + day.ms, 0)).toBe(time);
      }
      valueOf(await stores.sessions.close(writer.name));
    });
  });
}
