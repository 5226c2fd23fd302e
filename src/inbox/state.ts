/**
 * An inbox's state. One actor owns it alone and the machine changes it in place; given the same inputs and contexts it
 * comes to the same state and effects. It plays two roles: as sender it asks recipients' inboxes and shows what they
 * placed in its log; as recipient it decides, commits and answers.
 */
import type { AppendEntry, LogKey } from '../log/entry.ts';
import type { ConnectionKey, Waiter } from '../log/waiter.ts';
import type { CommittedEvent } from '../log/committed-event.ts';
import { Flights } from '../log/flights.ts';
import { EventRing, type RingBounds } from '../log/ring.ts';
import type { TextChange } from '../log/text-changes.ts';
import type { Principal, UserRef } from '../protocol/entities.ts';
import type { ChatPolicy } from '../protocol/permissions.ts';
import type { WhisperPolicy } from '../protocol/whispers.ts';
import type { PersonKey } from '../protocol/person.ts';
import type { Ask, MarkPurpose, Receipt } from './effects.ts';
import type { MarkedConversation } from './marks.ts';
import type { WhisperHead } from './whisper-change.ts';
import { inboxLog } from './whisper.ts';

/** Everything that a decision may depend on beside the state. */
export interface Context {
  /** Wall clock, ms since the epoch: for timestamps that people see. */
  readonly now: number;
  /** Monotonic clock, ms: for everything that ends by itself. */
  readonly mono: number;
  readonly policy: ChatPolicy;
  /** Unread whispers that an inbox takes; null: any number. */
  readonly unreadLimit: number | null;
  /** Whether somebody (an id) is banned from everywhere. */
  readonly isBanned: (userId: string) => boolean;
  /** A new whisper id (UUIDv7). */
  newId(): string;
}

/** What the log and the marks say of one conversation; `seq`s are the owner's log's, 0 for none. */
export interface ConversationRecord {
  readonly lastSeq: number;
  readonly unread: number;
  readonly delivered: number;
  readonly read: number;
  readonly sentDelivered: number;
  readonly sentRead: number;
}

/** A conversation as the machine holds it. */
export interface Conversation {
  lastSeq: number;
  /** Whispers of the correspondent up to the head that aren't read. */
  unread: number;
  /** The correspondent's whispers up to here have reached a connection of the owner, or were read. */
  delivered: number;
  read: number;
  /** The owner's whispers up to here have reached the correspondent, or were read. */
  sentDelivered: number;
  sentRead: number;
  /** The same, as far as receipts came to this state and were told. */
  toldDelivered: number;
  toldRead: number;
  /** Marks under way; and the correspondent's whispers that came meanwhile, which the marks' counts may not hold. */
  marking: number;
  cameMeanwhile: number[];
}

/** What isn't asked yet, because something has to be found first, or waits behind such a one. */
export type Pending = PendingSend | PendingChange;

/** A send, and its recipient when that is known. */
export interface PendingSend {
  readonly kind: 'send';
  readonly to: PersonKey;
  readonly from: UserRef;
  readonly content: string;
  readonly clientMessageId: string | undefined;
  readonly waiter: Waiter;
  recipient: UserRef | null;
}

/** A whisper to edit or (content: null) delete, and whose it is and to whom when that is known. */
export interface PendingChange {
  readonly kind: 'change';
  readonly id: string;
  readonly content: string | null;
  readonly waiter: Waiter;
  whisper: WhisperHead | null;
}

/** Where a whisper stands in the inbox's log, and with whom it was exchanged. */
export interface LocatedWhisper {
  readonly correspondent: string;
  readonly seq: number;
  /** By the owner. */
  readonly sent: boolean;
  /** JSON text of its event's `data` as it is now. */
  readonly data: string;
}

/** What a recipient's inbox was asked to commit. */
export interface Outgoing {
  readonly ask: Ask;
  /** When it is given up (monotonic ms). */
  readonly until: number;
}

/** What waits until the log's event at a `seq` was shown. */
export type Deferred =
  /** `at`: the time of the event in whose place it stands, ms since the epoch; null: it stands in place of none. */
  | { readonly kind: 'ack'; readonly waiter: Waiter; readonly at: number | null; readonly data: object }
  | { readonly kind: 'receipt'; readonly receipt: Receipt }
  | { readonly kind: 'marked'; readonly purpose: MarkPurpose; readonly marked: MarkedConversation };

/** A place of the log beyond the head. */
export interface Arrival {
  /** Null: it is known to be there, and has to be read. */
  event: CommittedEvent | null;
  /** Connections that aren't shown the event: they get its `ack`. */
  except: readonly ConnectionKey[];
  readonly then: Deferred[];
}

