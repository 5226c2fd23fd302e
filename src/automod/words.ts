/** Finds words and phrases of many rules in one pass over a text. */
import { CAPITAL_I, isAsciiPart, type Token, tokensOf } from './fold.ts';

/** A stretch of a text, code units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What was found of the word of a rule. */
export interface WordHit extends Span {
  readonly rule: number;
}

interface Phrase {
  readonly words: readonly string[];
  readonly rule: number;
}

/** Words are known by their first: nothing else is looked at where that isn't in the text. */
export class WordIndex {
  readonly #byFirst = new Map<string, Phrase[]>();
  /** By the ASCII character that first words begin with, a bit for each of their lengths. */
  readonly #lengths = new Int32Array(0x80);

  /** Adds a word of the rule with this number. */
  add(word: string, rule: number): void {
    const words = tokensOf(word).map(({ text }) => text);
    const [first] = words;
    if (first === undefined) return;
    const phrases = this.#byFirst.get(first) ?? [];
    this.#byFirst.set(first, phrases);
    phrases.push({ words, rule });
    const code = first.charCodeAt(0);
    if (code < 0x80) this.#lengths[code] = (this.#lengths[code] ?? 0) | lengthBit(first.length);
  }

  /** Every word in the composed `text`, in the order of their beginnings. */
  find(text: string): readonly WordHit[] {
    return this.#byFirst.size === 0 || !this.#mayHold(text) ? NONE : this.#findIn(tokensOf(text));
  }

  /** Most texts hold none and are plain ASCII: for those no list of words is made. */
  #mayHold(text: string): boolean {
    const lower = text.toLowerCase();
    let start = -1;
    let hasCapitalI = false;
    for (let at = 0; at <= text.length; at += 1) {
      const code = at === text.length ? GAP : text.charCodeAt(at);
      if (code >= 0x80) return true;
      if (isAsciiPart(code)) {
        if (start < 0) start = at;
        if (code === CAPITAL_I) hasCapitalI = true;
      } else if (start >= 0) {
        if (this.#isFirst(lower, start, at)) return true;
        if (hasCapitalI && this.#byFirst.has(text.slice(start, at).replaceAll('I', 'l').toLowerCase()))
          return true;
        start = -1;
        hasCapitalI = false;
      }
    }
    return false;
  }

  #isFirst(lower: string, start: number, end: number): boolean {
    const lengths = this.#lengths[lower.charCodeAt(start)] ?? 0;
    return (lengths & lengthBit(end - start)) !== 0 && this.#byFirst.has(lower.slice(start, end));
  }

  #findIn(tokens: readonly Token[]): readonly WordHit[] {
    const hits: WordHit[] = [];
    for (const [index, { text, alternative, start }] of tokens.entries()) {
      const phrases = [text, alternative].flatMap((word) =>
        word === null ? [] : (this.#byFirst.get(word) ?? []),
      );
      for (const { words, rule } of phrases) {
        const last = tokens[index + words.length - 1];
        if (last !== undefined && words.every((word, nth) => isRead(tokens[index + nth], word))) {
          hits.push({ rule, start, end: last.end });
        }
      }
    }
    return hits;
  }
}

const NONE: readonly WordHit[] = [];
const GAP = 0x20;

/** All lengths from 31 on share one. */
function lengthBit(length: number): number {
  return 1 << Math.min(length, 31);
}

function isRead(token: Token | undefined, word: string): boolean {
  return token !== undefined && (token.text === word || token.alternative === word);
}
