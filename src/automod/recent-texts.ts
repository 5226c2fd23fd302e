/** What people wrote in a channel lately, so that the same text is known again. Bounded; forgotten with its shard. */
import { MAX_REPEAT_TIMES } from '../protocol/automod-rules.ts';
import { isAscii, isAsciiPart, sameness } from './fold.ts';

interface Written {
  readonly print: number;
  /** Of the message, where it has one: a retry is no repetition. */
  readonly key: string | undefined;
  /** Monotonic ms. */
  readonly at: number;
}

const MAX_AUTHORS = 500;

/** See the head of the file. */
export class RecentTexts {
  /** By author, who wrote last last. */
  readonly #written = new Map<string, Written[]>();

  /** How often `author` wrote `text` since `since`, monotonic ms, in messages other than that with the key. */
  count(author: string, text: string, since: number, key: string | undefined): number {
    const written = this.#written.get(author);
    if (written === undefined) return 0;
    const print = printOf(text);
    let count = 0;
    for (const one of written) {
      if (one.print === print && one.at > since && (key === undefined || one.key !== key)) count += 1;
    }
    return count;
  }

  /** `author` writes `text` at `at`, monotonic ms. */
  note(author: string, text: string, at: number, key: string | undefined): void {
    const before = this.#written.get(author) ?? [];
    if (key !== undefined && before.some((one) => one.key === key)) return;
    if (before.length === MAX_REPEAT_TIMES) before.shift();
    before.push({ print: printOf(text), key, at });
    this.#written.delete(author);
    this.#written.set(author, before);
    if (this.#written.size <= MAX_AUTHORS) return;
    const [oldest] = this.#written.keys();
    if (oldest !== undefined) this.#written.delete(oldest);
  }
}

/** The text whose print was made last: it is asked for when a message is judged, and again when it is kept. */
let lastText = '';
let lastPrint = 0;

/** 53 bits that stand for what a text says, so that texts needn't be kept (cyrb53). */
function printOf(text: string): number {
  if (text !== lastText) {
    lastPrint = (isAscii(text) ? asciiPrint(text) : null) ?? printOfUnits(sameness(text));
    lastText = text;
  }
  return lastPrint;
}

function printOfUnits(same: string): number {
  let high = HIGH;
  let low = LOW;
  for (let at = 0; at < same.length; at += 1) {
    const unit = same.charCodeAt(at);
    high = Math.imul(high ^ unit, HIGH_STEP);
    low = Math.imul(low ^ unit, LOW_STEP);
  }
  return mixed(high, low);
}

/** That of {@link sameness} of an ASCII text, without making it; null where there are no words. */
function asciiPrint(text: string): number | null {
  let high = HIGH;
  let low = LOW;
  let words = 0;
  let isInWord = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (!isAsciiPart(code)) {
      isInWord = false;
      continue;
    }
    if (!isInWord) {
      if (words > 0) {
        high = Math.imul(high ^ SPACE, HIGH_STEP);
        low = Math.imul(low ^ SPACE, LOW_STEP);
      }
      isInWord = true;
      words += 1;
    }
    const unit = code >= CAPITAL_A && code <= CAPITAL_Z ? code | SPACE : code;
    high = Math.imul(high ^ unit, HIGH_STEP);
    low = Math.imul(low ^ unit, LOW_STEP);
  }
  return words === 0 ? null : mixed(high, low);
}

const HIGH = 0xdeadbeef;
const LOW = 0x41c6ce57;
const HIGH_STEP = 2_654_435_761;
const LOW_STEP = 1_597_334_677;
/** Of ASCII; it is also what makes a capital small. */
const SPACE = 0x20;
const CAPITAL_A = 0x41;
const CAPITAL_Z = 0x5a;

function mixed(upper: number, lower: number): number {
  const high =
    Math.imul(upper ^ (upper >>> 16), 2_246_822_507) ^ Math.imul(lower ^ (lower >>> 13), 3_266_489_909);
  const low =
    Math.imul(lower ^ (lower >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909);
  return 4_294_967_296 * (2_097_151 & low) + (high >>> 0);
}
