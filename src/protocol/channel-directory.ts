/** The channels that exist, as lists and REST need them; actors load their own record. */
import { type AuditAct, type AuditActor, actBy } from './audit-act.ts';
import type { ChannelSummary } from './entities.ts';
import type { Result } from './result.ts';

/** Which part of the directory: ids that begin with `prefix`, behind `after` in id order. */
export interface DirectoryQuery {
  readonly prefix?: string;
  readonly after?: string;
  readonly limit: number;
  /** Only these, private ones among them: ids, or their beginnings followed by `*` (`channels` of a principal). */
  readonly within?: readonly string[];
}

/** A part of the directory, in id order. */
export interface DirectoryPage {
  readonly items: readonly ChannelSummary[];
  readonly hasMore: boolean;
}

/** Lists and makes channels. */
export interface ChannelDirectory {
  /** Public channels, or those `within`. */
  list(query: DirectoryQuery): Promise<Result<DirectoryPage>>;
  /** Null when nobody created it and nobody wrote in it. */
  find(id: string): Promise<Result<ChannelSummary | null>>;
  /**
   * Creates the channel and keeps it in the audit log; `created` is false when it existed, and nothing of it changes then.
   */
  create(
    channel: ChannelSummary,
    by: AuditActor,
    now: number,
  ): Promise<Result<{ readonly created: boolean; readonly channel: ChannelSummary }>>;
}

/** The making of `channel` as the audit log keeps it. */
export function creationOf(channel: ChannelSummary, by: AuditActor, at: number): AuditAct {
  const { id, name, topic, private: isPrivate } = channel;
  const target = { kind: 'channel', id, name } as const;
  return {
    ...actBy(by, at, { action: 'channel:created', target, after: { name, topic, private: isPrivate } }),
    channel: id,
  };
}
