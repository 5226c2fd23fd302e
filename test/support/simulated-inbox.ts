/**
 * Ada's inbox as a server keeps it, for a client whose connection is the test's: frames wait on their way until the test
 * lets them go on, each direction in its order, and what is on its way is lost when the connection breaks.
 */
import type { ClientFrame } from '../../src/protocol/events.ts';
import type { InboxSummary } from '../../src/protocol/inbox-events.ts';
import type { FakeSocket } from './fake-socket.ts';
import { ADA, WELCOME } from './scripted-chat.ts';
import { type Whisper, whisper } from './inbox-chat.ts';

const EPOCH = 'e1';

export class SimulatedInbox {
  /** Everything that ada's inbox holds, oldest first. */
  readonly log: Whisper[] = [];
  readonly #pageSize: number;
  readonly #byKey = new Map<string, Whisper>();
  readonly #unread = new Map<string, number>();
  /** Up to where ada has read, by correspondent. */
  readonly #read = new Map<string, number>();
  readonly #delivered = new Map<string, number>();
  #socket: FakeSocket | null = null;
  #isWelcome = false;
  #taken = 0;
  #toClient: object[] = [];
  /** Whether the next answers are lost with the shard that gives them. */
  #isDying = false;
  /** Whether a state is told apart from `welcome`. */
  isSlow = false;

  constructor(pageSize: number) {
    this.#pageSize = pageSize;
  }

