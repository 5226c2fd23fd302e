/** What the server sends of a user's inbox, by `type`: the shape of each frame's `data`. */
import type { UserRef } from './entities.ts';

/** `data` of `whisper:created`, the same for both sides. */
export interface WhisperCreated {
  readonly id: string;
  readonly from: UserRef;
  readonly to: UserRef;
  readonly content: string;
  readonly clientMessageId?: string;
  /** When its text was last changed, ms since the epoch; left out while it is the first. */
  readonly editedAt?: number;
}

/** `data` of a `whisper:created` that was deleted since. */
export interface DeletedWhisper {
  readonly id: string;
  readonly from: UserRef;
  readonly to: UserRef;
  readonly deleted: true;
}

/** `data` of `whisper:updated`: the whisper has another text. */
export interface WhisperUpdated {
  readonly id: string;
  readonly from: UserRef;
  readonly to: UserRef;
  readonly content: string;
  /** ms since the epoch. */
  readonly editedAt: number;
}

/** `data` of a `whisper:updated` or `message:updated` whose whisper or message was changed again, or deleted, since. */
export interface SupersededUpdate {
  readonly id: string;
}

/** `data` of `whisper:deleted`. */
export interface WhisperDeleted {
  readonly id: string;
  readonly from: UserRef;
  readonly to: UserRef;
}

/** `data` of `mention:created`: a message of a channel mentions the inbox's owner. Its text is in the channel. */
export interface MentionCreated {
  /** Of the message. */
  readonly id: string;
  readonly channelId: string;
  readonly author: UserRef;
  /** By `@here`, not by name. */
  readonly here?: true;
}

/** A correspondent has, or has read, one's whispers up to `id`. */
export interface WhisperReceipt {
  readonly id: string;
  readonly by: UserRef;
}

/** What one's other connections are told of what one has read; counts of now. */
export interface OwnWhisperRead extends WhisperReceipt {
  /** Id of the correspondent. */
  readonly with: string;
  /** Whispers of the correspondent that aren't read. */
  readonly unread: number;
  /** Unread whispers of all correspondents. */
  readonly total: number;
}

/** A conversation in the state of an inbox; `seq`s are the inbox's own. */
export interface ConversationSummary {
  /** Id of the correspondent. */
  readonly with: string;
  readonly lastSeq: number;
  readonly unread: number;
  /** One's own whispers up to here have reached the correspondent; 0: none. */
  readonly delivered: number;
  /** One's own whispers up to here were read; 0: none. */
  readonly read: number;
}

/** Where an inbox stands: in `inbox:state`, and beside the page in `inbox:resumed`. */
export interface InboxSummary {
  readonly epoch: string;
  readonly seq: number;
  /** Unread whispers of all correspondents. */
  readonly unread: number;
  /** Those that were last written in, newest first. */
  readonly conversations: readonly ConversationSummary[];
}

/** Durable events of an inbox: each carries a `seq`, dense in the inbox. */
export interface InboxEvents {
  'whisper:created': WhisperCreated | DeletedWhisper;
  'whisper:updated': WhisperUpdated | SupersededUpdate;
  'whisper:deleted': WhisperDeleted;
  'mention:created': MentionCreated;
}

/** Events of an inbox without `seq`. */
export interface InboxSignals {
  'inbox:state': InboxSummary;
  'whisper:delivered': WhisperReceipt;
  'whisper:read': WhisperReceipt | OwnWhisperRead;
  /** One has blocked somebody, or no longer does, with another connection. */
  'user:blocked': { readonly user: { readonly id: string } };
  'user:unblocked': { readonly user: { readonly id: string } };
}
