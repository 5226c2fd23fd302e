/**
 * The log as a shard needs it. Only the log assigns `seq`; a shard never numbers anything itself, so two writers on
 * one database can't break density (docs/SPEC.md, LOG rules). Implementations: storage/postgres-log.ts and
 * storage/memory-log.ts, held together by one contract suite.
 */
import type { ChannelTables } from '../../log/channel-tables.ts';
import type { LogEntry, LogKey, SentRange } from '../../log/entry.ts';

export type { ChannelTables, MemberRecord } from '../../log/channel-tables.ts';

export type {
  Amendment,
  AppendEntry,
  ChannelChange,
  LogEntry,
  LogKey,
  Reaction,
  Sanction,
} from '../../log/entry.ts';

/** An event as the log holds it. */
export interface StoredEvent {
  readonly id: string;
  readonly type: string;
  readonly sender: string;
  readonly clientMessageId?: string;
  readonly seq: number;
  readonly timestamp: number;
  /** In pages with what the log adds to a message: `reactions`, `quote`, `thread` (docs/adr/0020). */
  readonly data: string;
}

/** Where one entry stands. `duplicate`: it, or one with its (sender, clientMessageId), stood there before this append. */
export interface Placement {
  /** Id of the stored event: the entry's own, or that of the event it duplicates. */
  readonly id: string;
  /** 0: it stands nowhere, because what it was to amend isn't there or takes no amendment. */
  readonly seq: number;
  readonly duplicate: boolean;
}

/** Where an entry and its companions stand, these in their order; frozen and empty for an entry without any. */
export interface GroupPlacement extends Placement {
  readonly companions: readonly Placement[];
}

/** What a batch comes to. */
export type AppendOutcome =
  /** All landed; one placement an entry, in the entries' order. */
  | { readonly status: 'committed'; readonly placements: readonly Placement[] }
  /** The database can't take at least one row; nothing landed. */
  | { readonly status: 'refused'; readonly reason: string }
  /** These logs are of channels that were deleted, or have another epoch than the call was made for; nothing landed. */
  | { readonly status: 'gone'; readonly logs: readonly LogKey[] }
  /** Nothing landed, and the same call may land later. */
  | { readonly status: 'unavailable'; readonly reason: string }
  /** Nobody knows: the connection broke after the statement was sent. */
  | { readonly status: 'unknown'; readonly reason: string };

/** Where a log stands. `head` 0: nobody ever wrote. */
export interface LogHead {
  readonly epoch: string;
  readonly head: number;
}

/** A stretch of a log, oldest first. */
export interface LogPage extends LogHead {
  /** The first event that the log still shows: what lies below is past (docs/adr/0032). Beyond the head: nothing is left. */
  readonly floor: number;
  readonly events: readonly StoredEvent[];
  /** Whether more lies in the direction of reading, beyond `events`. */
  readonly hasMore: boolean;
}

/**
 * Which stretch to read. `seq` bounds are exclusive; `limit` counts events, `maxBytes` their `data`. With `ofMessages`, for
 * `newest` alone, `limit` counts messages, and what lies between them comes along, at most MAX_PAGE_EVENTS in all.
 */
export interface LogRange {
  readonly direction: 'newest' | 'before' | 'after';
  /** For `before` and `after`. */
  readonly seq?: number;
  readonly limit: number;
  readonly ofMessages?: boolean;
  /** At least one event comes back even when it is larger. */
  readonly maxBytes: number;
}

/** Certain events of a log. */
export type LogSelection =
  /** Those of `ids` that are in the log, by their `seq`. */
  | { readonly kind: 'events'; readonly ids: readonly string[] }
  /**
   * The root of the thread that the message `id` is in, whatever the bounds, and the newest replies below it; nothing where
   * it isn't in the log. A message without replies is a root; a deleted reply is in no thread. `before`: a `seq`.
   */
  | {
      readonly kind: 'thread';
      readonly id: string;
      readonly before?: number;
      readonly limit: number;
      readonly maxBytes: number;
    }
  /** Messages of one sender; looks so far back as their time may lie, within bounds. `hasMore`: there may be earlier ones. */
  | ({ readonly kind: 'sent' } & SentRange);

/** A text that a message had; `version` counts from 1. */
export interface MessageVersion {
  readonly version: number;
  readonly content: string;
  /** ms since the epoch. */
  readonly replacedAt: number;
}

