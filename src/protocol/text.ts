/** What may stand in text that people write. */
import { MAX_CONTENT_LENGTH, MAX_QUOTE_LENGTH } from './limits.ts';

/** Length of `text` in Unicode code points. */
export function codePoints(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length - 1; i += 1) {
    if (isHighSurrogate(text.charCodeAt(i)) && isLowSurrogate(text.charCodeAt(i + 1))) {
      count -= 1;
      i += 1;
    }
  }
  return count;
}

/** Bytes of well-formed `text` in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    // A surrogate pair is four bytes: two for each of its halves.
    bytes += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return bytes;
}

/** Whether `text` is well-formed Unicode without U+0000, which PostgreSQL can't hold. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

/**
 * Whether every text in `json`, as JSON.stringify writes it, is storable: a lone surrogate is `\ud800` … `\udfff` there and
 * U+0000 `\u0000`, behind an even run of backslashes.
 */
export function isStorableJson(json: string): boolean {
  return !/(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/.test(json);
}

/** The beginning of a message's content that a quote of it tells. */
export function quotedText(content: string): string {
  if (content.length <= MAX_QUOTE_LENGTH) return content;
  return Array.from(content.slice(0, 2 * MAX_QUOTE_LENGTH))
    .slice(0, MAX_QUOTE_LENGTH)
    .join('');
}

/** What is wrong with a message's content, or null: empty, over {@link MAX_CONTENT_LENGTH}, or not storable. */
export function contentProblem(content: string): 'empty' | 'too_large' | 'malformed' | null {
  if (content.length === 0) return 'empty';
  // A code point is at most two code units, so most texts need no count.
  if (content.length > MAX_CONTENT_LENGTH && codePoints(content) > MAX_CONTENT_LENGTH) return 'too_large';
  return isStorable(content) ? null : 'malformed';
}

/** Whether `text` holds a control character (C0, DEL or C1). */
export function hasControlCharacters(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit < 0x20 || (unit >= 0x7f && unit <= 0x9f)) return true;
  }
  return false;
}

/** `text` without regard to case and width, for comparing names (NFKC, lower case). */
export function nameKey(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
