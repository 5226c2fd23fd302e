/** Reads the words behind a slash command, one after the other. */
import type { PersonKey } from '../../protocol/person.ts';

const WORD = /^\S+/;
/** `@ada`, `ada`, `@"Ada L"` or `"Ada L"`. */
const PERSON = /^@?(?:"([^"]+)"|([^\s@]\S*))/;
const DURATION = /^(?:\d+[smhdw])+(?=\s|$)/i;
const PART = /(\d+)([smhdw])/gi;

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

/** What is left of the text moves on with each call; what isn't there leaves it where it was. */
export class ArgumentReader {
  #left: string;

  constructor(text: string) {
    this.#left = text.trim();
  }

  /** Whether nothing is left. */
  get isAtEnd(): boolean {
    return this.#left === '';
  }

  /** Somebody by their name, with or without `@`, in quotes where it holds spaces; null: there is none. */
  person(): PersonKey | null {
    const found = PERSON.exec(this.#left);
    const name = found?.[1] ?? found?.[2];
    if (found === null || name === undefined) return null;
    this.#skip(found[0]);
    return { name };
  }

  /** Seconds, told as `90s`, `10m`, `1h30m`, `2d` or `1w`; undefined: there is no duration. */
  duration(): number | undefined {
    const found = DURATION.exec(this.#left)?.[0];
    if (found === undefined) return undefined;
    this.#skip(found);
    let seconds = 0;
    for (const [, count = '', unit = ''] of found.matchAll(PART)) {
      seconds += Number(count) * (SECONDS[unit.toLowerCase()] ?? 0);
    }
    return seconds;
  }

  /** The next word in lower case; undefined: there is none. */
  word(): string | undefined {
    const found = WORD.exec(this.#left)?.[0];
    if (found !== undefined) this.#skip(found);
    return found?.toLowerCase();
  }

  /** All that is left; undefined: nothing. */
  rest(): string | undefined {
    const rest = this.#left;
    this.#left = '';
    return rest === '' ? undefined : rest;
  }

  #skip(text: string): void {
    this.#left = this.#left.slice(text.length).trimStart();
  }
}
