/**
 * The works of the inbox: composes its parts, and decides what a frame means to which of them.
 *
 * Counts follow frames as they come, listeners are told events in the order of the log. One's own whisper has its `ack` in
 * place of an event: the event is made of it, or fetched where the answer doesn't tell enough.
 */
import type { ResumePoint, UserRef } from '../protocol/entities.ts';
import type { Failure } from '../protocol/errors.ts';
import type { ConnectionEvents, ServerFrame } from '../protocol/events.ts';
import type { InboxSignals, InboxSummary, OwnWhisperRead } from '../protocol/inbox-events.ts';
import type { AskFor } from './answer-data.ts';
import { BlockList } from './block-list.ts';
import type { ResolvedOptions } from './chat-options.ts';
import { Emitter } from './emitter.ts';
import { InboxLog, type ResumedInbox } from './inbox-log.ts';
import type { InboxEvent, InboxNews, OutgoingWhisper, Person, SentWhisper } from './inbox-news.ts';
import { KnownPeople } from './known-people.ts';
import { Outbox } from './outbox.ts';
import type { QuestionOptions } from './question.ts';
import { UnreadCounts } from './unread-counts.ts';
import { keyOf, WHISPER_CARGO } from './whisper-cargo.ts';
import { WhisperMarks } from './whisper-marks.ts';
import { WhisperPages } from './whisper-pages.ts';
import { WhisperReceipts } from './whisper-receipts.ts';

/** What the inbox needs. */
export interface InboxEngineOptions {
  readonly question: QuestionOptions;
  readonly askFor: AskFor;
  readonly limits: ResolvedOptions;
}

/** Least time between marks, ms: nobody sees a receipt of a second ago as late, and a busy inbox has many. */
const DELIVERED_PACE_MS = 1_000;
/** Badges of one's other devices follow. */
const READ_PACE_MS = 250;

/** See the head of the file. */
export class InboxEngine {
  readonly events = new Emitter<InboxNews>();
  readonly unread: UnreadCounts;
  readonly receipts: WhisperReceipts;
  readonly blockList: BlockList;
  readonly outbox: Outbox<OutgoingWhisper, SentWhisper>;
  readonly pages: WhisperPages;
  readonly #options: InboxEngineOptions;
  readonly #delivered: WhisperMarks;
  readonly #read: WhisperMarks;
  readonly #people = new KnownPeople();
  #log: InboxLog;
  #me: UserRef | null = null;

