/**
 * Lines of what people write, cut into text, code, links and emphasis, none of which reaches over the end of a line.
 * Every character is looked at a bounded number of times, whatever stands there; there is no expression here that
 * could go back and try again.
 */
import { harmless, harmlessCode } from './bidi-controls.ts';
import { findLink } from './find-link.ts';
import { SHORT_CODES } from './short-codes.ts';
import type { Work } from './work.ts';

export type EmphasisKind = 'strong' | 'em' | 'del';

/** A piece of a message. `href` is always an absolute http or https address. */
export type TextPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly href: string }
  | { readonly kind: EmphasisKind; readonly parts: readonly TextPart[] };

/** How many more pieces a message may be cut into; what is left then stays plain text. */
export interface Budget {
  pieces: number;
}

/** A mark that may begin or end emphasis. */
interface Mark {
  readonly kind: EmphasisKind;
  readonly text: string;
  readonly opens: boolean;
  readonly closes: boolean;
}

interface OpenEmphasis {
  readonly kind: EmphasisKind;
  readonly mark: string;
  readonly parts: TextPart[];
}

/** What may begin something else than text. */
const SPECIAL = '`*~:hH\n';
const NAME = /[a-z0-9_+-]/;
const MAX_NAME_LENGTH = 40;
const WORD = /[\p{L}\p{N}]/u;
const SPACE = /\s/;

/** Cuts `text`, one line or several. */
export function parseInline(text: string, budget: Budget, work: Work): readonly TextPart[] {
  return new InlineParser(text, budget, work).parse();
}

class InlineParser {
  readonly #text: string;
  readonly #budget: Budget;
  readonly #work: Work;
  readonly #codeEnds: ReadonlyMap<number, number>;
  readonly #outer: TextPart[] = [];
  readonly #open: OpenEmphasis[] = [];
  /** Where the text begins that isn't in a piece yet. */
  #textFrom = 0;
  #at = 0;

  constructor(text: string, budget: Budget, work: Work) {
    this.#text = text;
    this.#budget = budget;
    this.#work = work;
    this.#codeEnds = codeEnds(text, work);
  }

  parse(): readonly TextPart[] {
    while (this.#at < this.#text.length && this.#budget.pieces > 0) {
      this.#work.steps += 1;
      const character = this.#text.charAt(this.#at);
      if (!SPECIAL.includes(character) || !this.#take(character)) this.#at += 1;
    }
    this.#at = this.#text.length;
    this.#endLine();
    return this.#outer;
  }

  /** Takes what `character` begins; false when it is nothing but text. */
  #take(character: string): boolean {
    switch (character) {
      case '\n':
        this.#endLine();
        return false;
      case '`':
        return this.#takeCode();
      case ':':
        return this.#takeShortCode();
      case '*':
      case '~':
        return this.#takeMarks(character);
      default:
        return this.#takeLink();
    }
  }

  /** Emphasis that was begun and not ended on this line is none. */
  #endLine(): void {
    this.#flush();
    while (this.#open.length > 0) this.#giveUp();
  }

