/** The inbox as `client.inbox`: what a program may do with it, out of the engine's parts. */
import type { ResumePoint, UserRef } from '../protocol/entities.ts';
import type { WhisperPolicy } from '../protocol/whispers.ts';
import type { AskFor } from './answer-data.ts';
import type { ChatError } from './chat-error.ts';
import type { Inbox } from './inbox.ts';
import type { InboxEngine } from './inbox-engine.ts';
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

/** What it needs. */
export interface UserInboxOptions {
  readonly engine: InboxEngine;
  readonly askFor: AskFor;
  /** Why nothing is taken at all; null: it is. */
  readonly refusal: () => ChatError | null;
  readonly newId: () => string;
}

/** See {@link Inbox}, member by member. */
export class UserInbox implements Inbox {
  readonly #options: UserInboxOptions;
  readonly #engine: InboxEngine;

  constructor(options: UserInboxOptions) {
    this.#options = options;
    this.#engine = options.engine;
  }

  get unread(): Unread {
    return this.#engine.unread.counts;
  }

  get outbox(): readonly OutgoingWhisper[] {
    return this.#engine.outbox.messages;
  }

  get blocked(): ReadonlySet<string> | null {
    return this.#engine.blockList.ids;
  }

  get resumePoint(): ResumePoint | null {
    return this.#engine.told;
  }

  receipts(userId: string): Receipts {
    return this.#engine.receipts.of(userId);
  }

  on<K extends keyof InboxNews>(event: K, listener: (payload: InboxNews[K]) => void): () => void {
    return this.#engine.events.on(event, listener);
  }

  send(
    to: Person,
    content: string,
    options: { readonly clientMessageId?: string | undefined } = {},
  ): Promise<SentWhisper> {
    const refusal = this.#options.refusal();
    if (refusal !== null) return Promise.reject(refusal);
    const clientMessageId = options.clientMessageId ?? this.#options.newId();
    return this.#engine.outbox.add({ to, clientMessageId, content });
  }

  update(id: string, content: string): Promise<Sent> {
    return this.#amend('whisper:update', { id, content });
  }

  delete(id: string): Promise<Sent> {
    return this.#amend('whisper:delete', { id });
  }

  read(whisper: InboxEvent<'whisper:created'>): void {
    this.#engine.read(whisper);
  }

  history(range: WhisperRange = {}): Promise<WhisperPage> {
    return this.#engine.pages.history(range);
  }

  conversations(page: { readonly limit?: number | undefined } = {}): Promise<ConversationList> {
    return this.#engine.pages.conversations(page);
  }

  block(person: Person): Promise<void> {
    return this.#engine.blockList.choose('user:block', person);
  }

  unblock(person: Person): Promise<void> {
    return this.#engine.blockList.choose('user:unblock', person);
  }

  blocks(): Promise<readonly UserRef[]> {
    return this.#engine.blockList.load();
  }

  async policy(from?: WhisperPolicy): Promise<WhisperPolicy> {
    const answer = await this.#options.askFor('ack', 'whisper:policy', {
      data: from === undefined ? {} : { from },
    });
    return answer['from'] as WhisperPolicy;
  }

  /** The `ack` stands in place of the event, which is fetched. */
  async #amend(type: 'whisper:update' | 'whisper:delete', data: object): Promise<Sent> {
    const placed = (await this.#options.askFor('ack', type, { data })) as unknown as Sent;
    this.#engine.reaches(placed.seq);
    return placed;
  }
}
