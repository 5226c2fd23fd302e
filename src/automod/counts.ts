/** What is counted in a text: mentions and capitals. */
import type { Span } from './words.ts';

const MENTION = /(?<![\p{L}\p{N}_@])@[\p{L}\p{N}_][\p{L}\p{N}_.-]*/gu;

/** Where the text speaks to somebody by `@name`. */
export function mentionsOf(text: string): readonly Span[] {
  if (!text.includes('@')) return [];
  return Array.from(text.matchAll(MENTION), ({ 0: mention, index }) => ({
    start: index,
    end: index + mention.length,
  }));
}

/** Letters of a text that have a case, and how many of them are capitals. */
export interface Cases {
  readonly letters: number;
  readonly capitals: number;
}

/** Counts capitals. */
export function casesOf(text: string): Cases {
  let letters = 0;
  let capitals = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 0x80) {
      const isCapital = code >= 0x41 && code <= 0x5a;
      if (isCapital) capitals += 1;
      if (isCapital || (code >= 0x61 && code <= 0x7a)) letters += 1;
      continue;
    }
    const char = String.fromCodePoint(text.codePointAt(at) ?? code);
    at += char.length - 1;
    const isCapital = char !== char.toLowerCase();
    if (isCapital) capitals += 1;
    if (isCapital || char !== char.toUpperCase()) letters += 1;
  }
  return { letters, capitals };
}
