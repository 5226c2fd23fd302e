/** What a channel wants done. The state machine only says it; the shard's interpreter does it, in order. */
import type { ErrorCode } from '../protocol/errors.ts';

/** One connection, unique over all gateways of the process for its life. */
export type ConnectionKey = number;

/** Who waits for an answer. Without `ref` only an error is answered. */
export interface Waiter {
  readonly connection: ConnectionKey;
  readonly ref: string | undefined;
}

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

/** What a page from the log is for; comes back with the page. */
export type ReadPurpose =
  | {
      readonly kind: 'join';
      readonly waiter: Waiter;
      readonly range: ReadRange;
      /** Whether the page begins right behind the point that was asked for; null when none was. */
      readonly recovered: boolean | null;
    }
  | { readonly kind: 'history'; readonly waiter: Waiter; readonly range: ReadRange };

/** An effect, carried out in the order in which a machine gives them. */
export type Effect =
  /** Commit `entry`; its outcome comes back as `settle`. */
  | { readonly kind: 'append'; readonly entry: AppendEntry }
  /** Read from the log; the page comes back as `pageRead`. */
  | { readonly kind: 'read'; readonly range: ReadRange; readonly purpose: ReadPurpose }
  /** One frame to one connection; `refused`: it answers a request with this error. */
  | {
      readonly kind: 'send';
      readonly to: ConnectionKey;
      readonly frame: string;
      readonly refused?: ErrorCode;
    }
  /** A durable event to all subscribers. */
  | { readonly kind: 'publish'; readonly seq: number; readonly frame: string }
  /** An ephemeral event to all subscribers but `except`; it may wait `patienceMs` for others to go out with. */
  | {
      readonly kind: 'broadcast';
      readonly frame: string;
      readonly except: readonly ConnectionKey[];
      readonly patienceMs: number;
    }
  | { readonly kind: 'subscribe'; readonly connection: ConnectionKey }
  | { readonly kind: 'unsubscribe'; readonly connection: ConnectionKey };
