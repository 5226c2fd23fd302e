/** The channels that exist, as lists and REST need them; actors load their own record. */
import type { ChannelSummary, User } from './entities.ts';
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
  /** Creates the channel; `created` is false when it existed, and nothing of it changes then. */
  create(
    channel: ChannelSummary,
    by: Pick<User, 'id'>,
    now: number,
  ): Promise<Result<{ readonly created: boolean; readonly channel: ChannelSummary }>>;
}
