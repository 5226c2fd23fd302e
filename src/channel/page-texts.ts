/**
 * The JSON text of pages that were told lately. Of a crowd that comes at once, everyone in a channel asks for the same
 * page. One for all channels of a shard, so that the bound holds for all of them together.
 */
import type { EncodedEvent } from '../log/ring.ts';

/** A crowd that comes at once has come by then, ms. */
const KEPT_MS = 5_000;

interface PageText {
  readonly channelId: string;
  readonly count: number;
  readonly json: string;
  /** Monotonic ms. */
  readonly madeAt: number;
}

export class PageTexts {
  /** UTF-16 code units. */
  readonly #maxSize: number;
  /** By a page's first event: events of a channel are dense, so that and how many they are say which page it is. */
  readonly #texts = new Map<EncodedEvent, PageText>();
  #size = 0;

  /** `maxSize` in UTF-16 code units, near enough to bytes. */
  constructor(maxSize: number) {
    this.#maxSize = maxSize;
  }

  /** Code units held. */
  get size(): number {
    return this.#size;
  }

  /** `events`, a run of the channel's, as a JSON array. `mono` is the time, ms. */
  of(channelId: string, events: readonly EncodedEvent[], mono: number): string {
    const [first] = events;
    if (first === undefined) return '[]';
    const known = this.#texts.get(first);
    if (known?.count === events.length) return known.json;
    const json = `[${events.map((event) => event.json).join(',')}]`;
    this.#forget(first);
    this.#texts.set(first, { channelId, count: events.length, json, madeAt: mono });
    this.#size += json.length;
    this.forgetOld(mono);
    return json;
  }

  /** Events of the channel tell something else from now on. */
  forgetChannel(channelId: string): void {
    for (const [first, text] of this.#texts) if (text.channelId === channelId) this.#forget(first);
  }

  /** Lets go of what is too old, or too much. */
  forgetOld(mono: number): void {
    // A Map keeps the order of insertion: what is in front is the oldest.
    for (const [oldest, { madeAt }] of this.#texts) {
      if (this.#size <= this.#maxSize && mono - madeAt < KEPT_MS) return;
      this.#forget(oldest);
    }
  }

  #forget(first: EncodedEvent): void {
    this.#size -= this.#texts.get(first)?.json.length ?? 0;
    this.#texts.delete(first);
  }
}
