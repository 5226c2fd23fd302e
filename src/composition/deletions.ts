/**
 * Carries out what bans from everywhere delete. Channels are asked to delete by the shards that own them, so that each
 * deletion is an event as any other. What isn't done is kept with its ban: a server that starts goes on with it, and of
 * several on one database all may, since a message that is deleted already stays so.
 */
import type { PendingDeletion, SanctionStore } from '../auth/sanction-store.ts';
import type { Logger } from '../observability/logger.ts';
import type { DeadlineTimers } from '../threads/deadline-queue.ts';
import type { ChannelPurge } from '../threads/shard-control.ts';

/** Ms after a ban in which something of its user may still have come through: it holds everywhere within a second. */
const SETTLED_MS = 2_000;
const AGAIN_MS = 1_000;
const AT_ONCE = 10;

/** What deletions need. */
export interface DeletionsOptions {
  readonly store: Pick<SanctionStore, 'deletions' | 'channelsOf' | 'deleted'>;
  /** Deletes in one channel; whether all of it is done. */
  readonly purge: (channelId: string, order: ChannelPurge) => Promise<boolean>;
  readonly logger: Pick<Logger, 'warn'>;
  /** `now` is the wall clock, ms. */
  readonly timers: Pick<DeadlineTimers, 'after'> & { now(): number };
}

/** Under way, until stopped. */
export interface Deletions {
  /** There is something to delete, perhaps. */
  wake(): void;
  stop(): void;
}

/** Begins with what was left over. */
export function followDeletions(options: DeletionsOptions): Deletions {
  const { store, purge, logger, timers } = options;
  let running: Promise<void> = Promise.resolve();
  let next: Promise<void> | null = null;
  const stopping = new AbortController();
  const isStopped = (): boolean => stopping.signal.aborted;
  let cancel: (() => void) | null = null;

  /** Whether all of it is done for good. */
  const carryOut = async ({ id, user, by, since, at }: PendingDeletion): Promise<boolean> => {
    const until = at + SETTLED_MS;
    const channels = await store.channelsOf(user, since, until);
    if (!channels.ok) return false;
    const done = await Promise.all(
      channels.value.map((channelId) => purge(channelId, { user, by, since, until })),
    );
    const isDone = !done.includes(false);
    if (!isDone) logger.warn({ ban: id }, 'messages of a banned user could not all be deleted yet');
    if (isStopped() || timers.now() < until) return false;
    return isDone && (await store.deleted(id)).ok;
  };

  const run = async (): Promise<void> => {
    if (isStopped()) return;
    const pending = await store.deletions(AT_ONCE);
    if (!pending.ok) return again();
    let isLeft = pending.value.length === AT_ONCE;
    for (const one of pending.value) if (!isStopped() && !(await carryOut(one))) isLeft = true;
    if (isLeft) again();
  };

  const again = (): void => {
    cancel?.();
    cancel = isStopped() ? null : timers.after(AGAIN_MS, wake);
  };

  const wake = (): void => {
    // One that has not begun yet will see what there is.
    if (next !== null || isStopped()) return;
    next = running
      .then(async () => {
        next = null;
        await run();
      })
      .catch((error: unknown) => {
        logger.warn({ err: error }, 'deletions of a ban failed');
        again();
      });
    running = next;
  };

  wake();
  return {
    wake,
    stop: () => {
      stopping.abort();
      cancel?.();
    },
  };
}
