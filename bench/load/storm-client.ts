/**
 * One client of a storm: it connects, says who it is, joins, and is complete when it has its page. What is refused for the
 * moment it tries again as this project's SDK does, until it is told to give up.
 *
 * States: `away` → `coming` (a connection is made or stands, the page isn't whole) → `complete`, or `failed` for a
 * refusal that will not be another one later. {@link StormClient.cut} leads back to `away`.
 */
import { Backoff } from '../../src/client/backoff.ts';
import { afterClose } from '../../src/protocol/close-codes.ts';
import { ChatConnection, endingText, type RecoverPoint } from './chat-connection.ts';
import { type HistoryPage, parseFrame, type Refusal } from './channel-events.ts';
import type { Ending } from './frame-socket.ts';
import { joinedPage } from './page-check.ts';

const COMMA = Buffer.from(',');
const PAGE = 200;

/** Who it is. */
export interface StormClientPlan {
  readonly port: number;
  readonly token: string;
  readonly channelId: string;
}

/** Who is told. `events` is the inside of a JSON array, valid only during the call. */
export interface StormListener {
  complete(client: StormClient, events: Buffer): void;
  /** It begins to connect. */
  connecting?(client: StormClient): void;
  failed(client: StormClient, why: string): void;
  /** A live message came, after the page. */
  live(client: StormClient, seq: number): void;
}

/** See the head of the file. */
export class StormClient {
  readonly plan: StormClientPlan;
  readonly #listener: StormListener;
  #connection: ChatConnection | null = null;
  readonly #random: () => number;
  #backoff: Backoff;
  #timer: NodeJS.Timeout | undefined;
  #state: 'away' | 'coming' | 'complete' | 'failed' = 'away';
  #place: RecoverPoint | null = null;
  #events: Buffer[] = [];
  #paged = 0;
  #retries = 0;

  /** `random` spreads its tries: numbers from 0 to below 1. */
  constructor(plan: StormClientPlan, listener: StormListener, random: () => number = Math.random) {
    this.plan = plan;
    this.#random = random;
    this.#backoff = new Backoff(random);
    this.#listener = listener;
  }

  /** Where it stands in its channel's log; null before its first page. */
  get place(): RecoverPoint | null {
    return this.#place;
  }

  /** How often it was refused for the moment, and tried again, since it last began to come. */
  get retries(): number {
    return this.#retries;
  }

  /** Begins to come; with the place that it knows, if it was there before. */
  come(): void {
    this.#retries = 0;
    this.#backoff = new Backoff(this.#random);
    this.#connect();
  }

  /** The same as the SDK does when its connection broke: after a delay of its own. */
  comeBack(): void {
    this.#retries = 0;
    this.#backoff = new Backoff(this.#random);
    this.#state = 'coming';
    this.#timer = setTimeout(() => this.#connect(), this.#backoff.next());
  }

  /** The connection is gone, at once and without a word. */
  cut(): void {
    clearTimeout(this.#timer);
    this.#connection?.cut();
    this.#connection = null;
    this.#state = 'away';
  }

  #connect(): void {
    this.#state = 'coming';
    this.#events = [];
    this.#listener.connecting?.(this);
    this.#connection = new ChatConnection(
      { ...this.plan, recover: this.#place },
      {
        joined: (bytes, start, end) => this.#joined(bytes, start, end),
        frame: (type, bytes, start, end) => this.#frame(type, bytes, start, end),
        ended: (ending) => this.#ended(ending),
      },
    );
  }

  #joined(bytes: Buffer, start: number, end: number): void {
    const { head, events } = joinedPage(bytes, start, end);
    const isResume = this.#place !== null;
    if (isResume && head.recovered !== true) {
      this.#fail(`not recovered from ${this.#place?.seq ?? 0}`);
      return;
    }
    this.#place = { epoch: head.epoch, seq: head.seq };
    // Without `recover`, `hasMore` tells of what is older than the page.
    if (!isResume || !head.hasMore) {
      this.#complete(events);
      return;
    }
    this.#events = [Buffer.from(events)];
    this.#paged = lastSeq(events);
    this.#askPage();
  }

  #askPage(): void {
    const { channelId } = this.plan;
    const data = { afterSeq: this.#paged, limit: PAGE };
    this.#connection?.send(JSON.stringify({ type: 'history:get', ref: 'page', channelId, data }));
  }

  #frame(type: string, bytes: Buffer, start: number, end: number): void {
    if (type === 'message:created') {
      if (this.#state === 'complete') this.#listener.live(this, seqOf(bytes, start, end));
    } else if (type === 'history') {
      const { data } = parseFrame<HistoryPage>(bytes, start, end);
      this.#events.push(COMMA, Buffer.from(JSON.stringify(data.events).slice(1, -1)));
      this.#paged = data.events.at(-1)?.seq ?? this.#paged;
      if (data.hasMore && data.events.length > 0) this.#askPage();
      else this.#complete(Buffer.concat(this.#events));
    } else if (type === 'error') this.#refused(parseFrame<Refusal>(bytes, start, end));
    // Requests of the channel that weren't answered are not going to be (docs/SPEC.md): what waits for one asks again.
    else if (type === 'route:restarted' && this.#state === 'coming') {
      this.#later(this.#backoff.next(), () =>
        this.#events.length > 0 ? this.#askPage() : this.#connection?.join(),
      );
    }
  }

  #complete(events: Buffer): void {
    this.#state = 'complete';
    this.#events = [];
    this.#listener.complete(this, events);
  }

  #refused({ ref, data }: Refusal): void {
    if (data.retryAfterMs === undefined) {
      this.#fail(`${ref ?? 'a frame'} was refused: ${data.code}`);
      return;
    }
    const again =
      ref === 'join'
        ? () => this.#connection?.join()
        : ref === 'page'
          ? () => this.#askPage()
          : () => {
              this.#connection?.cut();
              this.#connect();
            };
    this.#later(data.retryAfterMs + this.#backoff.next(), again);
  }

  #ended(ending: Ending): void {
    this.#connection = null;
    if (this.#state === 'complete') {
      this.#fail(`${endingText(ending)} when it was in`);
      return;
    }
    const isFinal =
      ending.kind === 'closed'
        ? afterClose(ending.code) === 'stop'
        : ending.status < 500 && ending.status !== 429 && ending.status !== 0;
    if (isFinal) {
      this.#fail(endingText(ending));
      return;
    }
    const asked = ending.kind === 'refused' ? (ending.retryAfterMs ?? 0) : 0;
    this.#later(asked + this.#backoff.next(), () => this.#connect());
  }

  #later(delayMs: number, again: () => void): void {
    this.#retries += 1;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(again, delayMs);
  }

  #fail(why: string): void {
    this.cut();
    this.#state = 'failed';
    this.#listener.failed(this, why);
  }
}

/** `seq` of a live event. */
function seqOf(bytes: Buffer, start: number, end: number): number {
  const { seq } = JSON.parse(bytes.toString('utf8', start, end)) as { readonly seq: number };
  return seq;
}

/** `seq` of the last event in the inside of a JSON array. */
function lastSeq(events: Buffer): number {
  const parsed = JSON.parse(`[${events.toString('utf8')}]`) as readonly { readonly seq: number }[];
  return parsed.at(-1)?.seq ?? 0;
}
