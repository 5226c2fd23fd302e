/**
 * Words of a text as they are compared: without regard to case, width, accents and look-alike letters. Plain letters stay
 * what they are (unlike in names, where `rn` is taken for `m`): people write `burn` and mean it.
 */
import unhomoglyph from 'unhomoglyph';

/** A word of a text; `start` and `end` are code units of the text. */
export interface Token {
  readonly text: string;
  /** With capital `I` read as small `l`, where that makes a difference. */
  readonly alternative: string | null;
  readonly start: number;
  readonly end: number;
}

/** What a character is for words: part of one, one by itself, nothing at all, or an end. */
type Kind = 'part' | 'whole' | 'unseen' | 'gap';

interface Folded {
  readonly kind: Kind;
  readonly text: string;
}

const GAP: Folded = { kind: 'gap', text: '' };
const UNSEEN: Folded = { kind: 'unseen', text: '' };

/** Looks like a small `l`. */
export const CAPITAL_I = 0x49;

/** Scripts that put no spaces between words, so that each character stands for itself. */
const UNSPACED =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const LETTERS = /^[\p{L}\p{N}]+$/u;
const MARKS = /[\p{M}\p{Default_Ignorable_Code_Point}]/gu;
const NOT_LETTERS = /[^\p{L}\p{N}]/gu;
const PICTURE = /^\p{Extended_Pictographic}/u;

/** Letters that the table of look-alikes leaves apart from the plain ones: small capitals, and two of its own. */
const SMALL_CAPITALS = new Map(
  Array.from('ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢĸʍ', (letter, at) => [letter, 'abcdefghijklmnoprstuvwyzkm'.charAt(at)]),
);

/** Characters that were folded; bounded by what a chat writes, and by this. */
const known = new Map<number, Folded>();
const MAX_KNOWN = 20_000;

/** The words of `text`, in order. Conjoining Hangul must have been composed: see {@link composed}. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let start = -1;
  let word = '';
  let alternative: string | null = null;
  const end = (at: number): void => {
    if (start >= 0 && word !== '') tokens.push({ text: word, alternative, start, end: at });
    start = -1;
    word = '';
    alternative = null;
  };
  for (let at = 0; at < text.length;) {
    const code = text.codePointAt(at) ?? 0;
    const size = code > 0xffff ? 2 : 1;
    const folded = fold(code);
    switch (folded.kind) {
      case 'part':
        if (start < 0) start = at;
        if (code === CAPITAL_I) alternative = `${alternative ?? word}l`;
        else if (alternative !== null) alternative += folded.text;
        word += folded.text;
        break;
      case 'whole':
        end(at);
        tokens.push({ text: folded.text, alternative: null, start: at, end: at + size });
        break;
      case 'gap':
        end(at);
        break;
      case 'unseen':
    }
    at += size;
  }
  end(text.length);
  return tokens;
}

/** `text` with Hangul that is written in parts put together, so that its syllables are characters. */
export function composed(text: string): string {
  return /[\u1100-\u11ff]/.test(text) ? text.normalize('NFC') : text;
}

/** `text` for finding out whether two say the same: its words, or itself where it has none. */
export function sameness(text: string): string {
  const words = tokensOf(composed(text));
  return words.length === 0 ? text.trim() : words.map((token) => token.text).join(' ');
}

/** Whether `text` is plain ASCII. */
export function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) >= 0x80) return false;
  return true;
}

/** Whether the ASCII character `code` is part of a word. */
export function isAsciiPart(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}

function fold(code: number): Folded {
  let folded = known.get(code);
  if (folded === undefined) {
    folded = foldAnew(code);
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(code, folded);
  }
  return folded;
}

function foldAnew(code: number): Folded {
  const char = String.fromCodePoint(code);
  if (code < 0x80) return isAsciiPart(code) ? { kind: 'part', text: char.toLowerCase() } : GAP;
  // Combining marks, joiners, variation selectors: what accents are made of, and what words are cut apart with.
  if (char.replace(MARKS, '') === '') return UNSEEN;
  if (UNSPACED.test(char)) return { kind: 'whole', text: char.normalize('NFKC').toLowerCase() };
  const plain = char.toLowerCase().normalize('NFKD').replace(MARKS, '').toLowerCase();
  if (UNSPACED.test(plain)) return { kind: 'whole', text: plain };
  if (!LETTERS.test(plain)) return PICTURE.test(char) ? { kind: 'whole', text: char } : GAP;
  return { kind: 'part', text: Array.from(plain, plainLetter).join('') };
}

/** The plain letters that the letter looks like. */
function plainLetter(letter: string): string {
  if (letter < '\x80') return letter;
  const look = unhomoglyph(letter).normalize('NFKD').replace(NOT_LETTERS, '').toLowerCase();
  if (look === '') return letter;
  // So the table writes `m`.
  if (look === 'rn') return 'm';
  return Array.from(look, (one) => SMALL_CAPITALS.get(one) ?? one).join('');
}
