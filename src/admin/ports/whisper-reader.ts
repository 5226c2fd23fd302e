/** Reads a user's inbox for HTTP. */
import type { UserRef } from '../../protocol/entities.ts';
import type { Result } from '../../protocol/result.ts';
import type { HistoryEvent, HistoryPage } from './history-reader.ts';

/** Which stretch of an inbox: the newest, or that before a `seq`. */
export interface WhisperRange {
  /** By their id or their name; absent: the whole inbox. */
  readonly with?: { readonly id: string } | { readonly name: string };
  /** Exclusive. */
  readonly beforeSeq?: number;
  /** Counts events; `maxBytes` counts their data, and at least one event comes all the same. */
  readonly limit: number;
  readonly maxBytes: number;
}

/** The owner's conversations that were last written in, newest first. */
export interface ConversationList {
  readonly items: readonly {
    readonly with: UserRef;
    readonly last: HistoryEvent;
    /** Whispers of the correspondent that the owner hasn't read. */
    readonly unread: number;
  }[];
  readonly hasMore: boolean;
}

/** Reads by the owner's id; `unavailable` while the database is away. */
export interface WhisperReader {
  /** An empty page where there is nothing with this person, and where nobody is called so. */
  read(owner: string, range: WhisperRange): Promise<Result<HistoryPage>>;
  /** Bounded as {@link WhisperRange} is. */
  conversations(owner: string, limit: number, maxBytes: number): Promise<Result<ConversationList>>;
}