/** The inbox as an actor holds it. Only commits move `head` and what the log decides. */
export interface InboxState {
  readonly owner: string;
  readonly log: LogKey;
  readonly epoch: string;
  /** `seq` of the newest committed event that was published; 0 before the first. */
  head: number;
  readonly ring: EventRing;
  /** The owner's connections. */
  readonly connections: Map<ConnectionKey, Principal>;
  /** By the correspondent's id. */
  readonly conversations: Map<string, Conversation>;
  /** Unread whispers of all conversations. */
  unread: number;
  readonly blocked: Set<string>;
  policy: WhisperPolicy;

  /** As sender: what waits for something to be found, in order. */
  readonly pending: Pending[];
  /** Recipients that were found lately → until when that counts (monotonic ms), in the order of ending. */
  readonly people: Map<string, { readonly person: UserRef; readonly until: number }>;
  readonly outgoing: Flights<Outgoing, Waiter>;
  /** By the event's id, in the order of asking. */
  readonly asked: Map<string, Outgoing>;
  /** Recipients of what was given up and may have landed all the same, or may yet. */
  readonly doubtful: Set<string>;
  /** Whether another state went before, on a shard that died: nobody here knows what that one asked, and of whom. */
  isHeir: boolean;

  /** As recipient: what is being committed, and the asks (ids) that wait for it. */
  readonly incoming: Flights<AppendEntry, string>;
  /** By sender: asks that wait to hear whether the sender shares a channel with the owner. */
  readonly vetting: Map<string, Ask[]>;

  /** Pages that are being read, and what was changed while any was, in that order. */
  reads: number;
  readonly changedMeanwhile: TextChange[];

  /** What is known to lie beyond the head. */
  readonly arrivals: Map<number, Arrival>;
  /** When what lies between is read, if it hasn't come by itself (monotonic ms). */
  catchUpAt: number | null;
  catchingUp: boolean;
  /** Whether the log has to be read (again), whatever is known to lie beyond the head. */
  owesRead: boolean;
}

/** What the store says of an inbox when its actor loads. */
export interface LoadedState {
  readonly owner: string;
  readonly epoch: string;
  readonly head: number;
  readonly conversations: readonly (ConversationRecord & { readonly correspondent: string })[];
  readonly blocked: readonly string[];
  readonly policy: WhisperPolicy;
}

/** An inbox without connections. */
export function createInboxState(loaded: LoadedState, bounds: RingBounds): InboxState {
  const state: InboxState = {
    owner: loaded.owner,
    log: inboxLog(loaded.owner),
    epoch: loaded.epoch,
    head: loaded.head,
    ring: new EventRing(bounds),
    connections: new Map(),
    conversations: new Map(),
    unread: 0,
    blocked: new Set(loaded.blocked),
    policy: loaded.policy,
    pending: [],
    people: new Map(),
    outgoing: new Flights(),
    asked: new Map(),
    doubtful: new Set(),
    isHeir: false,
    incoming: new Flights(),
    vetting: new Map(),
    reads: 0,
    changedMeanwhile: [],
    arrivals: new Map(),
    catchUpAt: null,
    catchingUp: false,
    owesRead: false,
  };
  for (const {
    correspondent,
    lastSeq,
    unread,
    delivered,
    read,
    sentDelivered,
    sentRead,
  } of loaded.conversations) {
    const marks = { delivered, read, sentDelivered, sentRead, toldDelivered: 0, toldRead: 0 };
    state.conversations.set(correspondent, { lastSeq, unread, ...marks, marking: 0, cameMeanwhile: [] });
    state.unread += unread;
  }
  return state;
}

/** The conversation with `correspondent`; an empty one when there was none. */
export function conversationWith(state: InboxState, correspondent: string): Conversation {
  const known = state.conversations.get(correspondent);
  if (known !== undefined) return known;
  const conversation: Conversation = {
    lastSeq: 0,
    unread: 0,
    delivered: 0,
    read: 0,
    sentDelivered: 0,
    sentRead: 0,
    toldDelivered: 0,
    toldRead: 0,
    marking: 0,
    cameMeanwhile: [],
  };
  state.conversations.set(correspondent, conversation);
  return conversation;
}

/** Moves a conversation's count of unread whispers and the inbox's with it. */
export function setUnread(state: InboxState, conversation: Conversation, unread: number): void {
  state.unread += unread - conversation.unread;
  conversation.unread = unread;
}

/** Whether the actor may forget this state, as far as the machine knows: nothing is under way. */
export function isAtRest(state: InboxState): boolean {
  return (
    state.pending.length === 0 &&
    state.asked.size === 0 &&
    state.incoming.size === 0 &&
    state.vetting.size === 0 &&
    state.arrivals.size === 0 &&
    !state.catchingUp &&
    !state.owesRead
  );
}
