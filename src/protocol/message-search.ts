/** The search over the messages of channels, as WebSocket and REST need it. */
import type { Principal } from './entities.ts';
import type { PersonKey } from './person.ts';
import type { Result } from './result.ts';

/** Default and largest page of a search. */
export const DEFAULT_SEARCH_LIMIT = 20;
export const MAX_SEARCH_LIMIT = 100;
/** Most channels that one search names, and most messages that it may leave out at the beginning. */
export const MAX_SEARCH_CHANNELS = 20;
export const MAX_SEARCH_OFFSET = 1_000;

/** What is searched for: messages for which all of it holds. Times are ms since the epoch. */
export interface SearchQuestion {
  /** Words, beginnings (`word*`) and phrases (`"two words"`); absent: any text. */
  readonly text?: string;
  /** Ids of channels, at least one; absent: all that the asker may read. */
  readonly channels?: readonly string[];
  readonly author?: PersonKey;
  /** The id of a message: those that come behind it in this order. */
  readonly behind?: string;
  /** Before that time. */
  readonly before?: number;
  /** At that time or later. */
  readonly after?: number;
  readonly limit: number;
  /** So many are left out first. Default 0. */
  readonly offset?: number;
}

/** A message that was found, as it stands now: `data` is JSON text as in pages of the channel. */
export interface FoundMessage {
  readonly channelId: string;
  readonly seq: number;
  readonly timestamp: number;
  readonly data: string;
}

/** Newest first: by `seq` within one channel, by time over several. */
export interface SearchPage {
  readonly messages: readonly FoundMessage[];
  readonly hasMore: boolean;
  /** For `behind`; there when there is more. */
  readonly next?: string;
}

/**
 * Finds messages. Whatever was shown before the call is found, and nothing that was deleted or edited away before it.
 * Failures: `not_found` for a channel that isn't there or isn't for the asker, and for a `behind` that is no message of what
 * is searched; `banned` for a channel that they are banned from; `bad_request` for a text that can't be searched for; `overloaded` when it would take too long.
 */
export interface MessageSearch {
  search(asker: Principal, question: SearchQuestion): Promise<Result<SearchPage>>;
}
