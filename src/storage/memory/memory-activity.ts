/** {@link ActivityStore} in memory, for tests; the same contract suite runs over it and PostgreSQL. */
import type { ActivityStore, OpenSessions, SessionTotal } from '../../admin/ports/activity-store.ts';
import type { RecordedSession } from '../../gateway/ports/session-store.ts';
import { ok } from '../../protocol/result.ts';
import type { Result } from '../../protocol/result.ts';
import type { MemorySessions } from './memory-sessions.ts';

const QUARTER_MS = 900_000;

/** Counts anew each time. */
export class MemoryActivity implements ActivityStore {
  readonly #sessions: Pick<MemorySessions, 'all'>;

  constructor(sessions: Pick<MemorySessions, 'all'>) {
    this.#sessions = sessions;
  }

  async sessionsOf(
    userId: string,
    bounds: readonly number[],
    now: number,
  ): Promise<Result<readonly SessionTotal[]>> {
    const own = this.#sessions.all.filter((session) => session.userId === userId);
    return ok(stretches(bounds).map((stretch) => totalOf(own, stretch, now)));
  }

  async sessions(bounds: readonly number[]): Promise<Result<readonly SessionTotal[]>> {
    return ok(stretches(bounds).map((stretch) => totalOf(this.#sessions.all, stretch, null)));
  }

  async openSessions(): Promise<Result<readonly OpenSessions[]>> {
    const open = this.#sessions.all.filter(({ endedAt }) => endedAt === null);
    const byQuarter = Map.groupBy(open, ({ startedAt }) => Math.floor(startedAt / QUARTER_MS) * QUARTER_MS);
    return ok(
      [...byQuarter].map(([quarter, sessions]) => ({
        ...{ quarter, count: sessions.length },
        startedAtSum: sessions.reduce((sum, { startedAt }) => sum + startedAt, 0),
      })),
    );
  }
}

function stretches(bounds: readonly number[]): [number, number][] {
  return bounds.slice(1).map((end, index) => [bounds[index] ?? end, end]);
}

/** `now`: until when those that are open go on; null: they have no time. */
function totalOf(
  sessions: readonly RecordedSession[],
  [start, end]: readonly [number, number],
  now: number | null,
): SessionTotal {
  const begun = sessions.filter(({ startedAt }) => startedAt >= start && startedAt < end).length;
  const ms = sessions.reduce((sum, { startedAt, endedAt }) => {
    const until = Math.min(end, endedAt ?? Math.max(startedAt, now ?? startedAt));
    return sum + Math.max(0, until - Math.max(start, startedAt));
  }, 0);
  return { begun, ms };
}
