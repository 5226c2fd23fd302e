/** A ScriptedChat of ada's whose server tells of an inbox. */
import type { ChatOptions } from '../../src/client/chat-options.ts';
import type { Inbox } from '../../src/client/inbox.ts';
import type { InboxEvent, InboxNews } from '../../src/client/inbox-news.ts';
import type { ConversationSummary, InboxSummary, WhisperCreated } from '../../src/protocol/inbox-events.ts';
import type { ClientFrame } from '../../src/protocol/events.ts';
import { ADA, BOB, ScriptedChat } from './scripted-chat.ts';

const NAMES = [
  'state',
  'event',
  'gap',
  'unread',
  'receipts',
  'blocked',
  'outbox',
] as const satisfies readonly (keyof InboxNews)[];

export class ScriptedInbox extends ScriptedChat {
  /** What listeners of the inbox were told, in order. */
  readonly news: { readonly name: keyof InboxNews; readonly payload: unknown }[] = [];

  constructor(options: Partial<ChatOptions> = {}) {
    super(options);
    for (const name of NAMES) this.inbox.on(name, (payload) => this.news.push({ name, payload }));
  }

  get inbox(): Inbox {
    return this.chat.inbox;
  }

  /** The payloads of one kind of news so far. */
  newsOf<K extends keyof InboxNews>(name: K): InboxNews[K][] {
    return this.news.filter((one) => one.name === name).map((one) => one.payload as InboxNews[K]);
  }

  /** Places that were told by `event`, in order. */
  get inboxPlaces(): number[] {
    return this.newsOf('event').map(({ seq }) => seq);
  }

  /** Requests of `type` since the last call of `take`. */
  asked(type: string): ClientFrame[] {
    return this.socket.take().filter((frame) => frame.type === type);
  }

  /** Connects for the first time to an inbox that holds `seq` events. */
  async onlineAt(seq: number, state: Partial<InboxSummary> = {}): Promise<void> {
    await this.online({ inbox: summary(seq, state) });
  }

  /** Breaks the connection and has another one, which is told that the inbox holds `seq` events. */
  async reconnectAt(seq: number, state: Partial<InboxSummary> = {}): Promise<void> {
    this.socket.drop();
    await this.retry();
    await this.welcome({ inbox: summary(seq, state) });
  }

  /** `inbox:resumed` without `ref`, as it answers `hello`. */
  resumed(events: readonly object[], seq: number, data: object = {}): void {
    this.socket.deliver({ type: 'inbox:resumed', data: resumed(events, seq, data) });
  }

  /** Answers the newest `inbox:resume`. */
  answerResume(events: readonly object[], seq: number, data: object = {}): void {
    this.socket.answer('inbox:resume', 'inbox:resumed', resumed(events, seq, data));
  }
}

/** Where an inbox stands. */
export function summary(seq: number, state: Partial<InboxSummary> = {}): InboxSummary {
  return { epoch: 'e1', seq, unread: 0, conversations: [], ...state };
}

/** A conversation in such a state. */
export function standing(userId: string, unread: number, marks: Partial<ConversationSummary> = {}) {
  return { with: userId, lastSeq: 1, unread, delivered: 0, read: 0, ...marks };
}

function resumed(events: readonly object[], seq: number, data: object) {
  return { ...summary(seq), recovered: true, hasMore: false, events, ...data };
}

/** A whisper as it stands on the wire. */
export type Whisper = Extract<InboxEvent, { type: 'whisper:created' }> & { readonly data: WhisperCreated };

/** Bob's to ada when nothing else is said. */
export function whisper(seq: number, from = BOB, to = ADA): Whisper {
  const data = { id: `w${seq}`, from, to, content: `text ${seq}` };
  return { type: 'whisper:created', seq, timestamp: seq, data };
}

/** Whispers `from` to `to`, both included. */
export function whispers(from: number, to: number): Whisper[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => whisper(from + i));
}
