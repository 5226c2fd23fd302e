/**
 * The shard's way to commit what only grows: how far its users have come, with each other's whispers or in channels.
 *
 * One write is on its way at a time. What comes meanwhile gathers by its key: any number of marks with one key is one, and
 * everyone who waits hears of the same outcome. What a write can come to:
 * - ok: everyone is told how it stands as it was committed, at least as far as they marked it;
 * - unavailable: it may have been committed or not, which is the same, for the marks go back to those that wait and are
 *   tried again with growing pauses.
 *
 * Who has waited `giveUpMs` for a write to begin is told `unavailable`, whatever the store does meanwhile; a mark that nobody
 * waits for any more is dropped.
 */
import { failure, type Failure } from '../protocol/errors.ts';
import type { Result } from '../protocol/result.ts';
import type { ShardPorts } from './ports/shard-ports.ts';
import { FIRST_PAUSE_MS, nextPause, paused } from './retry-pause.ts';

/** Bounds of marks. */
export interface MarkBounds {
  /** Marks in one write. */
  readonly batchMarks: number;
  /** Marks that may wait for a commit. */
  readonly heldMarks: number;
  /** After so long without a commit a mark is answered `unavailable`, ms. */
  readonly giveUpMs: number;
}

/** What production runs with. */
export const MARK_BOUNDS: MarkBounds = { batchMarks: 400, heldMarks: 20_000, giveUpMs: 5_000 };

/** How marks of one kind are told apart, joined and stored. */
export interface MarkKind<Mark, Marked> {
  keyOf(mark: Mark): string;
  /** Two marks with one key as one. */
  join(a: Mark, b: Mark): Mark;
  /** Commits marks, no two with one key; answers in any order. */
  store(marks: readonly Mark[]): Promise<Result<readonly Marked[]>>;
  /** The key of the mark that this is the outcome of. */
  keyOfMarked(marked: Marked): string;
  /** What is told of a mark that the store has no outcome for. */
  readonly missing: Failure;
}

/** Hears what becomes of a mark, exactly once. */
export type Settle<Marked> = (outcome: Marked | Failure) => void;

interface Waiting<Marked> {
  readonly settle: Settle<Marked>;
  /** Monotonic ms at which it is given up. */
  readonly until: number;
}

/** All marks with one key, joined. */
interface Held<Mark, Marked> {
  mark: Mark;
  /** In the order of their coming. */
  waiting: Waiting<Marked>[];
}

export class JoinedMarks<Mark, Marked> {
  readonly #kind: MarkKind<Mark, Marked>;
  readonly #ports: Pick<ShardPorts, 'timers' | 'logger'>;
  readonly #bounds: MarkBounds;
  /** By key; those that were marked first are in front. */
  #held = new Map<string, Held<Mark, Marked>>();
  #depth = 0;
  #running: Promise<void> | null = null;
  #cancelExpiry: (() => void) | null = null;
  #closed = false;

  constructor(
    kind: MarkKind<Mark, Marked>,
    ports: Pick<ShardPorts, 'timers' | 'logger'>,
    bounds: MarkBounds,
  ) {
    this.#kind = kind;
    this.#ports = ports;
    this.#bounds = bounds;
  }

  /** Marks that wait or are being written. */
  get depth(): number {
    return this.#depth;
  }

  /** Takes the mark, or says `overloaded` when as many wait as may; `settle` is not called then. */
  add(mark: Mark, settle: Settle<Marked>): Failure | null {
    if (this.#depth >= this.#bounds.heldMarks) {
      return failure('overloaded', 'too many marks wait to be stored', 1_000);
    }
    this.#depth += 1;
    const until = this.#ports.timers.mono() + this.#bounds.giveUpMs;
    this.#hold({ mark, waiting: [{ settle, until }] });
    this.#expireLater();
    this.#running ??= this.#run();
    return null;
  }

  /** Resolves when nothing waits any more. */
  async drained(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  /** Stops trying; what is under way may still be committed. */
  close(): void {
    this.#closed = true;
    this.#cancelExpiry?.();
  }

  async #run(): Promise<void> {
    // What arrives in the same tick goes into the same write.
    await Promise.resolve();
    let pause = FIRST_PAUSE_MS;
    while (this.#held.size > 0 && !this.#closed) {
      const batch = this.#takeBatch();
      const marked = await this.#kind.store(batch.map(({ mark }) => mark));
      if (marked.ok) {
        this.#settle(batch, marked.value);
        pause = FIRST_PAUSE_MS;
        continue;
      }
      this.#ports.logger.warn(
        { reason: marked.failure.message, marks: batch.length },
        'marks could not be stored yet',
      );
      this.#putBack(batch);
      await paused(this.#ports.timers, pause);
      pause = nextPause(pause);
      this.#giveUp(this.#ports.timers.mono());
    }
    this.#running = null;
  }

  #hold(held: Held<Mark, Marked>): void {
    const key = this.#kind.keyOf(held.mark);
    const known = this.#held.get(key);
    if (known === undefined) {
      this.#held.set(key, held);
      return;
    }
    known.mark = this.#kind.join(known.mark, held.mark);
    for (const one of held.waiting) known.waiting.push(one);
  }

  #takeBatch(): readonly Held<Mark, Marked>[] {
    const batch: Held<Mark, Marked>[] = [];
    for (const [key, held] of this.#held) {
      if (batch.length >= this.#bounds.batchMarks) break;
      batch.push(held);
      this.#held.delete(key);
    }
    return batch;
  }

  /** In front of those that came meanwhile. */
  #putBack(batch: readonly Held<Mark, Marked>[]): void {
    const newer = this.#held;
    this.#held = new Map();
    for (const held of batch) this.#hold(held);
    for (const held of newer.values()) this.#hold(held);
  }

  #settle(batch: readonly Held<Mark, Marked>[], marked: readonly Marked[]): void {
    const outcomes = new Map(marked.map((one) => [this.#kind.keyOfMarked(one), one]));
    for (const { mark, waiting } of batch) {
      this.#tell(waiting, outcomes.get(this.#kind.keyOf(mark)) ?? this.#kind.missing);
    }
  }

  /** Sees to it that what waits behind a write is given up in time. */
  #expireLater(): void {
    if (this.#cancelExpiry !== null || this.#held.size === 0) return;
    const { timers } = this.#ports;
    let next = Infinity;
    for (const { waiting } of this.#held.values()) next = Math.min(next, waiting[0]?.until ?? Infinity);
    this.#cancelExpiry = timers.after(next - timers.mono(), () => {
      this.#cancelExpiry = null;
      this.#giveUp(timers.mono());
      this.#expireLater();
    });
  }

  #giveUp(now: number): void {
    for (const [key, held] of this.#held) {
      const late = held.waiting.filter(({ until }) => until <= now);
      if (late.length === 0) continue;
      held.waiting = held.waiting.slice(late.length);
      if (held.waiting.length === 0) this.#held.delete(key);
      this.#tell(late, failure('unavailable', 'the mark could not be stored yet; try again', 1_000));
    }
  }

  #tell(waiting: readonly Waiting<Marked>[], outcome: Marked | Failure): void {
    this.#depth -= waiting.length;
    for (const { settle } of waiting) settle(outcome);
  }
}
