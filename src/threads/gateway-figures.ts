/**
 * What a gateway counts, in memory that outlives its thread: figures of a gateway go on where its predecessor's ended,
 * and its connections are numbered on. One thread writes; main reads whenever it likes.
 */
import { CLOSE_CODES } from '../protocol/close-codes.ts';
import { DECISION_OUTCOMES, DECISIONS, type Decision, type DecisionOutcome } from '../protocol/decisions.ts';

const OTHER = 'other';
const DECIDED = DECISIONS.flatMap((decision) => DECISION_OUTCOMES.map((outcome) => `${decision} ${outcome}`));
/** RFC 6455's codes that a connection may end with, and ours; what clients make up is counted as `other`. */
const STANDARD_CODES = [1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013];
const CODES = [...STANDARD_CODES, ...Object.values(CLOSE_CODES)].map(String);
/** Of connections whose thread ended: nobody said goodbye (RFC 6455, section 7.1.5). */
const BROKEN = 1006;
const BYTES = Float64Array.BYTES_PER_ELEMENT;
const NUMBERS = 2 ** 32;

/** Counts since the server began. */
export interface GatewayTotals {
  readonly connections: number;
  /** Frames of clients, by type. */
  readonly messagesIn: Readonly<Record<string, number>>;
  /** Frames that were written to sockets, by kind; one for each socket. */
  readonly messagesOut: Readonly<Record<string, number>>;
  /** Connections that ended, by close code. */
  readonly closes: Readonly<Record<string, number>>;
  /** Questions to the program that decides, by `<decision> <outcome>`. */
  readonly decisions: Readonly<Record<string, number>>;
}

export class GatewayFigures {
  readonly #opened: Float64Array;
  readonly #in: NamedCounters;
  readonly #out: NamedCounters;
  readonly #closes: NamedCounters;
  readonly #watchers: Float64Array;
  readonly #decided: NamedCounters;

  /** Over `memory`, which {@link gatewayFiguresMemory} made for the same types. */
  constructor(memory: SharedArrayBuffer, types: readonly string[]) {
    this.#opened = new Float64Array(memory, 0, 1);
    this.#in = new NamedCounters(memory, 1, [...types, OTHER]);
    this.#out = new NamedCounters(memory, this.#in.end, ['event', 'answer', OTHER]);
    this.#closes = new NamedCounters(memory, this.#out.end, [...CODES, OTHER]);
    this.#watchers = new Float64Array(memory, this.#closes.end * BYTES, 1);
    this.#decided = new NamedCounters(memory, this.#closes.end + 1, [...DECIDED, OTHER]);
  }

  /** A frame came in; its type, of those that were named. */
  frame(type: string): void {
    this.#in.add(type, 1);
  }

  /** Frames went out: events to listeners, or answers. */
  sent(kind: 'event' | 'answer', frames: number): void {
    this.#out.add(kind, frames);
  }

  /** A connection ended with this code. */
  closed(code: number): void {
    this.#closes.add(String(code), 1);
  }

  /** Another program was asked; what came of it. */
  decided(decision: Decision, outcome: DecisionOutcome): void {
    this.#decided.add(`${decision} ${outcome}`, 1);
  }

  /** So many connections watch the server's figures. */
  watching(count: number): void {
    this.#watchers[0] = count;
  }

  /** Connections that watch the server's figures. */
  get watchers(): number {
    return this.#watchers[0] ?? 0;
  }

  /** Frames of clients since the server began. */
  get requests(): number {
    return this.#in.sum();
  }

  /** A connection begins; its number (u32), which no earlier one of this gateway has unless 2³² lie between. */
  opened(): number {
    const [before = 0] = this.#opened;
    this.#opened[0] = before + 1;
    return (before + 1) % NUMBERS;
  }

  /** The thread ended, and all of its connections with it. Not to be called while a thread writes. */
  threadEnded(): void {
    this.#closes.add(String(BROKEN), this.totals().connections);
    this.watching(0);
  }

  totals(): GatewayTotals {
    const [opened = 0] = this.#opened;
    return {
      connections: opened - this.#closes.sum(),
      messagesIn: this.#in.entries(),
      messagesOut: this.#out.entries(),
      closes: this.#closes.entries(),
      decisions: this.#decided.entries(),
    };
  }
}

/** Memory for {@link GatewayFigures}, all zero. */
export function gatewayFiguresMemory(types: readonly string[]): SharedArrayBuffer {
  return new SharedArrayBuffer(
    (1 + types.length + 1 + 3 + CODES.length + 1 + 1 + DECIDED.length + 1) * BYTES,
  );
}

/** Counters by name; names that aren't among them are counted by the last one. */
class NamedCounters {
  /** Index of the first cell behind these. */
  readonly end: number;
  readonly #cells: Float64Array;
  readonly #index: ReadonlyMap<string, number>;

  constructor(memory: SharedArrayBuffer, start: number, names: readonly string[]) {
    this.end = start + names.length;
    this.#cells = new Float64Array(memory, start * BYTES, names.length);
    this.#index = new Map(names.map((name, index) => [name, index]));
  }

  add(name: string, count: number): void {
    const index = this.#index.get(name) ?? this.#cells.length - 1;
    // There is one writer, and aligned 64-bit words are written whole.
    this.#cells[index] = (this.#cells[index] ?? 0) + count;
  }

  sum(): number {
    return this.#cells.reduce((sum, count) => sum + count, 0);
  }

  /** Those that aren't 0. */
  entries(): Record<string, number> {
    const counted = [...this.#index].map(([name, index]) => [name, this.#cells[index] ?? 0] as const);
    return Object.fromEntries(counted.filter(([, count]) => count > 0));
  }
}
