/** Texts that something on the way may spoil. */
import { MAX_CONTENT_LENGTH } from '../../src/protocol/limits.ts';
import type { Random } from '../sim/random.ts';

/** Quotes, escapes, line ends, marks and joiners, directions, what looks like markup, SQL or JSON, astral characters. */
const PIECES = [
  'plain words',
  '"quoted" \'twice\'',
  'back\\slash \\u0041 \\n',
  ' spaces  at both ends ',
  'two\nlines\r\nthree\ttabs',
  '\u0001\u001f\u007f',
  'e\u0301 \u00e9 n\u0303 \u00f1',
  '\u2028\u2029\ufeff\ufffd',
  '👩‍👩‍👧‍👦🏳️‍🌈🇺🇳',
  '𝔘𝔫𝔦𝔠𝔬𝔡𝔢',
  '\u202eright to left\u202c עברית العربية',
  '日本語 한국어 ไทย',
  '<script>alert(1)</script> &amp;',
  "'; drop table log; --",
  '{"type":"message:created","seq":1}',
  '%s %d ${x} $1 ~~~~',
] as const;
const MOST_PIECES = 4;
/** How often a text is as long as one may be, and how often longer, which the server has to refuse. */
const LONGEST = 0.01;
const TOO_LONG = 0.01;

/** A text that begins with `beginning`; now and then one of the greatest length, or one character longer. */
export function awkwardText(beginning: string, random: Random): string {
  const extra = random.chance(TOO_LONG) ? 1 : 0;
  if (extra > 0 || random.chance(LONGEST)) return beginning.padEnd(MAX_CONTENT_LENGTH + extra, '.');
  const pieces = Array.from({ length: random.int(0, MOST_PIECES) }, () => random.pick(PIECES));
  return [beginning, ...pieces].join(' ');
}