  #takeCode(): boolean {
    const run = runLength(this.#text, this.#at, this.#work);
    const end = this.#codeEnds.get(this.#at);
    if (end === undefined) {
      this.#at += run;
      return true;
    }
    const text = harmlessCode(this.#text.slice(this.#at + run, end));
    this.#add(end + run, { kind: 'code', text });
    return true;
  }

  #takeLink(): boolean {
    const link = findLink(this.#text, this.#at, this.#work);
    if (link === null) return false;
    if (link.href === null) this.#at = link.end;
    else this.#add(link.end, { kind: 'link', text: this.#text.slice(this.#at, link.end), href: link.href });
    return true;
  }

  #takeShortCode(): boolean {
    // Behind digits, letters and other colons they are times, ratios and names of programs; not behind another code.
    const before = characterBefore(this.#text, this.#at);
    if (this.#textFrom < this.#at && (before === ':' || WORD.test(before))) return false;
    let end = this.#at + 1;
    while (end - this.#at <= MAX_NAME_LENGTH && NAME.test(this.#text.charAt(end))) end += 1;
    this.#work.steps += end - this.#at;
    if (this.#text.charAt(end) !== ':') return false;
    const emoji = SHORT_CODES.get(this.#text.slice(this.#at + 1, end));
    if (emoji === undefined) return false;
    this.#add(end + 1, { kind: 'text', text: emoji });
    return true;
  }

  #takeMarks(character: string): boolean {
    const run = runLength(this.#text, this.#at, this.#work);
    const marks = this.#marks(character, run);
    if (marks.length === 0) {
      this.#at += run;
      return true;
    }
    this.#flush();
    for (const mark of marks) this.#apply(mark);
    this.#at += run;
    this.#textFrom = this.#at;
    return true;
  }

  /** `**` is strong, `*` emphasis, three are both, `~~` is struck through; other runs are text. */
  #marks(character: string, run: number): readonly Mark[] {
    const before = characterBefore(this.#text, this.#at);
    const after = characterAt(this.#text, this.#at + run);
    const opens = after !== '' && !SPACE.test(after);
    const closes = before !== '' && !SPACE.test(before);
    if (character === '~') return run === 2 ? [{ kind: 'del', text: '~~', opens, closes }] : [];
    const strong: Mark = { kind: 'strong', text: '**', opens, closes };
    // A single star within a word is more often a product than emphasis.
    const em: Mark = {
      kind: 'em',
      text: '*',
      opens: opens && !WORD.test(before),
      closes: closes && !WORD.test(after),
    };
    if (run === 1) return [em];
    if (run === 2) return [strong];
    if (run !== 3) return [];
    return this.#open.at(-1)?.kind === 'em' ? [em, strong] : [strong, em];
  }

  #apply(mark: Mark): void {
    const isOpen = this.#open.some((open) => open.kind === mark.kind);
    if (isOpen && mark.closes) {
      while (this.#open.at(-1)?.kind !== mark.kind) this.#giveUp();
      const emphasis = this.#open.pop();
      if (emphasis !== undefined) this.#push({ kind: mark.kind, parts: emphasis.parts });
    } else if (!isOpen && mark.opens) {
      this.#open.push({ kind: mark.kind, mark: mark.text, parts: [] });
    } else {
      this.#push({ kind: 'text', text: mark.text });
    }
  }

  /** The innermost emphasis that was begun has no end: its mark is text. */
  #giveUp(): void {
    const emphasis = this.#open.pop();
    if (emphasis === undefined) return;
    this.#push({ kind: 'text', text: emphasis.mark });
    for (const part of emphasis.parts) this.#push(part);
  }

  #add(end: number, part: TextPart): void {
    this.#flush();
    this.#push(part);
    this.#at = end;
    this.#textFrom = end;
  }

  #flush(): void {
    if (this.#at > this.#textFrom)
      this.#push({ kind: 'text', text: harmless(this.#text.slice(this.#textFrom, this.#at)) });
    this.#textFrom = this.#at;
  }

  #push(part: TextPart): void {
    this.#work.steps += 1;
    const parts = this.#open.at(-1)?.parts ?? this.#outer;
    const last = parts.at(-1);
    if (part.kind === 'text' && last?.kind === 'text') {
      parts[parts.length - 1] = { kind: 'text', text: last.text + part.text };
      return;
    }
    this.#budget.pieces -= 1;
    parts.push(part);
  }
}

/** Where the code ends that begins at a run of backticks: at the next run of the same length on its line. */
function codeEnds(text: string, work: Work): ReadonlyMap<number, number> {
  const ends = new Map<number, number>();
  /** Of each length the nearest run that stands before here on this line and isn't closed. */
  const open = new Map<number, number>();
  let at = 0;
  while (at < text.length) {
    work.steps += 1;
    const character = text.charAt(at);
    if (character === '`') {
      const length = runLength(text, at, work);
      const start = open.get(length);
      if (start !== undefined) ends.set(start, at);
      open.set(length, at);
      at += length;
    } else {
      if (character === '\n') open.clear();
      at += 1;
    }
  }
  return ends;
}

function runLength(text: string, from: number, work: Work): number {
  const character = text.charAt(from);
  let end = from + 1;
  while (text.charAt(end) === character) end += 1;
  work.steps += end - from;
  return end - from;
}

/** The whole character that begins at `index`, or the empty string. */
function characterAt(text: string, index: number): string {
  const code = text.codePointAt(index);
  return code === undefined ? '' : String.fromCodePoint(code);
}

/** The whole character that ends before `index`, or the empty string. */
function characterBefore(text: string, index: number): string {
  const pair = index >= 2 ? characterAt(text, index - 2) : '';
  return pair.length === 2 ? pair : text.slice(Math.max(0, index - 1), index);
}
