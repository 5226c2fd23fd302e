/** Conversations: the whispers that one has exchanged with one person, or has written to oneself. */
import type { UserRef } from '../../../src/protocol/entities.ts';
import { newRoom, type RoomState } from './room.ts';

/** The newest whisper of a conversation, for lists. `at` in ms since the epoch. */
export interface LastWhisper {
  readonly id: string;
  readonly seq: number;
  readonly content: string;
  readonly at: number;
  readonly own: boolean;
  readonly deleted: boolean;
}

/** A conversation. Its id is a {@link conversationKey}. */
export interface ConversationState extends RoomState {
  readonly kind: 'conversation';
  /** The name is empty until it is known. */
  readonly with: UserRef;
  /** The other one is oneself. */
  readonly isNotes: boolean;
  /** Null: nothing was written yet. */
  readonly last: LastWhisper | null;
  /** One's own whispers up to this place have reached the other one; 0: none. */
  readonly delivered: number;
  /** One's own whispers up to this place were read; 0: none. */
  readonly read: number;
}

/** What becomes of an own whisper: it is on disk, it came to the other one's page, they have read it. */
export type ReceiptMark = 'sent' | 'delivered' | 'read';

/** No channel's id begins so. */
const PREFIX = '@';

/** Names the conversation with a user among the page's rooms. */
export function conversationKey(userId: string): string {
  return PREFIX + userId;
}

/** The user that a room's id names, or null: it is a channel's. */
export function correspondentId(roomId: string): string | null {
  return roomId.startsWith(PREFIX) ? roomId.slice(PREFIX.length) : null;
}

/** A conversation that was just begun; `ownId`: one's own. */
export function newConversation(person: UserRef, ownId: string): ConversationState {
  const room = newRoom(conversationKey(person.id));
  const isNotes = person.id === ownId;
  return { ...room, kind: 'conversation', with: person, isNotes, last: null, delivered: 0, read: 0 };
}

/** What became of the own whisper at `seq`; null for notes to oneself, which go nowhere. */
export function receiptAt(conversation: ConversationState, seq: number): ReceiptMark | null {
  if (conversation.isNotes) return null;
  if (seq <= conversation.read) return 'read';
  return seq <= conversation.delivered ? 'delivered' : 'sent';
}

/** Those that one has written in, newest first; others, which were only opened, before them. */
export function byNewest(conversations: Iterable<ConversationState>): readonly ConversationState[] {
  const place = ({ last }: ConversationState): number => last?.seq ?? Infinity;
  return [...conversations].sort((a, b) => (place(a) === place(b) ? 0 : place(b) - place(a)));
}
