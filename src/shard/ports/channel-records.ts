/** Channels' records beside their logs, as a shard makes, deletes and restores them. Outages are values. */
import type { UserRef } from '../../protocol/entities.ts';
import type { Result } from '../../protocol/result.ts';

/** A channel that is to be made. */
export interface NewChannel {
  readonly id: string;
  readonly name: string;
  readonly topic?: string;
  readonly description?: string;
  readonly private: boolean;
}

/** What is to be deleted; `at` is ms since the epoch. */
export interface ChannelDeletion {
  readonly id: string;
  /** All that it has goes, and its id is free. */
  readonly purge: boolean;
  readonly by: UserRef;
  readonly at: number;
  /** What it was, for the audit log. */
  readonly before: Omit<NewChannel, 'id'>;
}

/** What is to be there again. */
export type ChannelRestoration = Pick<ChannelDeletion, 'id' | 'by' | 'at' | 'before'>;

/** Each is kept in the audit log in the transaction of what it does; what changes nothing isn't. */
export interface ChannelRecords {
  /** Makes the channel, `by` being its owner: false when one has the id, a deleted one too. */
  create(channel: NewChannel, by: UserRef, at: number): Promise<Result<boolean>>;
  /** False when there is no such channel, or it was deleted before and isn't to be purged. */
  delete(deletion: ChannelDeletion): Promise<Result<boolean>>;
  /** False when no channel is deleted that has this id. */
  restore(restoration: ChannelRestoration): Promise<Result<boolean>>;
}
