/** What goes into a log, and which part of one is read. */

/** Names a log: a channel's, or a user's inbox. */
export type LogKey = `channel:${string}` | `inbox:${string}`;

/** An event on its way into its log, still without `seq`; `id` is a UUIDv7, or begins with that of its main entry. */
export interface LogEntry {
  readonly log: LogKey;
  readonly id: string;
  readonly type: string;
  readonly sender: string;
  readonly clientMessageId?: string;
  /** ms since the epoch. */
  readonly timestamp: number;
  /** JSON text of the event's `data`. */
  readonly data: string;
  /** With whom the inbox's owner exchanges this whisper, as `data` has it too. Absent: to know it, read `data`. */
  readonly correspondent?: string;
  /** Absent: it changes nothing of what stands in the log. */
  readonly amends?: Amendment;
}

/**
 * What an entry changes of an earlier event of its log, in the transaction that appends it: an edited message, a deleted
 * one. Both texts are those of JSON objects.
 */
export interface Amendment {
  /** Id of that event. */
  readonly id: string;
  /** What its `data` becomes. */
  readonly data: string;
  /** What the `data` of its last amendment becomes, which this one takes the place of. */
  readonly superseded: string;
  /** Whether the event takes no other amendment after this one. */
  readonly isFinal: boolean;
}

/**
 * An entry with those that land in the same transaction or not at all: the copy of a whisper in its sender's inbox. The
 * object itself stands for all of them until their outcome is known: whoever passes it on doesn't copy it.
 */
export interface AppendEntry extends LogEntry {
  /** Absent where there are none, never empty. */
  readonly companions?: readonly LogEntry[];
}

/** A stretch of the log; `seq` bounds are exclusive. */
export interface ReadRange {
  readonly direction: 'newest' | 'before' | 'after';
  readonly seq?: number;
  readonly limit: number;
}
