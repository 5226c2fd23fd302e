/**
 * Follows what is past in channels: moves floors, tells this server's shards, and removes rows behind everything else. Whichever
 * server comes first does a step; each tells its own shards of floors that any of them has moved.
 */
import type { Logger } from '../observability/logger.ts';
import { again } from './again.ts';
import type { ChannelFloor, RetentionDefaults, RetentionStore } from '../protocol/retention.ts';

/** Nothing was left: so many ms until the next look at least, and so many times what the looks took: a twentieth of the time. */
const IDLE_MS = 2_000;
const IDLE_TIMES = 19;
/** While there is something to do this share of the time is its. */
const BUSY_SHARE = 0.2;
const LEAST_PAUSE_MS = 20;
/** So often floors are looked at that other servers may have moved, ms. */
const TELL_MS = 1_000;
const FAILED = 'what is past in channels could not be removed';

/** What it needs. */
export interface RetentionOptions {
  readonly store: RetentionStore;
  readonly defaults: RetentionDefaults;
  /** Tells the shards of this server; whether all of them know. */
  readonly tell: (floors: readonly ChannelFloor[]) => Promise<boolean>;
  /** So many rows were removed. */
  readonly removed: (rows: number) => void;
  readonly logger: Pick<Logger, 'error'>;
  readonly now: () => number;
  readonly idleMs?: number;
}

/** Looks at once and again and again, until stopped. */
export function followRetention(options: RetentionOptions): { stop(): Promise<void> } {
  const { store, defaults, logger, now, idleMs = IDLE_MS } = options;
  const told = toldOnce(options.tell);
  let after: string | null = null;
  /** Of the round over all logs: ms that its steps took, and whether more is left to do. */
  let roundMs = 0;
  let isBusy = false;

  /** One step; ms until the next one. */
  const step = async (): Promise<number> => {
    const began = performance.now();
    const moved = await store.moveFloor(after, now(), defaults);
    if (!moved.ok) return idleMs;
    after = moved.value.next;
    if (moved.value.moved !== null) await told([moved.value.moved]);
    const removed = await store.removeRows(now());
    const rows = removed.ok ? removed.value : 0;
    if (rows > 0) options.removed(rows);
    const took = performance.now() - began;
    roundMs += took;
    isBusy ||= moved.value.isBusy || rows > 0;
    const restMs = Math.max(LEAST_PAUSE_MS, took * (1 / BUSY_SHARE - 1));
    if (after !== null) return restMs;
    const pauseMs = isBusy ? restMs : Math.max(idleMs, roundMs * IDLE_TIMES);
    roundMs = 0;
    isBusy = false;
    return pauseMs;
  };
  const tellMoved = async (): Promise<number> => {
    const floors = await store.movedFloors();
    if (floors.ok) await told(floors.value, true);
    return TELL_MS;
  };
  const following = [step, tellMoved].map((work) =>
    again(work, { logger, afterFaultMs: idleMs, failed: FAILED }),
  );
  return {
    stop: async () => {
      await Promise.all(following.map((one) => one.stop()));
    },
  };
}

/** Tells each floor until it is known. `areAll`: others than these needn't be told any more. */
function toldOnce(tell: RetentionOptions['tell']) {
  let known = new Map<string, string>();
  const nameOf = ({ epoch, floor }: ChannelFloor): string => `${epoch} ${floor}`;
  return async (floors: readonly ChannelFloor[], areAll = false): Promise<void> => {
    const fresh = floors.filter((floor) => known.get(floor.channelId) !== nameOf(floor));
    const areTold = fresh.length === 0 || (await tell(fresh));
    if (areAll) {
      const here = new Set(floors.map(({ channelId }) => channelId));
      known = new Map([...known].filter(([channelId]) => here.has(channelId)));
    }
    if (areTold) for (const floor of fresh) known.set(floor.channelId, nameOf(floor));
  };
}
