/** {@link ActivityStore} in memory, for tests; the same contract suite runs over it and PostgreSQL. */
import type { Tile } from '../../admin/activity/tiles.ts';
import type {
  ActivityStore,
  ChannelTotal,
  OpenSessions,
  SessionTotal,
  TallyPass,
  UserTotal,
} from '../../admin/ports/activity-store.ts';
import type { RecordedSession } from '../../gateway/ports/session-store.ts';
import { ok } from '../../protocol/result.ts';
import type { Result } from '../../protocol/result.ts';
import type { MemoryLogStore } from '../memory-log-store.ts';
import type { MemorySessions } from './memory-sessions.ts';

const QUARTER_MS = 900_000;
const DAY_MS = 86_400_000;

interface CountedMessage {
  readonly channelId: string;
  readonly userId: string;
  readonly at: number;
}

/** What {@link MemoryActivity} counts. */
export interface MemoryActivityOptions {
  readonly sessions: Pick<MemorySessions, 'all' | 'forget'>;
  readonly logs: Pick<MemoryLogStore, 'keys' | 'log' | 'channel'>;
  /** Null: there is no such user. */
  readonly nameOf?: (userId: string) => string | null;
}

/** Adds up anew each time. */
export class MemoryActivity implements ActivityStore {
  readonly #options: MemoryActivityOptions;
  readonly #sessions: Pick<MemorySessions, 'all' | 'forget'>;
  /** What users wrote before it is known of everybody alone. */
  #forgottenBefore = 0;
  readonly #counted: CountedMessage[] = [];
  readonly #heads = new Map<string, number>();

  constructor(options: MemoryActivityOptions) {
    this.#options = options;
    this.#sessions = options.sessions;
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

  async sessionsOfUsers(
    userIds: readonly string[],
    from: number,
    to: number,
    now: number,
  ): Promise<Result<ReadonlyMap<string, SessionTotal>>> {
    const totals = userIds.map((id) => {
      const own = this.#sessions.all.filter(({ userId }) => userId === id);
      return [id, totalOf(own, [from, to], now)] as const;
    });
    return ok(new Map(totals.filter(([, { begun, ms }]) => begun > 0 || ms > 0)));
  }

  async connections(bounds: readonly number[]): Promise<Result<readonly number[]>> {
    return ok(stretches(bounds).map((stretch) => totalOf(this.#sessions.all, stretch, null).begun));
  }

  async tally(): Promise<Result<TallyPass>> {
    const { logs } = this.#options;
    let read = 0;
    for (const key of logs.keys()) {
      if (!key.startsWith('channel:')) continue;
      const { events } = logs.log(key);
      const fresh = events.slice(this.#heads.get(key) ?? 0);
      this.#heads.set(key, events.length);
      read += fresh.length;
      for (const { type, sender, timestamp } of fresh) {
        if (type !== 'message:created') continue;
        this.#counted.push({ channelId: key.slice(8), userId: sender, at: timestamp });
      }
    }
    return ok({ read, waiting: 0 });
  }

  async messages(bounds: readonly number[]): Promise<Result<readonly number[]>> {
    return ok(stretches(bounds).map((stretch) => this.#within(stretch).length));
  }

  async activeUsers(bounds: readonly number[]): Promise<Result<readonly number[]>> {
    return ok(
      stretches(bounds).map((stretch) => new Set(this.#within(stretch).map(({ userId }) => userId)).size),
    );
  }

  async channels(tiles: readonly Tile[], limit: number): Promise<Result<readonly ChannelTotal[]>> {
    const totals = this.#top(tiles, ({ channelId }) => channelId, limit);
    return ok(
      totals.map(([channelId, messages]) => ({
        ...{ channelId, messages },
        ...named(this.#options.logs.channel(channelId)?.name ?? null),
      })),
    );
  }

  async users(tiles: readonly Tile[], limit: number): Promise<Result<readonly UserTotal[]>> {
    const known = tiles.map((tile) => ({ ...tile, start: Math.max(tile.start, this.#forgottenBefore) }));
    const totals = this.#top(known, ({ userId }) => userId, limit);
    return ok(
      totals.map(([userId, messages]) => ({
        ...{ userId, messages },
        ...named(this.#options.nameOf?.(userId) ?? null),
      })),
    );
  }

  async forget(before: number): Promise<Result<number>> {
    const cutoff = Math.floor(before / DAY_MS) * DAY_MS;
    const users = this.#counted.filter(({ at }) => at >= this.#forgottenBefore && at < cutoff).length;
    this.#forgottenBefore = Math.max(this.#forgottenBefore, cutoff);
    return ok(this.#sessions.forget(cutoff) + users);
  }

  #within([start, end]: readonly [number, number]): readonly CountedMessage[] {
    return this.#counted.filter(({ at }) => at >= start && at < end);
  }

  #top(
    tiles: readonly Tile[],
    keyOf: (message: CountedMessage) => string,
    limit: number,
  ): readonly (readonly [string, number])[] {
    const messages = tiles.flatMap(({ start, end }) => this.#within([start, end]));
    return [...Map.groupBy(messages, keyOf)]
      .map(([key, own]) => [key, own.length] as const)
      .sort(([one, few], [other, many]) => many - few || (one < other ? -1 : 1))
      .slice(0, limit);
  }
}

function named(name: string | null): { readonly name?: string } {
  return name === null ? {} : { name };
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
