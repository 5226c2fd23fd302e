/** Patterns of many rules, matched together in time that grows with the text alone (RE2). */
import { RE2JS, RE2JSException, RE2Set } from 're2js';
import type { Span } from './words.ts';

/** Instructions of one pattern's program, and of all together: what a text costs at worst is this times its length. */
export const MAX_PATTERN_SIZE = 150;
export const MAX_PATTERNS_SIZE = 3_000;
/** Memory of the automaton that all patterns share, bytes; what doesn't fit is made anew. */
const MAX_AUTOMATON_BYTES = 4 * 1024 * 1024;
/** Matches of one pattern that are told one by one: each is a search of its own. */
const MAX_SPANS = 100;

/** A pattern that compiles, or why it doesn't. */
export function compilePattern(pattern: string): RE2JS | string {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    if (error instanceof RE2JSException) return error.message;
    throw error;
  }
}

/** Many patterns as one automaton. Each is of a rule, by its number. */
export class PatternIndex {
  readonly #set = new RE2Set(RE2Set.UNANCHORED, 0, MAX_AUTOMATON_BYTES);
  readonly #patterns: { readonly rule: number; readonly pattern: RE2JS }[] = [];
  #compiled = false;

  /** One that doesn't compile is left out: it was refused when it was made. */
  add(pattern: string, rule: number): void {
    const compiled = compilePattern(pattern);
    if (typeof compiled === 'string') return;
    this.#set.add(pattern);
    this.#patterns.push({ rule, pattern: compiled });
  }

  /** Numbers of the rules whose pattern is somewhere in `text`. */
  find(text: string): readonly number[] {
    if (this.#patterns.length === 0) return NONE;
    if (!this.#compiled) this.#set.compile();
    this.#compiled = true;
    const found = this.#set.match(text);
    return found.length === 0 ? NONE : found.flatMap((id) => this.#patterns[id]?.rule ?? []);
  }

  /** Where the pattern of `rule` matches, from left to right; the last of too many reaches to the end. */
  spans(text: string, rule: number): Span[] {
    const matcher = this.#patterns.find((one) => one.rule === rule)?.pattern.matcher(text);
    const spans: Span[] = [];
    while (matcher?.find() === true) {
      const isLast = spans.length === MAX_SPANS - 1;
      spans.push({ start: matcher.start(), end: isLast ? text.length : matcher.end() });
      if (isLast) break;
    }
    return spans;
  }
}

const NONE: readonly number[] = [];
