/**
 * Connections of a gateway that watch the server's figures.
 *
 * Waiting: it subscribed, and gets the snapshot with the next moment. Staged: parts of its snapshot are on their way, one
 * every {@link STAGE_MS}. Live: each moment goes to it as one update. Whoever is behind gets neither parts nor updates until
 * they have caught up, and then the newest: nothing is kept for them.
 */
import {
  type AnalyticsMoment,
  type AnalyticsPart,
  type AnalyticsPoint,
  MAX_ANALYTICS_POINTS,
} from '../protocol/analytics.ts';
import { encodeReply } from '../protocol/encode.ts';
import { isStaffOfAll } from '../protocol/permissions.ts';
import type { DeadlineTimers } from '../threads/deadline-queue.ts';
import type { Connection } from './connection.ts';

/** Most bytes of a frame of the snapshot, and how far apart they are, ms. */
export const MAX_PART_BYTES = 16 * 1024;
const STAGE_MS = 100;
/** Of a frame around its lists, with room to spare. */
const ENVELOPE_BYTES = 256;

/** What it needs. */
export interface AnalyticsOptions {
  readonly timers: DeadlineTimers & { now(): number };
  readonly send: (connection: Connection, frame: string) => void;
  /** Tells main how many connections watch. */
  readonly watching: (count: number) => void;
}

/** Parts of the snapshot that are to come; null: it waits for the moment that begins it. */
type Stage = string[] | null;

/** See the head of the file. */
export class Analytics {
  readonly #options: AnalyticsOptions;
  readonly #watchers = new Map<Connection, Stage>();
  #history: readonly AnalyticsPoint[] = [];
  #cancel: (() => void) | null = null;

  constructor(options: AnalyticsOptions) {
    this.#options = options;
  }

  /** The connection is told from now on, from a snapshot on; one that is told already begins anew. */
  subscribe(connection: Connection): void {
    this.#watchers.set(connection, null);
    this.#count();
  }

  /** The connection is told no more, or is gone. */
  forget(connection: Connection): void {
    if (this.#watchers.delete(connection)) this.#count();
  }

  /** A second is over. `history`: the points before, where main doesn't take them to be known. */
  tell(moment: AnalyticsMoment, history: readonly AnalyticsPoint[] | null): void {
    const { send, timers } = this.#options;
    this.#history = [...(history ?? this.#history), moment.point].slice(-MAX_ANALYTICS_POINTS);
    const update = encodeReply(
      'analytics:update',
      undefined,
      undefined,
      timers.now(),
      JSON.stringify(moment),
    );
    let snapshot: readonly string[] | null = null;
    for (const [connection, stage] of this.#watchers) {
      if (!mayWatch(connection)) this.forget(connection);
      else if (stage === null) {
        snapshot ??= snapshotParts(this.#history, moment, timers.now());
        this.#watchers.set(connection, [...snapshot]);
      } else if (stage.length === 0 && !connection.isBehind) send(connection, update);
    }
    if (snapshot !== null && this.#cancel === null) this.#stage();
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#watchers.clear();
  }

  /** One part to each that isn't behind. */
  #stage(): void {
    const { send, timers } = this.#options;
    let rest = 0;
    for (const [connection, stage] of this.#watchers) {
      const next = connection.isBehind ? undefined : stage?.shift();
      if (next !== undefined) send(connection, next);
      rest += stage?.length ?? 0;
    }
    this.#cancel =
      rest === 0
        ? null
        : timers.after(STAGE_MS, () => {
            this.#stage();
          });
  }

  #count(): void {
    this.#options.watching(this.#watchers.size);
  }
}

/** Whether the connection's user may watch now: staff, of all channels. */
export function mayWatch({ phase, identity }: Pick<Connection, 'phase' | 'identity'>): boolean {
  return phase === 'open' && identity !== null && isStaffOfAll(identity.user);
}

/** Frames of at most {@link MAX_PART_BYTES}, with all that a page begins with. */
export function snapshotParts(
  history: readonly AnalyticsPoint[],
  { shards, gateways }: Pick<AnalyticsMoment, 'shards' | 'gateways'>,
  timestamp: number,
): readonly string[] {
  type Lists = Pick<
    { -readonly [List in keyof AnalyticsPart]: AnalyticsPart[List] },
    'history' | 'shards' | 'gateways'
  >;
  const parts: Lists[] = [{ history: [], shards: [], gateways: [] }];
  let bytes = ENVELOPE_BYTES;
  const put = <List extends keyof Lists>(list: List, items: readonly Lists[List][number][]): void => {
    for (const item of items) {
      // All of it is ASCII.
      const size = JSON.stringify(item).length + 1;
      if (bytes + size > MAX_PART_BYTES) {
        parts.push({ history: [], shards: [], gateways: [] });
        bytes = ENVELOPE_BYTES;
      }
      bytes += size;
      const part = parts.at(-1);
      if (part !== undefined) part[list] = [...part[list], item] as Lists[List];
    }
  };
  put('shards', shards);
  put('gateways', gateways);
  put('history', history);
  return parts.map((lists, index) => {
    const part: AnalyticsPart = { part: index + 1, parts: parts.length, ...lists };
    return encodeReply('analytics:snapshot', undefined, undefined, timestamp, JSON.stringify(part));
  });
}
