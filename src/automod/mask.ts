/** Stars over parts of a text. */
import { codePoints } from '../protocol/text.ts';
import type { Span } from './words.ts';

/** `text` with a star for each character of `spans`, which may overlap: as many characters as before. */
export function mask(text: string, spans: readonly Span[]): string {
  let masked = '';
  let done = 0;
  for (const { start, end } of [...spans].sort((a, b) => a.start - b.start)) {
    if (end <= done) continue;
    const from = Math.max(start, done);
    masked += text.slice(done, from) + '*'.repeat(codePoints(text.slice(from, end)));
    done = end;
  }
  return masked + text.slice(done);
}
