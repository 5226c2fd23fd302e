/**
 * Whom a text mentions, by name: `@ada`, and `@"Ada L"` for names with spaces or other signs; `@here` stands for those who
 * are present. What lies in code or in a link mentions nobody, and neither does an `@` behind a word, as in an address of
 * mail, behind `/`, or behind `\`. Code is what the chat page shows as code: lines between fences of three backticks, and
 * within a line what stands between runs of as many backticks.
 *
 * Every character is looked at a bounded number of times, whatever stands in the text.
 */
import { MAX_MENTION_CANDIDATES, MAX_NAME_LENGTH } from './limits.ts';
import { nameKey } from './text.ts';

/** The names that a text mentions, whether anybody has them or not. */
export interface MentionedNames {
  /** As {@link nameKey} has them, each once, in order; at most MAX_MENTION_CANDIDATES. */
  readonly names: readonly string[];
  /** Whether `@here` is among them. */
  readonly here: boolean;
}

/** Counts what the parser does, so that a test can hold it to a bound without a clock. */
export interface Work {
  steps: number;
}

/** Nobody. */
export const NO_NAMES: MentionedNames = Object.freeze({ names: Object.freeze([]), here: false });

const FENCE = '```';
const OPENING_FENCE = /^```[ \t]*[A-Za-z0-9+#._-]{0,20}[ \t]*$/;
const HERE = 'here';
/** Behind these an `@` is a part of something else. Words of scripts that put no spaces between them aren't. */
const NOT_BEHIND = /[A-Za-z0-9_@/\\]/;
/** What a name without quotes is made of; full stops and hyphens at its end are the sentence's. */
const BARE = /[\p{L}\p{M}\p{N}_.-]/u;
/** Within quotes: compatibility forms are longer than the names that they come to. */
const MAX_QUOTED_LENGTH = 4 * MAX_NAME_LENGTH;

/** The names that `content` mentions. */
export function mentionedNames(content: string, work: Work = { steps: 0 }): MentionedNames {
  if (!content.includes('@')) return NO_NAMES;
  const names = new Set<string>();
  for (const line of proseLines(content, work)) {
    if (line.includes('@')) findInLine(line, names, work);
  }
  const here = names.delete(HERE_MARK);
  return { names: [...names].slice(0, MAX_MENTION_CANDIDATES), here };
}

/** Stands for `@here` among names, which hold no control characters; somebody may be called so: `@"here"`. */
const HERE_MARK = '\n';

/** The lines that aren't code between fences. */
function proseLines(content: string, work: Work): readonly string[] {
  const lines = content.split('\n');
  work.steps += content.length;
  if (!content.includes(FENCE)) return lines;
  const closings = closingFences(lines);
  const prose: string[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const closing = closings[at];
    if (closing !== undefined && closing > at + 1 && OPENING_FENCE.test(line)) at = closing;
    else prose.push(line);
  }
  return prose;
}

/** For each line the number of the next one behind it that closes a block of code. */
function closingFences(lines: readonly string[]): readonly (number | undefined)[] {
  const closings = new Array<number | undefined>(lines.length);
  let next: number | undefined;
  for (let at = lines.length - 1; at >= 0; at -= 1) {
    closings[at] = next;
    if (lines[at]?.trimEnd() === FENCE) next = at;
  }
  return closings;
}

function findInLine(line: string, names: Set<string>, work: Work): void {
  const codeEnds = line.includes('`') ? endsOfCode(line, work) : null;
  let at = 0;
  while (at < line.length) {
    work.steps += 1;
    const character = line.charAt(at);
    if (character === '`') {
      const run = runLength(line, at, work);
      at = (codeEnds?.get(at) ?? at) + run;
    } else if ((character === 'h' || character === 'H') && isLink(line, at)) {
      at = endOfWord(line, at, work);
    } else if (character === '@' && !(at > 0 && NOT_BEHIND.test(line.charAt(at - 1)))) {
      at = takeName(line, at + 1, names, work);
    } else {
      at += 1;
    }
  }
}

/** Takes the name that begins at `from`, behind its `@`; where to go on. */
function takeName(line: string, from: number, names: Set<string>, work: Work): number {
  const isQuoted = line.charAt(from) === '"';
  const name = isQuoted ? quotedName(line, from + 1, work) : bareName(line, from, work);
  if (name === null) return from;
  const key = nameKey(name.replace(/ +/g, ' ').trim());
  if (key !== '') names.add(!isQuoted && key === HERE ? HERE_MARK : key);
  return from + name.length + (isQuoted ? 2 : 0);
}

function quotedName(line: string, from: number, work: Work): string | null {
  const near = line.slice(from, from + MAX_QUOTED_LENGTH + 1);
  work.steps += near.length;
  const end = near.indexOf('"');
  return end <= 0 ? null : near.slice(0, end);
}

function bareName(line: string, from: number, work: Work): string | null {
  let end = from;
  for (let length = 0; end < line.length; length += 1) {
    work.steps += 1;
    const character = String.fromCodePoint(line.codePointAt(end) ?? 0);
    if (!BARE.test(character)) break;
    if (length === MAX_NAME_LENGTH) return null;
    end += character.length;
  }
  while (end > from && '.-'.includes(line.charAt(end - 1))) end -= 1;
  return end === from ? null : line.slice(from, end);
}

function isLink(line: string, at: number): boolean {
  return /^https?:\/\//i.test(line.slice(at, at + 8));
}

function endOfWord(line: string, from: number, work: Work): number {
  let end = from;
  while (end < line.length && !/\s/.test(line.charAt(end))) end += 1;
  work.steps += end - from;
  return end;
}

/** Where the code ends that begins at a run of backticks: at the next run of the same length. */
function endsOfCode(line: string, work: Work): ReadonlyMap<number, number> {
  const ends = new Map<number, number>();
  /** Of each length the nearest run that stands before here and isn't closed. */
  const open = new Map<number, number>();
  let at = 0;
  while (at < line.length) {
    work.steps += 1;
    if (line.charAt(at) !== '`') {
      at += 1;
      continue;
    }
    const length = runLength(line, at, work);
    const start = open.get(length);
    if (start !== undefined) ends.set(start, at);
    open.set(length, at);
    at += length;
  }
  return ends;
}

function runLength(line: string, from: number, work: Work): number {
  let end = from + 1;
  while (line.charAt(end) === '`') end += 1;
  work.steps += end - from;
  return end - from;
}
