/**
 * What an inbox wants done, and what inboxes tell each other. The machine only says it; the shard's interpreter does it,
 * in order. What takes time comes back to the machine by the function that each effect names, with the effect's purpose.
 */
import type { AppendEntry, ReadRange } from '../log/entry.ts';
import type { ConnectionKey, Waiter } from '../log/waiter.ts';
import type { Send } from '../log/answers.ts';
import type { UserRef } from '../protocol/entities.ts';
import type { Failure } from '../protocol/errors.ts';
import type { PersonKey } from '../protocol/person.ts';
import type { WhisperPolicy } from '../protocol/whispers.ts';
import type { PendingChange, PendingSend } from './state.ts';
import type { WhisperChange } from './whisper-change.ts';
import type { Whisper } from './whisper.ts';

/** What an inbox asks of another one, or of itself. Plain data: it goes from thread to thread. */
export type Ask = AskToSend | AskToChange;

/** To commit a whisper in both inboxes. */
export interface AskToSend {
  readonly kind: 'send';
  readonly whisper: Whisper;
}

/** To edit or delete a whisper in both inboxes. */
export interface AskToChange {
  readonly kind: 'change';
  readonly change: WhisperChange;
}

/** Where what was asked for stands, as the recipient's inbox answers the sender's. */
export interface WhisperPlaced {
  /** Of the event that stands there: another one's when the log has this clientMessageId, or stands so, already. */
  readonly id: string;
  /** In the sender's log. */
  readonly seq: number;
  /** Whether it reached a connection of the recipient. */
  readonly delivered: boolean;
}

/** The answer to an ask: `id` is that of the event that was asked for. */
export interface Answer {
  readonly id: string;
  readonly outcome: WhisperPlaced | Failure;
}

/** Up to which whisper its recipient has come. */
export interface Receipt {
  readonly type: 'whisper:delivered' | 'whisper:read';
  readonly by: UserRef;
  readonly id: string;
  /** Where that whisper stands in its sender's log. */
  readonly seq: number;
}

/** Up to where the owner has the correspondent's whispers; 0: no matter. What is read is delivered too. */
export interface Mark {
  readonly correspondent: string;
  readonly delivered: number;
  readonly read: number;
}

/** What a page of the inbox's log is for. */
export type ReadPurpose =
  | {
      readonly kind: 'resume';
      readonly waiter: Waiter;
      readonly range: ReadRange;
      /** Whether the page begins right behind the point that was asked for; null when none was. */
      readonly recovered: boolean | null;
    }
  | { readonly kind: 'history'; readonly waiter: Waiter; readonly range: ReadRange };

/** Which whispers of a conversation to read, the newest before `beforeSeq`. */
export interface ConversationRange {
  readonly beforeSeq?: number;
  readonly limit: number;
}

/** What a person was looked for. */
export type FindPurpose =
  | { readonly kind: 'send'; readonly send: PendingSend }
  | { readonly kind: 'history'; readonly waiter: Waiter; readonly range: ConversationRange }
  | { readonly kind: 'block' | 'unblock'; readonly waiter: Waiter };

/** A mark that somebody asked for. */
export interface MarkPurpose {
  readonly type: Receipt['type'];
  readonly by: UserRef;
  readonly waiter: Waiter;
}

/** What a whisper was looked for: a mark, or a change of its text. */
export type LocatePurpose = MarkPurpose | { readonly kind: 'change'; readonly pending: PendingChange };

/** A change of what the store keeps of an inbox beside its log. */
export type Change =
  | { readonly kind: 'block' | 'unblock'; readonly user: string }
  | { readonly kind: 'policy'; readonly policy: WhisperPolicy };

/** What is read from the store for whoever waits. */
export type Query =
  | { readonly kind: 'conversation'; readonly correspondent: string; readonly range: ConversationRange }
  | { readonly kind: 'conversations'; readonly limit: number }
  | { readonly kind: 'blocks' }
  /** `channels` absent: those that the owner follows. */
  | { readonly kind: 'unread'; readonly channels?: readonly string[] };

/** An effect, carried out in the order in which a machine gives them. */
export type Effect =
  /** To the inbox of `to`: `asked` there, and an answer back here, `answered`; what can't be passed on may be dropped. */
  | { readonly kind: 'ask'; readonly to: string; readonly ask: Ask }
  /** To the inbox of `to`, `answered` there. In one order with receipts. */
  | { readonly kind: 'answer'; readonly to: string; readonly answer: Answer }
  /** To the inbox of `to`, `receiptCame` there. */
  | { readonly kind: 'receipt'; readonly to: string; readonly receipt: Receipt }
  /** Commit `entry` with its companions; `settled`. */
  | { readonly kind: 'append'; readonly entry: AppendEntry }
  /** Read from the inbox's log; `pageRead`. */
  | { readonly kind: 'read'; readonly range: ReadRange; readonly purpose: ReadPurpose }
  /** Read what lies behind `seq`; `caughtUp`. */
  | { readonly kind: 'catchUp'; readonly seq: number }
  /** `conversationRead`, `conversationsRead`, `blocksRead` or `unreadRead`. */
  | { readonly kind: 'query'; readonly query: Query; readonly waiter: Waiter }
  /** Who is this? `personFound`. */
  | { readonly kind: 'find'; readonly person: PersonKey; readonly purpose: FindPurpose }
  /** Where does the whisper `id` stand in the inbox's log? `located`. */
  | {
      readonly kind: 'locate';
      readonly id: string;
      readonly purpose: LocatePurpose;
      /** Null: with anyone. */
      readonly with: PersonKey | null;
    }
  /** Is there a channel that `user` and the owner are both in? `vetted`. */
  | { readonly kind: 'vet'; readonly user: string }
  /** Commit a mark, joined with others; `marked`. */
  | { readonly kind: 'mark'; readonly mark: Mark; readonly purpose: MarkPurpose }
  /** Commit a change; those of one inbox one after the other. `changed`. */
  | { readonly kind: 'change'; readonly change: Change; readonly waiter: Waiter }
  | Send
  /** A durable event to all connections but `except`. */
  | {
      readonly kind: 'publish';
      readonly seq: number;
      readonly frame: string;
      readonly except: readonly ConnectionKey[];
    }
  /** An ephemeral event to all connections but `except`. */
  | { readonly kind: 'broadcast'; readonly frame: string; readonly except: readonly ConnectionKey[] }
  /** Where the inbox stands at `seq`, its head: `data` of `inbox:state` as JSON text, which may go into `welcome`. */
  | { readonly kind: 'state'; readonly to: ConnectionKey; readonly seq: number; readonly data: string };

/** Effects that a step gave, in order. */
export type Effects = readonly Effect[];