  constructor(options: InboxEngineOptions) {
    this.#options = options;
    const { events } = this;
    const { ask, timers, random, online, answerTimeoutMs } = options.question;
    const marks = { ask, timers, random, online, answerTimeoutMs };
    this.unread = new UnreadCounts((unread) => events.emit('unread', unread));
    this.receipts = new WhisperReceipts((change) => events.emit('receipts', change));
    this.blockList = new BlockList({
      choose: (type, person) => options.askFor('ack', type, { data: { user: keyOf(person) } }),
      fetch: async () => (await options.askFor('blocks', 'user:blocks', {})).items,
      onChange: (ids) => events.emit('blocked', ids),
    });
    this.pages = new WhisperPages({
      askFor: options.askFor,
      onEvent: (event) => {
        this.#loaded(event);
      },
      onReceipts: (userId, receipts) => {
        this.receipts.grow(userId, receipts);
      },
      correspondentOf: ({ data: { from, to } }) => (this.#isOwn(from) ? to.id : from.id),
    });
    this.outbox = new Outbox<OutgoingWhisper, SentWhisper>({
      cargo: WHISPER_CARGO,
      ask,
      ready: online,
      timers,
      random,
      onPlaced: (whisper, placed, answer) => {
        this.#placed(whisper, placed, answer);
      },
      onChange: (change) => events.emit('outbox', change),
      maxMessages: options.limits.maxOutbox,
      maxAttempts: options.limits.maxSendAttempts,
      maxDelayMs: options.limits.maxSendDelayMs,
      answerTimeoutMs,
    });
    this.#delivered = new WhisperMarks({
      ...marks,
      type: 'whisper:delivered',
      paceMs: DELIVERED_PACE_MS,
      onMarked: () => undefined,
    });
    this.#read = new WhisperMarks({
      ...marks,
      type: 'whisper:read',
      paceMs: READ_PACE_MS,
      onMarked: (userId, data) => {
        this.unread.read({ ...(data as Pick<OwnWhisperRead, 'unread' | 'total'>), with: userId });
      },
    });
    this.#log = this.#newLog();
  }

  /** Up to where listeners were told everything. */
  get told(): ResumePoint | null {
    return this.#log.told;
  }

  /** What `hello` asks to go on from. */
  get resumePoint(): ResumePoint | null {
    return this.#log.resumePoint;
  }

  /** A connection begins; `recover`: its `hello` had that. */
  welcomed({ user, inbox }: ConnectionEvents['welcome'], recover: ResumePoint | null): void {
    const isAnother = this.#me !== null && this.#me.id !== user.id;
    this.#me = { id: user.id, name: user.name };
    if (isAnother) this.#forget();
    if (inbox !== undefined) this.#stands(inbox);
    this.#log.welcomed(inbox, recover !== null && !isAnother);
    this.blockList.reload();
    this.outbox.pump();
    this.#delivered.pump();
    this.#read.pump();
  }

  /** One has another name. */
  renamed({ id, name }: UserRef): void {
    this.#me = { id, name };
  }

  /** The connection is gone. */
  away(): void {
    this.#log.away();
  }

  /** The shard of the inbox was replaced: requests are asked again already, what it was about to tell is lost. */
  restarted(): void {
    this.#log.restarted();
    this.blockList.reload();
  }

  /** The client stops: what waits is rejected, and a later connection begins anew. */
  giveUp(failure: Failure): void {
    this.outbox.fail(failure);
    this.#delivered.clear();
    this.#read.clear();
    this.#log.end();
    this.#log = this.#newLog();
  }

  /** Takes a frame that belongs to no channel. False: it isn't the inbox's. */
  take(frame: ServerFrame): boolean {
    switch (frame.type) {
      case 'inbox:state': {
        const summary = frame.data as InboxSummary;
        this.#stands(summary);
        this.#log.stands(summary);
        return true;
      }
      case 'inbox:resumed': {
        const resumed = frame.data as ResumedInbox;
        this.#takeOver(resumed);
        this.#log.resumed(resumed);
        return true;
      }
      case 'whisper:delivered':
      case 'whisper:read':
        this.#receipt(frame.type, frame.data as InboxSignals['whisper:read']);
        return true;
      case 'user:blocked':
      case 'user:unblocked': {
        const { user } = frame.data as InboxSignals['user:blocked'];
        this.blockList.chosen(frame.type === 'user:blocked' ? 'user:block' : 'user:unblock', user.id);
        return true;
      }
      default:
        if (frame.seq === undefined) return false;
        this.#live(frame as InboxEvent);
        return true;
    }
  }

  /** One has read a correspondent's whispers up to this one: nobody is told of one's own. */
  read({ seq, data }: InboxEvent<'whisper:created'>): void {
    if (this.#isOwn(data.from)) return;
    this.#delivered.skip(data.from.id, seq);
    this.#read.add(data.from.id, data.id, seq);
  }

  /** The log holds something of one's own up to `seq`. */
  reaches(seq: number): void {
    this.#log.reaches(seq);
  }

  #isOwn({ id }: UserRef): boolean {
    return id === this.#me?.id;
  }

  #newLog(): InboxLog {
    return new InboxLog({
      question: this.#options.question,
      onSummary: (summary) => {
        this.#takeOver(summary);
      },
      onEvent: (event) => {
        this.#told(event);
      },
      onGap: (gap) => this.events.emit('gap', gap),
    });
  }

  /** One is somebody else from now on, with another inbox. */
  #forget(): void {
    this.#log.end();
    this.#log = this.#newLog();
    this.unread.clear();
    this.blockList.clear();
    this.#forgetPlaces();
  }

  /** Places of the log before mean nothing any more. */
  #forgetPlaces(): void {
    this.receipts.clear();
    this.#delivered.clear();
    this.#read.clear();
  }

  #stands(summary: InboxSummary): void {
    this.#takeOver(summary);
    this.events.emit('state', summary);
  }

  #takeOver(summary: InboxSummary): void {
    const seen = this.#log.resumePoint;
    if (seen !== null && (seen.epoch !== summary.epoch || seen.seq > summary.seq)) this.#forgetPlaces();
    this.unread.set(summary);
    this.receipts.set(summary);
  }

  #live(event: InboxEvent): void {
    const isKnown =
      event.type !== 'whisper:created' ||
      this.#isOwn(event.data.from) ||
      this.unread.came(event.seq, event.data.from.id);
    this.#log.live(event);
    if (!isKnown) this.#log.refresh();
  }

  #told(event: InboxEvent): void {
    this.#learn(event);
    this.events.emit('event', event);
    if (event.type === 'whisper:created') this.#confirm(event);
  }

  /** What was asked for tells who is called how, and may not have been confirmed yet. */
  #loaded(event: InboxEvent): void {
    this.#learn(event);
    if (event.type === 'whisper:created' && this.unread.counts.of.has(event.data.from.id)) {
      this.#confirm(event);
    }
  }

  #learn(event: InboxEvent): void {
    if (event.type !== 'whisper:created') return;
    const { id, from, to } = event.data;
    this.#people.add(from);
    this.#people.add(to);
    if (this.#isOwn(from) && to.id !== from.id) this.receipts.sent(id, to.id, event.seq);
  }

  #confirm({ seq, data }: InboxEvent<'whisper:created'>): void {
    if (!this.#isOwn(data.from)) this.#delivered.add(data.from.id, data.id, seq);
  }

  #receipt(type: 'whisper:delivered' | 'whisper:read', data: InboxSignals['whisper:read']): void {
    if ('with' in data) {
      this.unread.read(data);
    } else if (!this.receipts.came(type, data)) {
      // Of a whisper that this client was never told of. When the answer fails, the next state tells.
      this.pages.history({ with: { id: data.by.id }, limit: 1 }).catch(() => undefined);
    }
  }

  #placed({ to, content, clientMessageId }: OutgoingWhisper, placed: SentWhisper, answer: ServerFrame): void {
    const { id, seq, duplicate } = placed;
    const from = this.#me;
    const recipient = this.#recipient(to);
    const { timestamp } = answer;
    // An earlier try may be shown by now, or have been changed since.
    if (duplicate === true || from === null || recipient === null || timestamp === undefined) {
      this.#log.reaches(seq);
      return;
    }
    const data = { id, from, to: recipient, content, clientMessageId };
    this.#log.live({ type: 'whisper:created', seq, timestamp, data });
  }

  #recipient(to: Person): UserRef | null {
    if (!('id' in to)) return null;
    return 'name' in to && typeof to.name === 'string'
      ? { id: to.id, name: to.name }
      : this.#people.find(to.id);
  }
}
