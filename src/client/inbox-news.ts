/** What goes into and comes out of the user's inbox, as programs see it. `seq`s are places of the inbox's own log. */
import type { UserRef } from '../protocol/entities.ts';
import type { InboxEvents, InboxSummary } from '../protocol/inbox-events.ts';
import type { LogGap } from './log-teller.ts';
import type { OutboxChange, Sent } from './outbox.ts';

/** A durable event of the inbox as it stands on the wire, live and in pages: told apart by `type`. */
export type InboxEvent<Type extends keyof InboxEvents = keyof InboxEvents> = {
  readonly [K in Type]: {
    readonly type: K;
    /** Dense in the inbox: 1, 2, 3, … */
    readonly seq: number;
    /** ms since the epoch. */
    readonly timestamp: number;
    readonly data: InboxEvents[K];
  };
}[Type];

/** Somebody, by id or by name; the id counts where both are given, as in a {@link UserRef}. */
export type Person = { readonly id: string } | { readonly name: string };

/** A whisper that waits for its answer. */
export interface OutgoingWhisper {
  readonly to: Person;
  readonly clientMessageId: string;
  readonly content: string;
}

/** Where the server put a whisper in one's own inbox. */
export interface SentWhisper extends Sent {
  /** Whether a connection of the recipient was there. */
  readonly delivered: boolean;
}

/** Whispers that one hasn't read. */
export interface Unread {
  /** Of all correspondents. */
  readonly total: number;
  /** By the correspondent's id; who isn't here has none. */
  readonly of: ReadonlyMap<string, number>;
}

/** How far a correspondent has come with one's own whispers: those at or below `delivered`, and `read`; 0: none. */
export interface Receipts {
  readonly delivered: number;
  readonly read: number;
}

/** Which stretch of the inbox. */
export interface WhisperRange {
  /** Only the conversation with this person; the whole inbox when left out. */
  readonly with?: Person | undefined;
  /** Those before this place; the newest when left out. */
  readonly beforeSeq?: number | undefined;
  /** 1 to 200; 50 when left out. */
  readonly limit?: number | undefined;
}

/** A stretch of the inbox, oldest first; of one conversation with its receipts. */
export interface WhisperPage extends Partial<Receipts> {
  readonly events: readonly InboxEvent[];
  /** Whether there is more before it. */
  readonly hasMore: boolean;
}

/** A conversation in a list. */
export interface Conversation {
  readonly with: UserRef;
  /** The newest whisper of either side. */
  readonly last: InboxEvent<'whisper:created'>;
  readonly unread: number;
}

/** Conversations, those last written in first. */
export interface ConversationList {
  readonly items: readonly Conversation[];
  readonly hasMore: boolean;
}

/** What {@link Inbox.on} tells, by name. */
export interface InboxNews {
  /** Where the inbox stands, as the server says at each connection and after a restart; counts are taken over already. */
  state: InboxSummary;
  /** A whisper, or one that was changed or deleted: each once, in order of `seq`, one's own among them. */
  event: InboxEvent;
  /** Places that no `event` will tell of: what one shows of the inbox has to be loaded anew. */
  gap: LogGap;
  /** Unread counts are others now. */
  unread: Unread;
  /** A correspondent (`with`, an id) has received or read more of one's own whispers. */
  receipts: Receipts & { readonly with: string };
  /** The ids of those whom one blocks, whenever that changes; told from the first {@link Inbox.blocks} on. */
  blocked: ReadonlySet<string>;
  /** A change of the inbox's own outbox. */
  outbox: OutboxChange<OutgoingWhisper, SentWhisper>;
}
