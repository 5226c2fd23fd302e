/** Web addresses in text. */
import type { Work } from './work.ts';

/** An address and where it ends; `href` null: it looks like one, and isn't safe to click. */
export interface FoundLink {
  readonly end: number;
  readonly href: string | null;
}

const SCHEMES = ['https://', 'http://'];
const MAX_SCHEME_LENGTH = 8;
/** Ends an address: white space, what quotes or brackets one, and what changes the direction of text. */
const END = /[\s<>"`\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
/** Behind an address these belong to the sentence, or are marks of this page's own. */
const PUNCTUATION = ".,;:!?'*~_]}";

/** The address that begins at `from`, or null when none does. Never looks at a character more than a few times. */
export function findLink(text: string, from: number, work: Work): FoundLink | null {
  const head = text.slice(from, from + MAX_SCHEME_LENGTH).toLowerCase();
  work.steps += MAX_SCHEME_LENGTH;
  if (!SCHEMES.some((scheme) => head.startsWith(scheme))) return null;
  let end = from;
  let open = 0;
  while (end < text.length && !END.test(text.charAt(end))) {
    if (text.charAt(end) === '(') open += 1;
    end += 1;
  }
  work.steps += 2 * (end - from);
  const whole = end;
  end = withoutPunctuation(text, from, end, open > 0);
  const href = safeAddress(text.slice(from, end));
  return href === null ? { end: whole, href } : { end, href };
}

/** A closing bracket belongs to the sentence when none was opened in the address. */
function withoutPunctuation(text: string, from: number, end: number, hasBracket: boolean): number {
  let to = end;
  while (to > from) {
    const last = text.charAt(to - 1);
    if (!PUNCTUATION.includes(last) && (last !== ')' || hasBracket)) break;
    to -= 1;
  }
  return to;
}

function safeAddress(text: string): string | null {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return null;
  // https://bank.example@evil.example looks like the one and leads to the other.
  return url.username === '' && url.password === '' ? url.href : null;
}
