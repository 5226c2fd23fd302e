/**
 * What a shard keeps of its users' inboxes beside their logs. The events themselves go through ChannelLog, which counts
 * unread whispers and moves conversations in the transaction that appends them. Implementations:
 * storage/postgres-inboxes.ts and storage/memory/memory-inboxes.ts, held together by one contract suite (docs/SPEC.md,
 * LOG-41 and LOG-50 to LOG-57). An outage is `unavailable`, never an exception, and then every call may be made
 * again; texts must be storable (protocol/text.ts).
 *
 * A whisper from `ada` to `bob` stands in the log `inbox:bob` under its id, and in `inbox:ada` under the id of its copy
 * (protocol/whispers.ts); a note to oneself stands there once, under its id. A `seq` is always one of the log of the
 * conversation's owner unless its name says otherwise; 0 stands for none.
 */
import type { Role, UserRef } from '../../protocol/entities.ts';
import type { PersonKey } from '../../protocol/person.ts';
import type { Result } from '../../protocol/result.ts';
import type { WhisperPolicy } from '../../protocol/whispers.ts';
import type { LogHead, StoredEvent } from './channel-log.ts';

/** What an owner and a correspondent have of each other's whispers. Every number only grows. */
export interface ConversationMarks {
  /** The correspondent's whispers up to here have reached a connection of the owner; at least `read`. */
  readonly delivered: number;
  /** The owner has read the correspondent's whispers up to here. */
  readonly read: number;
  /** The owner's own whispers up to here have reached the correspondent, or were read by them. */
  readonly sentDelivered: number;
  readonly sentRead: number;
}

/** One side of a conversation. */
export interface ConversationState extends ConversationMarks {
  readonly correspondent: string;
  /** Newest whisper of either. */
  readonly lastSeq: number;
  /** Whispers of the correspondent behind `read`. */
  readonly unread: number;
}

/** An inbox without its events. */
export interface LoadedInbox extends LogHead {
  readonly owner: string;
  /** All of its conversations, in no order. */
  readonly conversations: readonly ConversationState[];
  /** Ids of users whom the owner doesn't want to hear. */
  readonly blocked: readonly string[];
  readonly policy: WhisperPolicy;
}

/** Which whispers of a conversation: the newest, or those before a `seq`. */
export interface WhisperRange {
  /** Exclusive; absent: the newest. */
  readonly beforeSeq?: number;
  readonly limit: number;
  /** Of the events' `data`; at least one event comes back even when it is larger. */
  readonly maxBytes: number;
}

/** A stretch of a conversation, oldest first, and how far both have come with it. */
export interface WhisperPage {
  /** As they stand in the owner's log: one's own under the ids of their copies. */
  readonly events: readonly StoredEvent[];
  /** Whether older ones lie before. */
  readonly hasMore: boolean;
  readonly marks: ConversationMarks;
}

/** A conversation in a list. */
export interface Conversation {
  /** The name is today's; that of the last whisper where nobody has it any more. */
  readonly with: UserRef;
  readonly last: StoredEvent;
  readonly state: ConversationState;
}

/** The owner's conversations that were last written in, newest first. */
export interface ConversationList {
  readonly items: readonly Conversation[];
  readonly hasMore: boolean;
}

/** Up to where the owner has the correspondent's whispers. What is less than before, or 0, changes nothing. */
export interface InboxMark {
  readonly owner: string;
  readonly correspondent: string;
  readonly delivered: number;
  /** What is read is delivered too. */
  readonly read: number;
}

/** A whisper of the correspondent that a mark has come to. */
export interface MarkedWhisper {
  readonly id: string;
  /** Where its copy stands in the correspondent's log: the number that `sentDelivered` or `sentRead` has there. */
  readonly sentSeq: number;
}

/** A conversation as marks have left it. Null: nothing of the correspondent was marked so far. */
export interface MarkedConversation {
  readonly owner: string;
  readonly state: ConversationState;
  readonly deliveredWhisper: MarkedWhisper | null;
  readonly readWhisper: MarkedWhisper | null;
}

/** Where a whisper stands in an inbox. */
export interface WhisperPlace {
  readonly correspondent: string;
  readonly seq: number;
  /** By the inbox's owner. */
  readonly sent: boolean;
  /** JSON text of the event's `data` as it is now. */
  readonly data: string;
}

export type { PersonKey };

/** Someone who was here. */
export interface InboxOwner extends UserRef {
  readonly guest: boolean;
}

/** Someone who was here, and what they are everywhere. */
export interface TargetPerson extends UserRef {
  readonly roles: readonly Role[];
}

/** See the head of the file. */
export interface InboxStore {
  /** The inboxes of `owners`, no two alike, in their order. One that nobody wrote to has head 0 and the defaults. */
  load(owners: readonly string[]): Promise<Result<readonly LoadedInbox[]>>;
  /** Whispers between `owner` and `correspondent`; an empty page when there are none. */
  history(owner: string, correspondent: string, range: WhisperRange): Promise<Result<WhisperPage>>;
  /** At most `limit`, and `maxBytes` of the last whispers' data, but at least one. */
  conversations(owner: string, limit: number, maxBytes: number): Promise<Result<ConversationList>>;
  /** Where the whisper `id` stands in the log of `owner`; null when it isn't there. */
  find(owner: string, id: string): Promise<Result<WhisperPlace | null>>;
  /**
   * Commits marks, no two of one conversation, in one transaction, and moves both sides: the owner's marks and unread
   * count, and what the correspondent's side knows of its sent ones. A mark beyond the newest whisper goes up to that
   * one. Answers with the conversations that exist, in no order.
   */
  mark(marks: readonly InboxMark[]): Promise<Result<readonly MarkedConversation[]>>;
  /** `at`: ms since the epoch. Blocking whom one blocks already changes nothing; anyone may be blocked. */
  block(owner: string, blocked: string, at: number): Promise<Result<void>>;
  unblock(owner: string, blocked: string): Promise<Result<void>>;
  /** Those whom `owner` blocks, who was blocked first first; a name that nobody has any more is the id. */
  blocks(owner: string): Promise<Result<readonly UserRef[]>>;
  setPolicy(owner: string, policy: WhisperPolicy): Promise<Result<void>>;
  /** Heads of the logs of `owners`, no two alike, in their order; 0 for one that nobody wrote to. */
  heads(owners: readonly string[]): Promise<Result<readonly number[]>>;
  /** Who has one of these names, as `nameKey` has them (`key`), in any order. */
  findNames(keys: readonly string[]): Promise<Result<readonly (UserRef & { readonly key: string })[]>>;
  /** Null when there is nobody. Names are found in any case and width. */
  findPerson(key: PersonKey): Promise<Result<InboxOwner | null>>;
  /** The same with the roles that hold of them everywhere, connected or not. */
  findTarget(key: PersonKey): Promise<Result<TargetPerson | null>>;
  /** Those of `owners` who block `user`, in no order. */
  blockers(user: string, owners: readonly string[]): Promise<Result<readonly string[]>>;
}
