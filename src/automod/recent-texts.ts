/** What people wrote in a channel lately, so that the same text is known again. Bounded; forgotten with its shard. */
import { MAX_REPEAT_TIMES } from '../protocol/automod-rules.ts';
import { sameness } from './fold.ts';

interface Written {
  readonly print: number;
  /** Of the message, where it has one: a retry is no repetition. */
  readonly key: string | undefined;
  /** Monotonic ms. */
  readonly at: number;
}

const MAX_AUTHORS = 500;

export class RecentTexts {
  /** By author, who wrote last last. */
  readonly #written = new Map<string, Written[]>();

  /** How often `author` wrote `text` since `since`, monotonic ms, in messages other than that with the key. */
  count(author: string, text: string, since: number, key: string | undefined): number {
    const written = this.#written.get(author);
    if (written === undefined) return 0;
    const print = printOf(text);
    return written.filter(
      (one) => one.at > since && one.print === print && (key === undefined || one.key !== key),
    ).length;
  }

  /** `author` writes `text` at `at`, monotonic ms. */
  note(author: string, text: string, at: number, key: string | undefined): void {
    const before = this.#written.get(author) ?? [];
    if (key !== undefined && before.some((one) => one.key === key)) return;
    this.#written.delete(author);
    this.#written.set(author, [...before.slice(1 - MAX_REPEAT_TIMES), { print: printOf(text), key, at }]);
    const [oldest] = this.#written.keys();
    if (this.#written.size > MAX_AUTHORS && oldest !== undefined) this.#written.delete(oldest);
  }
}

/** 53 bits that stand for what a text says, so that texts needn't be kept (cyrb53). */
function printOf(text: string): number {
  const same = sameness(text);
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let at = 0; at < same.length; at += 1) {
    const unit = same.charCodeAt(at);
    high = Math.imul(high ^ unit, 2_654_435_761);
    low = Math.imul(low ^ unit, 1_597_334_677);
  }
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909);
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909);
  return 4_294_967_296 * (2_097_151 & low) + (high >>> 0);
}
