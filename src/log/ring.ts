/** The newest events of a log, encoded, so that joins and recent resumes need no database. */

import type { Shadowed } from '../protocol/shadow.ts';

/** A durable event with its wire text. */
export interface EncodedEvent {
  readonly id: string;
  readonly type: string;
  readonly sender: string;
  readonly seq: number;
  /** The whole event as JSON text, as live frames and pages carry it; where it is shadowed, in full. */
  readonly json: string;
  /** How much of it isn't for everyone. */
  readonly shadowed: Shadowed;
  /** Its UTF-8 length, once a page has asked for it. */
  bytes: number | null;
}

/** Bounds of a ring: events, and UTF-16 code units of their JSON text (near enough to bytes for a bound). */
export interface RingBounds {
  readonly events: number;
  readonly size: number;
}

/**
 * A dense run of events that ends at the head. Old ones fall out when a bound is passed; the newest always stays.
 * `#start` is the index of the oldest one in `#items`; the array is compacted when half of it is dead.
 */
export class EventRing {
  readonly #bounds: RingBounds;
  #items: EncodedEvent[] = [];
  #start = 0;
  #size = 0;

  constructor(bounds: RingBounds) {
    this.#bounds = bounds;
  }

  /** Events held. */
  get length(): number {
    return this.#items.length - this.#start;
  }

  /** Code units held. */
  get size(): number {
    return this.#size;
  }

  /** `seq` of the oldest event held, or undefined. */
  get firstSeq(): number | undefined {
    return this.#items[this.#start]?.seq;
  }

  /** Adds the event behind the newest one; a jump in `seq` empties the ring first, so that it stays dense. */
  push(event: EncodedEvent): void {
    const newest = this.#items.at(-1);
    if (newest !== undefined && event.seq !== newest.seq + 1) this.clear();
    this.#items.push(event);
    this.#size += event.json.length;
    this.#keepBounds();
  }

  /** Puts `event` in the place of the one that has its `seq`, when that is held. */
  replace(event: EncodedEvent): void {
    const at = this.#start + event.seq - (this.firstSeq ?? Number.POSITIVE_INFINITY);
    const old = at < this.#start ? undefined : this.#items[at];
    if (old === undefined) return;
    this.#items[at] = event;
    this.#size += event.json.length - old.json.length;
    this.#keepBounds();
  }

  /** Forgets the oldest half: what a shard does with its coldest channels when all rings together are too large. */
  shed(): void {
    const keep = Math.ceil(this.length / 2);
    while (this.length > keep) this.#dropOldest();
  }

  /** Forgets what lies below `floor`. */
  dropBelow(floor: number): void {
    for (let first = this.firstSeq; first !== undefined && first < floor; first = this.firstSeq)
      this.#dropOldest();
  }

  clear(): void {
    this.#items = [];
    this.#start = 0;
    this.#size = 0;
  }

  /** Whether everything after `seq` up to `head` is held. */
  covers(seq: number, head: number): boolean {
    if (seq >= head) return true;
    const first = this.firstSeq;
    return first !== undefined && first <= seq + 1;
  }

  /** Events with `from` ≤ seq ≤ `to` that are held, oldest first. */
  slice(from: number, to: number): readonly EncodedEvent[] {
    const first = this.firstSeq;
    if (first === undefined || to < from) return [];
    const begin = Math.max(this.#start, this.#start + from - first);
    return this.#items.slice(begin, Math.max(begin, this.#start + to - first + 1));
  }

  #keepBounds(): void {
    while (this.length > 1 && (this.length > this.#bounds.events || this.#size > this.#bounds.size))
      this.#dropOldest();
  }

  #dropOldest(): void {
    this.#size -= this.#items[this.#start]?.json.length ?? 0;
    this.#start += 1;
    if (this.#start > 64 && this.#start * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#start);
      this.#start = 0;
    }
  }
}