/** Which versions to read: the newest, or those before one. */
export interface VersionRange {
  readonly before?: number;
  readonly limit: number;
  /** Of texts; at least one comes back even when it is larger. */
  readonly maxBytes: number;
}

/** Texts that a message had, oldest first. */
export interface MessageVersions {
  readonly items: readonly MessageVersion[];
  /** Whether there are earlier ones. */
  readonly hasMore: boolean;
}

/** How a batch is appended. */
export interface AppendOptions {
  /** These entries may have landed already, so their ids are looked up too. */
  readonly retry?: boolean;
  /** Of logs of channels the epochs that their entries were written for: in a log that has another one nothing lands. */
  readonly epochs?: ReadonlyMap<LogKey, string>;
  /** Is told of each statement that the batch takes, by its name; what it returns is called when that is answered. */
  readonly running?: (statement: string) => () => void;
}

/** A read that may fail for a while. */
export type LogRead<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

/** What a shard needs to know of a channel when it loads its actor. */
export interface ChannelRecord {
  readonly id: string;
  readonly name: string;
  readonly topic?: string;
  readonly description?: string;
  readonly private: boolean;
  /** It was deleted, and keeps what it has: its log reads as empty. */
  readonly deleted?: true;
}

/** A channel's record (null: nobody created it and nobody wrote in it) with the newest stretch of its log. */
export interface LoadedChannel {
  readonly channel: ChannelRecord | null;
  readonly tables: ChannelTables;
  readonly page: LogPage;
}

/** The durable, densely numbered log of every channel. No method throws for an outage: it is a value. */
export interface ChannelLog {
  /**
   * Commits `entries` in one transaction: companions stand in the list beside their main entry. An id is unique over all
   * logs, a retry of the same entry carries the same id, and an entry with a (log, sender, clientMessageId) that exists
   * comes back as a duplicate; no two of a call share one. Logs that don't exist are made, and with a `channel:` key the
   * channel's record too (its id as name). Calls are made one at a time.
   *
   * A `whisper:created` in an inbox moves the conversation of the inbox's owner (inbox-store.ts) in the same transaction:
   * with its sender, or where the owner is the sender with `data.to.id`, without which the batch is refused.
   *
   * An entry that amends an event of its log, one that landed with an earlier call, rewrites it and what amended it
   * before, in the same transaction. By the event as it stands then, entry after entry: where it isn't in that log, or was
   * amended for good, nothing lands (`seq` 0); where its `data` is what the entry makes of it, but for `editedAt`, the
   * entry is a duplicate of the event that made it so. Such an entry has no clientMessageId, and its id is always looked up.
   *
   * An entry that reacts is decided as an amendment is, and so is one that needs a message. What an entry with `changes`
   * changes is changed with it when it lands, once, however often it is sent. One that rides on another entry of the call
   * lands nowhere where that doesn't.
   *
   * An entry for a channel that was deleted makes it `gone`.
   */
  append(entries: readonly LogEntry[], options?: AppendOptions): Promise<AppendOutcome>;
  /** Which of `entries` landed, by id: null for one that did not. Asked after `unknown`. */
  locate(entries: readonly LogEntry[]): Promise<LogRead<readonly (Placement | null)[]>>;
  /** A stretch of one log; an empty page with head 0 for a log that doesn't exist. */
  read(log: LogKey, range: LogRange): Promise<LogRead<LogPage>>;
  /** The event `id` of one log as pages have it now; null where it is in another one, or in none. */
  find(log: LogKey, id: string): Promise<LogRead<StoredEvent | null>>;
  /** Certain events of one log as pages have them now; `hasMore`: earlier replies. */
  select(log: LogKey, selection: LogSelection): Promise<LogRead<LogPage>>;
  /** What the message `id` said before it was edited; null where it isn't in the log. */
  versions(log: LogKey, id: string, range: VersionRange): Promise<LogRead<MessageVersions | null>>;
  /** The channel's record and the newest `limit` events (at most `maxBytes` of data). */
  load(channelId: string, limit: number, maxBytes: number): Promise<LogRead<LoadedChannel>>;
  /**
   * Called once by a replacement before it loads anything: ends what earlier incarnations of this shard still have
   * running in the database and resolves when none of it can commit any more.
   */
  fence(): Promise<LogRead<void>>;
  /** Ends connections; pending calls settle first. */
  close(): Promise<void>;
}