  get unread(): { readonly total: number; readonly of: object } {
    const of = Object.fromEntries([...this.#unread].filter(([, count]) => count > 0));
    return { total: Object.values(of).reduce((sum, count) => sum + count, 0), of };
  }

  /** How far ada said that `userId`'s whispers have come to her. */
  deliveredOf(userId: string): number {
    return this.#delivered.get(userId) ?? 0;
  }

  /** Whether frames are on their way. */
  get isBusy(): boolean {
    return this.#toClient.length > 0 || (this.#socket !== null && this.#socket.sent.length > this.#taken);
  }

  /** The client has a new socket. */
  connect(socket: FakeSocket): void {
    this.#socket = socket;
    this.#isWelcome = false;
    this.#taken = 0;
    this.#toClient = [];
    socket.open();
  }

  /** The connection breaks; what is on its way is lost. */
  breakDown(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#toClient = [];
    socket?.drop();
  }

  /** Somebody's whisper lands, or one that ada sent with another device; twice on its way when `doubled`. */
  write(from = ADA, to = ADA, doubled = false): void {
    const event = this.#append(from, to, `text ${this.log.length + 1}`);
    if (!this.#isWelcome || this.#isDying) return;
    this.#toClient.push(event);
    if (doubled) this.#toClient.push(event);
  }

  /** Ada reads up to the newest whisper of `userId` with another device. */
  readElsewhere(userId: string): void {
    const newest = this.log.findLast(({ data }) => data.from.id === userId);
    if (newest === undefined) return;
    const counts = this.#markRead(userId, newest.seq);
    const data = { id: newest.data.id, by: ADA, with: userId, ...counts };
    if (this.#isWelcome && !this.#isDying) this.#toClient.push({ type: 'whisper:read', data });
  }

  /** From now on the shard does what it is asked, and is replaced before it can tell. */
  die(): void {
    this.#isDying = true;
  }

  /** The shard is replaced, if it died. */
  replace(): void {
    if (!this.#isDying) return;
    this.#isDying = false;
    if (!this.#isWelcome) return;
    this.#toClient.push({ type: 'route:restarted', data: { channels: [], inbox: true } });
    this.#toClient.push({ type: 'inbox:state', data: this.#summary() });
  }

  /** Works off the client's oldest frame. */
  serve(): void {
    const frame = this.#socket?.sent[this.#taken];
    if (frame === undefined) return;
    this.#taken += 1;
    if (frame.type === 'hello') this.#hello(frame);
    else if (!this.#isDying) this.#toClient.push(...this.#answers(frame));
    else this.#answers(frame);
  }

  /** The client gets its oldest frame. */
  deliver(): void {
    const frame = this.#toClient.shift();
    if (frame !== undefined) this.#socket?.deliver(frame as Record<string, unknown>);
  }

  #hello({ data }: ClientFrame): void {
    const summary = this.#summary();
    this.#isWelcome = true;
    this.#toClient.push({
      type: 'welcome',
      timestamp: 0,
      data: { ...WELCOME, ...(this.isSlow || this.#isDying ? {} : { inbox: summary }) },
    });
    if (this.#isDying) return;
    if (this.isSlow) this.#toClient.push({ type: 'inbox:state', data: summary });
    const { recover } = data as { readonly recover?: { readonly seq: number } };
    if (recover !== undefined) this.#toClient.push({ type: 'inbox:resumed', data: this.#page(recover.seq) });
  }

  #answers({ type, ref, data }: ClientFrame): object[] {
    const answer = (answered: string, content: object): object => ({
      type: answered,
      ref,
      timestamp: this.log.length,
      data: content,
    });
    const asked = data as {
      readonly to: { readonly id: string };
      readonly with: { readonly id: string };
      readonly content: string;
      readonly clientMessageId: string;
      readonly id: string;
      readonly recover: { readonly seq: number };
    };
    switch (type) {
      case 'whisper:send': {
        const known = this.#byKey.get(asked.clientMessageId);
        if (known !== undefined) {
          const placed = { id: known.data.id, seq: known.seq, delivered: true, duplicate: true };
          return [answer('ack', placed)];
        }
        const to = { id: asked.to.id, name: asked.to.id.slice(2) };
        const { seq, data: landed } = this.#append(ADA, to, asked.content, asked.clientMessageId);
        return [answer('ack', { id: landed.id, seq, delivered: true })];
      }
      case 'whisper:read': {
        const seq = this.log.find((event) => event.data.id === asked.id)?.seq ?? 0;
        return [answer('ack', this.#markRead(asked.with.id, seq))];
      }
      case 'whisper:delivered': {
        const seq = this.log.find((event) => event.data.id === asked.id)?.seq ?? 0;
        this.#markDelivered(asked.with.id, seq);
        return [answer('ack', {})];
      }
      case 'inbox:resume':
        return [answer('inbox:resumed', this.#page(asked.recover.seq))];
      default:
        return [answer('pong', {})];
    }
  }

  #append(from: typeof ADA, to: typeof ADA, content: string, clientMessageId?: string): Whisper {
    const event = whisper(this.log.length + 1, from, to);
    const key = clientMessageId === undefined ? {} : { clientMessageId };
    const landed = { ...event, data: { ...event.data, content, ...key } };
    this.log.push(landed);
    if (clientMessageId !== undefined) this.#byKey.set(clientMessageId, landed);
    if (from.id !== ADA.id) this.#unread.set(from.id, (this.#unread.get(from.id) ?? 0) + 1);
    return landed;
  }

  #markDelivered(userId: string, seq: number): void {
    this.#delivered.set(userId, Math.max(seq, this.deliveredOf(userId)));
  }

  #markRead(userId: string, seq: number): { readonly unread: number; readonly total: number } {
    const read = Math.max(seq, this.#read.get(userId) ?? 0);
    this.#markDelivered(userId, read);
    this.#read.set(userId, read);
    const unread = this.log.filter((event) => event.data.from.id === userId && event.seq > read).length;
    this.#unread.set(userId, unread);
    return { unread, total: this.unread.total };
  }

  #summary(): InboxSummary {
    const conversations = [...this.#unread].map(([userId, unread]) => ({
      with: userId,
      lastSeq: this.log.length,
      unread,
      delivered: 0,
      read: 0,
    }));
    return { epoch: EPOCH, seq: this.log.length, unread: this.unread.total, conversations };
  }

  #page(afterSeq: number): object {
    const events = this.log.slice(afterSeq, afterSeq + this.#pageSize);
    const hasMore = afterSeq + events.length < this.log.length;
    return { ...this.#summary(), recovered: true, hasMore, events };
  }
}
