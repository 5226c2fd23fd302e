/**
 * What people write, cut into blocks: lines of text, quotes, and code between fences. The result is data for the page
 * to make elements of; nothing of a message is ever read as markup. The work is linear in the length, and what comes
 * out is bounded, whatever stands in the message.
 *
 * - code: lines between a line of three backticks, with or without the name of a language, and another such line
 * - quote: lines that begin with `> `
 * - in a line: `code`, web addresses, **strong**, *emphasis*, ~~struck through~~, and :short_codes: of emoji
 */
import { harmlessCode } from './bidi-controls.ts';
import { parseInline, type TextPart } from './parse-inline.ts';
import type { Work } from './work.ts';

export type { TextPart } from './parse-inline.ts';

/** A part of a message that stands on lines of its own. `language`: as it was written, or empty. */
export type TextBlock =
  | { readonly kind: 'lines' | 'quote'; readonly parts: readonly TextPart[] }
  | { readonly kind: 'code'; readonly language: string; readonly text: string };

/** Most pieces that a message is cut into, and most blocks. */
const MAX_PIECES = 400;
const MAX_BLOCKS = 60;

const FENCE = '```';
const MAX_LANGUAGE_LENGTH = 20;
const LANGUAGE = /^[A-Za-z0-9+#._-]*$/;

/** Cuts `content`. `work` counts what that took. */
export function parseText(content: string, work: Work = { steps: 0 }): readonly TextBlock[] {
  const lines = content.split('\n');
  work.steps += content.length;
  const closings = fenceEnds(lines, work);
  const budget = { pieces: MAX_PIECES };
  const blocks: TextBlock[] = [];
  let at = 0;
  while (at < lines.length) {
    const isLast = blocks.length >= MAX_BLOCKS - 1;
    const closing = isLast ? undefined : closings[at];
    const language = fenceLanguage(lines[at] ?? '');
    if (language !== null && closing !== undefined && closing > at + 1) {
      blocks.push({
        kind: 'code',
        language,
        text: harmlessCode(lines.slice(at + 1, closing).join('\n')),
      });
      at = closing + 1;
      continue;
    }
    const kind = !isLast && isQuoted(lines[at]) ? 'quote' : 'lines';
    const from = at;
    at += 1;
    while (at < lines.length && (isLast || continues(kind, lines, closings, at))) at += 1;
    const texts = lines.slice(from, at).map((line) => (kind === 'quote' ? line.slice(2) : line));
    blocks.push({ kind, parts: parseInline(texts.join('\n'), budget, work) });
  }
  return blocks;
}

/** Whether line `at` belongs to the block of lines, or of quoted lines, that is being read. */
function continues(
  kind: 'lines' | 'quote',
  lines: readonly string[],
  closings: readonly (number | undefined)[],
  at: number,
): boolean {
  const closing = closings[at];
  const beginsCode = closing !== undefined && closing > at + 1 && fenceLanguage(lines[at] ?? '') !== null;
  return !beginsCode && isQuoted(lines[at]) === (kind === 'quote');
}

function isQuoted(line: string | undefined): boolean {
  return line !== undefined && (line === '>' || line.startsWith('> '));
}

/** The language that a line which opens a block of code names, empty for none; null when the line doesn't open one. */
function fenceLanguage(line: string): string | null {
  if (!line.startsWith(FENCE)) return null;
  const language = line.slice(FENCE.length, FENCE.length + MAX_LANGUAGE_LENGTH + 2).trim();
  return language.length <= MAX_LANGUAGE_LENGTH && LANGUAGE.test(language) ? language : null;
}

/** For each line the number of the next one behind it that closes a block of code. */
function fenceEnds(lines: readonly string[], work: Work): readonly (number | undefined)[] {
  const ends = new Array<number | undefined>(lines.length);
  let next: number | undefined;
  for (let at = lines.length - 1; at >= 0; at -= 1) {
    ends[at] = next;
    if (lines[at]?.trimEnd() === FENCE) next = at;
    work.steps += 1;
  }
  return ends;
}
