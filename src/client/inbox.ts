/** The user's inbox: private messages with other people. See docs/client.md. */
import type { ResumePoint, UserRef } from '../protocol/entities.ts';
import type { WhisperPolicy } from '../protocol/whispers.ts';
import type {
  ConversationList,
  InboxEvent,
  InboxNews,
  OutgoingWhisper,
  Person,
  Receipts,
  SentWhisper,
  Unread,
  WhisperPage,
  WhisperRange,
} from './inbox-news.ts';
import type { Sent } from './outbox.ts';

/**
 * Whispers, and who may send them. It is there from the client's first connection on, and follows what the user does with
 * other connections. Every promise rejects with {@link ChatError} and nothing else.
 */
export interface Inbox {
  /** Whispers that one hasn't read; none before the server has told. */
  readonly unread: Unread;

  /** Whispers that wait for an answer, by recipient in order of sending. */
  readonly outbox: readonly OutgoingWhisper[];

  /** The ids of those whom one blocks; null before {@link blocks} was first answered. */
  readonly blocked: ReadonlySet<string> | null;

  /** Up to where events were told; null before the server has told where the inbox stands. */
  readonly resumePoint: ResumePoint | null;

  /** How far a correspondent has come with one's own whispers, as far as the server has told. */
  receipts(userId: string): Receipts;

  /** Adds a listener; the function that comes back takes it away. */
  on<K extends keyof InboxNews>(event: K, listener: (payload: InboxNews[K]) => void): () => void;

  /**
   * Sends a whisper; resolves when it is on disk, and `event` tells it as it tells all others. It waits for the connection,
   * keeps its place among those to the same person, and is there once however often it had to be sent.
   */
  send(
    to: Person,
    content: string,
    options?: { readonly clientMessageId?: string | undefined },
  ): Promise<SentWhisper>;

  /** Changes the text of one's own whisper `id`; resolves when that is on disk. Doing it again is harmless. */
  update(id: string, content: string): Promise<Sent>;

  /** Deletes one's own whisper `id` on both sides; resolves when that is on disk. Doing it again is harmless. */
  delete(id: string): Promise<Sent>;

  /**
   * One has read a correspondent's whispers up to this one, an event or a part of a page. It is said as soon as it can be,
   * the newest only; `unread` tells what came of it. That one has received whispers is said without this.
   */
  read(whisper: InboxEvent<'whisper:created'>): void;

  /** A stretch of a conversation, or of the whole inbox, oldest first. */
  history(range?: WhisperRange): Promise<WhisperPage>;

  /** With whom one has whispered, those last written in first. */
  conversations(page?: { readonly limit?: number | undefined }): Promise<ConversationList>;

  /** Takes no more whispers of somebody, without their knowing. */
  block(person: Person): Promise<void>;

  /** Takes the whispers of somebody again. */
  unblock(person: Person): Promise<void>;

  /** Whom one blocks. From the first call on `blocked` is kept as it changes. */
  blocks(): Promise<readonly UserRef[]>;

  /** Says who may whisper to one, or only asks when `from` is left out; resolves with what holds. */
  policy(from?: WhisperPolicy): Promise<WhisperPolicy>;
}
