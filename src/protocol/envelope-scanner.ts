/**
 * Reads the routing fields of a request out of its bytes, without building an object of the body.
 *
 * Strict at depth one, lenient below: what lies inside values is skipped by counting brackets outside of strings, and
 * the shard that parses the frame has the last word. For every text that `JSON.parse` takes as an object, the fields
 * found here are the ones that it finds; a field that stands twice is a problem here, where `JSON.parse` would take
 * the last one. Nothing here recurses, so nesting can't exhaust the stack.
 */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

const FIELDS = ['type', 'channelId', 'ref', 'data'] as const;
type Field = (typeof FIELDS)[number];
const FIELD_BYTES = FIELDS.map((name) => new TextEncoder().encode(name));
const decoder = new TextDecoder();

/** Why a frame can't be routed. */
export type ScanProblem =
  | 'not an object'
  | 'malformed JSON'
  | 'a field stands twice'
  | 'type must be a string'
  | 'channelId must be a string'
  | 'ref must be a string';

/** Reused for frame after frame: `scan` overwrites what it found before. */
export class EnvelopeScanner {
  type: string | undefined;
  channelId: string | undefined;
  ref: string | undefined;
  /** Members of the object in `data`, counted with repetition; 0 when `data` is absent or no object. */
  dataMembers = 0;

  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;

  /** Scans one frame's UTF-8 bytes; null when the fields can be trusted. */
  scan(bytes: Uint8Array): ScanProblem | null {
    this.type = undefined;
    this.channelId = undefined;
    this.ref = undefined;
    this.dataMembers = 0;
    this.#bytes = bytes;
    this.#at = 0;
    const problem = this.#object();
    this.#bytes = bytes.subarray(0, 0);
    return problem;
  }

  #object(): ScanProblem | null {
    if (this.#next() !== OPEN_BRACE) return 'not an object';
    this.#at += 1;
    let seen = 0;
    if (this.#next() === CLOSE_BRACE) return this.#end();
    for (;;) {
      if (this.#next() !== QUOTE) return 'malformed JSON';
      const keyStart = this.#at;
      if (!this.#skipString()) return 'malformed JSON';
      const field = this.#field(keyStart + 1, this.#at - 1);
      if (this.#next() !== COLON) return 'malformed JSON';
      this.#at += 1;
      if (field >= 0) {
        if ((seen & (1 << field)) !== 0) return 'a field stands twice';
        seen |= 1 << field;
      }
      const problem = this.#value(FIELDS[field]);
      if (problem !== null) return problem;
      const separator = this.#next();
      this.#at += 1;
      if (separator === CLOSE_BRACE) return this.#tail();
      if (separator !== COMMA) return 'malformed JSON';
    }
  }

  #end(): ScanProblem | null {
    this.#at += 1;
    return this.#tail();
  }

  #tail(): ScanProblem | null {
    this.#next();
    return this.#at >= this.#bytes.length ? null : 'malformed JSON';
  }

  #value(field: Field | undefined): ScanProblem | null {
    const first = this.#next();
    const start = this.#at;
    if (first === QUOTE) {
      if (!this.#skipString()) return 'malformed JSON';
      if (field === undefined || field === 'data') return null;
      const text = this.#text(start, this.#at);
      if (text === undefined) return 'malformed JSON';
      this[field] = text;
      return null;
    }
    if (field !== undefined && field !== 'data') return `${field} must be a string`;
    if (first === OPEN_BRACE || first === OPEN_BRACKET) {
      const members = this.#skipNested();
      if (members < 0) return 'malformed JSON';
      if (field === 'data' && first === OPEN_BRACE) this.dataMembers = members;
      return null;
    }
    this.#skipScalar();
    return this.#at === start ? 'malformed JSON' : null;
  }

  /** Skips white space; the byte there, or −1 at the end. */
  #next(): number {
    const bytes = this.#bytes;
    let at = this.#at;
    let byte = bytes[at];
    while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) {
      at += 1;
      byte = bytes[at];
    }
    this.#at = at;
    return byte ?? -1;
  }

  /** From an opening quote to behind the closing one; false when there is none. */
  #skipString(): boolean {
    const bytes = this.#bytes;
    const end = bytes.length;
    let at = this.#at + 1;
    while (at < end) {
      const byte = bytes[at];
      if (byte === QUOTE) {
        this.#at = at + 1;
        return true;
      }
      at += byte === BACKSLASH ? 2 : 1;
    }
    return false;
  }

  /** From an opening bracket to behind its match; the members of the outermost, or −1 when it doesn't close. */
  #skipNested(): number {
    const bytes = this.#bytes;
    const end = bytes.length;
    let depth = 0;
    let members = 0;
    while (this.#at < end) {
      const byte = bytes[this.#at];
      if (byte === QUOTE) {
        if (!this.#skipString()) return -1;
        continue;
      }
      this.#at += 1;
      if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        depth += 1;
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        depth -= 1;
        if (depth === 0) return members;
      } else if (byte === COLON && depth === 1) {
        members += 1;
      }
    }
    return -1;
  }

  #skipScalar(): void {
    const bytes = this.#bytes;
    const end = bytes.length;
    let at = this.#at;
    while (at < end) {
      const byte = bytes[at];
      if (
        byte === COMMA ||
        byte === CLOSE_BRACE ||
        byte === CLOSE_BRACKET ||
        byte === COLON ||
        byte === QUOTE
      )
        break;
      if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) break;
      at += 1;
    }
    this.#at = at;
  }

  /** Index in FIELDS of the key between two offsets, or −1. */
  #field(start: number, end: number): number {
    const bytes = this.#bytes;
    for (let at = start; at < end; at += 1) {
      if (bytes[at] === BACKSLASH) {
        const key = this.#text(start - 1, end + 1);
        return FIELDS.findIndex((name) => name === key);
      }
    }
    for (let index = 0; index < FIELD_BYTES.length; index += 1) {
      const name = FIELD_BYTES[index];
      if (name === undefined || name.length !== end - start) continue;
      let same = 0;
      while (same < name.length && bytes[start + same] === name[same]) same += 1;
      if (same === name.length) return index;
    }
    return -1;
  }

  /** The string literal between two offsets (quotes included), or undefined when it is none. */
  #text(start: number, end: number): string | undefined {
    const literal = decoder.decode(this.#bytes.subarray(start, end));
    try {
      const value: unknown = JSON.parse(literal);
      return typeof value === 'string' ? value : undefined;
    } catch {
      return undefined;
    }
  }
}
