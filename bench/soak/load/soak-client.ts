/**
 * One client of a soak: it is in one channel, may write there, breaks off and comes back with what it missed, or leaves.
 * It checks that the log which it is shown has no gaps, over pages, live messages and its own absences.
 *
 * States: `away` → `coming` (until `channel:joined`) → `in` → `leaving` (until that is acknowledged) → `away`.
 * {@link SoakClient.cut} leads to `away` from anywhere. A connection that ends by itself is a trouble, and is made again.
 */
import { Backoff } from '../../../src/client/backoff.ts';
import { ChatConnection, endingText, type RecoverPoint } from '../../load/chat-connection.ts';
import {
  type Ack,
  type HistoryPage,
  type Joined,
  type PageEvent,
  parseFrame,
  type Refusal,
} from '../../load/channel-events.ts';
import type { Ending } from '../../load/frame-socket.ts';
import { markedText, MarkerScanner } from '../../load/marker.ts';

const PAGE = 200;
const JOIN = 'join';
const LEAVE = 'leave';
const PAGE_REF = 'page';

/** Who it is. */
export interface SoakClientPlan {
  readonly port: number;
  /** Null: a guest, another one each time. */
  readonly token: string | null;
  readonly channelId: string;
}

/** Who is told. */
export interface SoakListener {
  entered(client: SoakClient): void;
  /** Its message was acknowledged. */
  acknowledged(number: number): void;
  /** A message was shown to it, live. */
  delivered(number: number): void;
  /** Something that must not happen. */
  trouble(what: string): void;
}

/** A live message, as far as it is looked at. */
interface Shown {
  readonly seq: number;
}

/** See the head of the file. */
export class SoakClient {
  readonly #plan: SoakClientPlan;
  readonly #listener: SoakListener;
  readonly #random: () => number;
  readonly #scanner: MarkerScanner;
  #backoff: Backoff;
  #connection: ChatConnection | null = null;
  #state: 'away' | 'coming' | 'in' | 'leaving' = 'away';
  #timer: NodeJS.Timeout | undefined;
  #epoch: string | null = null;
  /** Up to here it has every event out of pages, … */
  #paged = 0;
  /** … which are whole when they reach this, the head that it was told, … */
  #head = 0;
  /** … and behind that up to here live. */
  #live = 0;

  /** `random` spreads its tries: numbers from 0 to below 1. */
  constructor(plan: SoakClientPlan, listener: SoakListener, random: () => number) {
    this.#plan = plan;
    this.#listener = listener;
    this.#random = random;
    this.#backoff = new Backoff(random);
    this.#scanner = new MarkerScanner((number) => listener.delivered(number));
  }

  get isIn(): boolean {
    return this.#state === 'in';
  }

  get isAway(): boolean {
    return this.#state === 'away';
  }

  /** Begins to come, with the place that it knows if it was there before. */
  come(): void {
    if (this.#state !== 'away') return;
    this.#state = 'coming';
    const { port, token, channelId } = this.#plan;
    this.#connection = new ChatConnection(
      { port, token, channelId, recover: this.#place() },
      {
        joined: (bytes, start, end) => this.#joined(parseFrame<Joined>(bytes, start, end)),
        frame: (type, bytes, start, end) => this.#frame(type, bytes, start, end),
        ended: (ending) => this.#ended(ending),
      },
    );
  }

  /** Writes message `number`, a text of `textBytes` ASCII characters. */
  write(number: number, textBytes: number): void {
    this.#connection?.send(
      `{"type":"message:send","ref":"${number}","channelId":"${this.#plan.channelId}","data":{"content":` +
        `"${markedText(number, textBytes)}","clientMessageId":"soak-${number}"}}`,
    );
  }

  /** Says that it leaves, and goes when that is acknowledged; one that isn't in goes at once. */
  leave(): void {
    if (this.#state !== 'in') {
      this.cut();
      return;
    }
    this.#state = 'leaving';
    const { channelId } = this.#plan;
    this.#connection?.send(JSON.stringify({ type: 'channel:leave', ref: LEAVE, channelId, data: {} }));
  }

  /** The connection is gone, at once and without a word. */
  cut(): void {
    clearTimeout(this.#timer);
    this.#connection?.cut();
    this.#connection = null;
    this.#state = 'away';
  }

  #place(): RecoverPoint | null {
    if (this.#epoch === null) return null;
    return { epoch: this.#epoch, seq: this.#paged < this.#head ? this.#paged : this.#live };
  }

  #joined({ data }: Joined): void {
    const place = this.#place();
    this.#state = 'in';
    this.#backoff = new Backoff(this.#random);
    this.#epoch = data.epoch;
    this.#head = data.seq;
    this.#live = data.seq;
    this.#paged = place === null ? data.seq : place.seq;
    if (place !== null && data.recovered !== true) {
      this.#listener.trouble('resume not recovered');
      this.#paged = data.seq;
    } else if (place !== null) this.#missed(data.events);
    this.#listener.entered(this);
  }

  /** Takes a page of what it missed, and asks for the next one as long as the head isn't reached. */
  #missed(events: readonly PageEvent[]): void {
    for (const { seq } of events) {
      if (seq !== this.#paged + 1) this.#listener.trouble('gap in a page');
      this.#paged = seq;
    }
    if (this.#paged >= this.#head) return;
    if (events.length === 0) {
      this.#listener.trouble('page that ends too early');
      this.#paged = this.#head;
      return;
    }
    const { channelId } = this.#plan;
    const data = { afterSeq: this.#paged, limit: Math.min(PAGE, this.#head - this.#paged) };
    this.#connection?.send(JSON.stringify({ type: 'history:get', ref: PAGE_REF, channelId, data }));
  }

  #frame(type: string, bytes: Buffer, start: number, end: number): void {
    if (type === 'message:created') {
      const { seq } = JSON.parse(bytes.toString('utf8', start, end)) as Shown;
      if (seq !== this.#live + 1) this.#listener.trouble('gap in live messages');
      this.#live = seq;
      this.#scanner.feed(bytes.subarray(start, end), end - start);
    } else if (type === 'ack') {
      const { ref } = parseFrame<Ack>(bytes, start, end);
      if (ref === LEAVE) this.cut();
      else this.#listener.acknowledged(Number(ref));
    } else if (type === 'history') this.#missed(parseFrame<HistoryPage>(bytes, start, end).data.events);
    else if (type === 'error') this.#refused(parseFrame<Refusal>(bytes, start, end));
    else if (type === 'route:restarted') this.#again('shard replaced', 0);
  }

  #refused({ ref, data }: Refusal): void {
    const isMessage = ref !== undefined && ![JOIN, LEAVE, PAGE_REF, 'hello'].includes(ref);
    if (isMessage) this.#listener.trouble(`message refused: ${data.code}`);
    else this.#again(`${ref ?? 'a frame'} refused: ${data.code}`, data.retryAfterMs ?? 0);
  }

  #ended(ending: Ending): void {
    this.#again(endingText(ending), ending.kind === 'refused' ? (ending.retryAfterMs ?? 0) : 0);
  }

  /** Tells the trouble, and comes anew. */
  #again(trouble: string, delayMs: number): void {
    this.#listener.trouble(trouble);
    this.cut();
    this.#timer = setTimeout(() => this.come(), delayMs + this.#backoff.next());
  }
}
