/**
 * The way of spans out of the server. It never holds anything up: what can't be sent is dropped and counted, and the log says
 * so once until it works again.
 */
import type { FinishedSpan } from '../protocol/tracing.ts';

/** Spans that wait; one more is dropped. */
const MAX_WAITING = 8_192;
/** So many are sent at once; fewer after so many ms. */
const BATCH_SPANS = 512;
const BATCH_MS = 1_000;

/** Where spans go. */
export interface SpanSink {
  /** Null when they arrived, else why not. Never rejects. */
  send(spans: readonly FinishedSpan[]): Promise<string | null>;
  close(): Promise<void>;
}

/** Hears what becomes of spans. */
export interface SpanExportObserver {
  counted(outcome: 'sent' | 'dropped', spans: number): void;
  warn(fields: object, message: string): void;
  info(fields: object, message: string): void;
}

export class SpanExport {
  readonly #sink: SpanSink;
  readonly #observer: SpanExportObserver;
  #waiting: FinishedSpan[] = [];
  /** Spans that are being sent. */
  #underWay = 0;
  #sending: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #isFailing = false;
  #closed = false;
  #ended = false;

  constructor(sink: SpanSink, observer: SpanExportObserver) {
    this.#sink = sink;
    this.#observer = observer;
  }

  /** Takes spans that are over; those for which there is no room are dropped. */
  take(spans: readonly FinishedSpan[]): void {
    const room = this.#closed ? 0 : MAX_WAITING - this.#waiting.length;
    this.#waiting.push(...spans.slice(0, room));
    if (spans.length > room) this.#dropped(spans.length - room, 'more than can be sent');
    if (this.#waiting.length >= BATCH_SPANS) this.#send();
    else this.#timer ??= setTimeout(() => this.#send(), BATCH_MS).unref();
  }

  /** Sends what waits, for `patienceMs` at most, and ends; what is left is dropped. */
  async close(patienceMs: number): Promise<void> {
    this.#closed = true;
    let isLate = false;
    let giveUp: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      giveUp = setTimeout(() => {
        isLate = true;
        resolve();
      }, patienceMs);
    });
    const empty = async (): Promise<void> => {
      while (!isLate && (this.#waiting.length > 0 || this.#sending !== null)) {
        this.#send();
        await this.#sending;
      }
      await this.#sink.close();
    };
    await Promise.race([empty(), late]);
    clearTimeout(giveUp);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#ended = true;
    const left = this.#waiting.length + this.#underWay;
    this.#waiting = [];
    if (left > 0) this.#dropped(left, 'the server goes down');
  }

  #send(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#sending ??= this.#sendBatch();
  }

  async #sendBatch(): Promise<void> {
    const batch = this.#waiting.splice(0, BATCH_SPANS);
    this.#underWay = batch.length;
    const problem = batch.length === 0 ? null : await this.#sink.send(batch);
    if (this.#ended) return;
    this.#underWay = 0;
    if (problem === null) this.#arrived(batch.length);
    else this.#dropped(batch.length, problem);
    this.#sending = null;
    if (this.#waiting.length >= BATCH_SPANS) this.#send();
    else if (this.#waiting.length > 0) this.#timer ??= setTimeout(() => this.#send(), BATCH_MS).unref();
  }

  #arrived(spans: number): void {
    if (spans === 0) return;
    this.#observer.counted('sent', spans);
    if (this.#isFailing) this.#observer.info({}, 'traces are sent again');
    this.#isFailing = false;
  }

  #dropped(spans: number, reason: string): void {
    this.#observer.counted('dropped', spans);
    if (!this.#isFailing) this.#observer.warn({ reason }, 'traces are dropped: they can not be sent');
    this.#isFailing = true;
  }
}
