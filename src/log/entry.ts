/** What goes into a log, and which part of one is read. */
import type { AuditNote } from '../protocol/audit-act.ts';
import type { ChannelSettings } from '../protocol/channel-settings.ts';
import type { ChannelRole } from '../protocol/entities.ts';
import type { Shadow, ShadowEdit } from '../protocol/shadow.ts';

/** Names a log: a channel's, or a user's inbox. */
export type LogKey = `channel:${string}` | `inbox:${string}`;

/** An event on its way into its log, still without `seq`; `id` is a UUIDv7, or begins with that of its main entry. */
export interface LogEntry {
  readonly log: LogKey;
  readonly id: string;
  /** Other servers may write it too, under the same id: what stands there may be theirs. Absent: the id is this entry's alone. */
  readonly isShared?: true;
  readonly type: string;
  readonly sender: string;
  readonly clientMessageId?: string;
  /** ms since the epoch. */
  readonly timestamp: number;
  /** JSON text of the event's `data`. */
  readonly data: string;
  /** With whom the inbox's owner exchanges this whisper, as `data` has it too. Absent: to know it, read `data`. */
  readonly correspondent?: string;
  /** Whom it is hidden for, as `data` has it too. Absent: everyone sees it. */
  readonly shadow?: Shadow;
  /** Absent: it changes nothing of what stands in the log. */
  readonly amends?: Amendment;
  /** Absent: it is no reaction. */
  readonly reacts?: Reaction;
  /** Id of a message of its log: the entry lands nowhere when that isn't there or was deleted. Absent: it lands in any case. */
  readonly needs?: string;
  /** Id of an entry before it in its batch: where that lands nowhere this doesn't either. */
  readonly rides?: string;
  /** What else it does in its transaction, in this order. Absent where that is nothing, never empty. */
  readonly changes?: readonly ChannelChange[];
  /** Present: its sender's act is kept in the audit log when it lands, in the same transaction. */
  readonly audit?: AuditNote;
}

/**
 * A reaction of the entry's sender that is added to a message of its log, or taken away. The message takes none when it
 * isn't there or was deleted; what stands so already makes the entry a duplicate.
 */
export interface Reaction {
  /** Id of the message. */
  readonly target: string;
  readonly emoji: string;
  readonly isAdded: boolean;
}

/** What a mute, ban, kick or shadow ban is of a user in one channel (docs/adr/0020). Times are ms since the epoch. */
export interface Sanction {
  readonly kind: 'mute' | 'ban' | 'kick' | 'shadow';
  readonly user: string;
  readonly name: string;
  readonly by: string;
  readonly byName: string;
  readonly reason?: string;
  /** Null: without end. */
  readonly until: number | null;
}

/** What an entry of a channel changes in the tables beside the log. */
export type ChannelChange =
  /** The channel's own record: what is absent stays. */
  | {
      readonly kind: 'channel';
      readonly name?: string;
      /** Null: none any more. */
      readonly topic?: string | null;
      readonly description?: string | null;
      readonly private?: boolean;
      readonly position?: number;
      /** Id of the channel that it is to stand before in lists; null: behind those that have a place. */
      readonly before?: string | null;
      readonly settings?: Partial<ChannelSettings>;
    }
  /** A member and their role; null: a member no longer. */
  | {
      readonly kind: 'member';
      readonly user: string;
      readonly name: string;
      readonly role: ChannelRole | null;
    }
  /** Takes the place of one of the same kind that is in force. */
  | ({ readonly kind: 'sanction' } & { readonly sanction: Sanction })
  /** Ends what is in force of that kind. */
  | {
      readonly kind: 'pardon';
      readonly sanction: Sanction['kind'];
      readonly user: string;
      readonly by: string;
      readonly byName: string;
    }
  | { readonly kind: 'pin'; readonly target: string; readonly isPinned: boolean }
  /** The entry is a message that replies to `root`, or to a reply below it; `shadow`: its author, where others don't see it. */
  | { readonly kind: 'reply'; readonly root: string; readonly shadow?: string }
  /** The reaction that the entry adds is hidden. */
  | {
      readonly kind: 'shadowReaction';
      readonly target: string;
      readonly emoji: string;
      readonly user: string;
    }
  /** The entry, an edit that others don't see, gives the message this text beside the one that everyone sees. */
  | {
      readonly kind: 'shadowEdit';
      readonly target: string;
      readonly author: string;
      readonly text: ShadowEdit;
    };

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
  /** Most events; or with `ofMessages`, of the newest ones, most messages: what lies between comes along. */
  readonly limit: number;
  readonly ofMessages?: boolean;
}

/** Messages of one sender that weren't deleted, the newest; times are ms since the epoch, both included. */
export interface SentRange {
  readonly sender: string;
  readonly since: number;
  readonly until: number;
  /** A `seq`. */
  readonly before?: number;
  readonly limit: number;
}
