/**
 * Messages that wait for a moderator, and what has to be known of an author's earlier ones. Implementations:
 * storage/postgres-held.ts and storage/memory/memory-held.ts, held together by one contract suite (docs/SPEC.md, HELD). An
 * outage is `unavailable`, never an exception, and then every call may be made again.
 */
import type { AuditAct } from '../../protocol/audit-act.ts';
import type { HeldMessage } from '../../protocol/held-messages.ts';
import type { Result } from '../../protocol/result.ts';

export type { HeldMessage } from '../../protocol/held-messages.ts';

/** What becomes of a message that is to wait. */
export type HoldOutcome =
  /** `duplicate`: it waited already, under this id. */
  | { readonly kind: 'held'; readonly id: string; readonly duplicate: boolean }
  /** It was rejected before. */
  | { readonly kind: 'rejected' }
  /** As many of its author's wait as may. */
  | { readonly kind: 'full' };

/** A page of what waits in a channel, the oldest first. */
export interface HeldPage {
  readonly items: readonly HeldMessage[];
  readonly hasMore: boolean;
}

/** See the head of the file. */
export interface HeldStore {
  /** Where a message with this `clientMessageId` stands in the channel's log; null: it doesn't. */
  sent(
    channelId: string,
    author: string,
    clientMessageId: string,
  ): Promise<Result<{ readonly id: string; readonly seq: number } | null>>;
  /**
   * Whether the author ever had a message in the channel. Of those without a `clientMessageId` only ones among the newest
   * 10,000 events count.
   */
  hasSpoken(channelId: string, author: string): Promise<Result<boolean>>;
  hold(message: HeldMessage): Promise<Result<HoldOutcome>>;
  /** What waits in the channel behind the id `after`. */
  list(channelId: string, after: string | null, limit: number): Promise<Result<HeldPage>>;
  /** What waits under this id; null: nothing does. */
  find(channelId: string, id: string): Promise<Result<HeldMessage | null>>;
  /** It waits no more, because it landed in the log; `act` is kept in the same transaction, once. */
  release(channelId: string, id: string, act: AuditAct): Promise<Result<void>>;
  /**
   * Takes its text away, and remembers for a week that it was rejected: the message, or null where none waited. `act` is
   * kept in the same transaction.
   */
  reject(channelId: string, id: string, act: AuditAct): Promise<Result<HeldMessage | null>>;
}
