/**
 * The shard's way to commit how far its users have come with each other's whispers.
 *
 * One write is on its way at a time. What is marked meanwhile gathers by conversation: marks only grow, so any number of
 * them is one, and everyone who waits hears of the same outcome. What a write can come to:
 * - ok: everyone is told the conversation as it was committed, at least as far as they marked it;
 * - unavailable: it may have been committed or not, which is the same, for the marks go back to those that wait and are
 *   tried again with growing pauses.
 *
 * Who has waited `giveUpMs` for a write to begin is told `unavailable`, whatever the store does meanwhile; a mark that nobody
 * waits for any more is dropped.
 */
import { failure, type Failure } from '../protocol/errors.ts';
import type { InboxMark, InboxStore, MarkedConversation } from './ports/inbox-store.ts';
import type { ShardPorts } from './ports/shard-ports.ts';
import { FIRST_PAUSE_MS, nextPause, paused } from './retry-pause.ts';

/** Bounds of marks. */
export interface MarkBounds {
  /** Conversations in one write. */
  readonly batchMarks: number;
  /** Marks that may wait for a commit. */
  readonly heldMarks: number;
  /** After so long without a commit a mark is answered `unavailable`, ms. */
  readonly giveUpMs: number;
}

/** What production runs with. */
export const MARK_BOUNDS: MarkBounds = { batchMarks: 400, heldMarks: 20_000, giveUpMs: 5_000 };

/** Hears what becomes of a mark, exactly once. */
export type SettleMark = (outcome: MarkedConversation | Failure) => void;

interface Waiting {
  readonly settle: SettleMark;
  /** Monotonic ms at which it is given up. */
  readonly until: number;
}

/** All marks of one conversation, joined. */
interface HeldMark {
  readonly owner: string;
  readonly correspondent: string;
  delivered: number;
  read: number;
  /** In the order of their coming. */
  waiting: Waiting[];
}

export class MarkBatch {
  readonly #store: Pick<InboxStore, 'mark'>;
  readonly #ports: Pick<ShardPorts, 'timers' | 'logger'>;
  readonly #bounds: MarkBounds;
  /** By conversation; those that were marked first are in front. */
  #held = new Map<string, HeldMark>();
  #depth = 0;
  #running: Promise<void> | null = null;
  #cancelExpiry: (() => void) | null = null;
  #closed = false;

  constructor(
    store: Pick<InboxStore, 'mark'>,
    ports: Pick<ShardPorts, 'timers' | 'logger'>,
    bounds: MarkBounds,
  ) {
    this.#store = store;
    this.#ports = ports;
    this.#bounds = bounds;
  }

  /** Marks that wait or are being written. */
  get depth(): number {
    return this.#depth;
  }

  /** Takes the mark, or says `overloaded` when as many wait as may; `settle` is not called then. */
  add({ owner, correspondent, delivered, read }: InboxMark, settle: SettleMark): Failure | null {
    if (this.#depth >= this.#bounds.heldMarks) {
      return failure('overloaded', 'too many marks wait to be stored', 1_000);
    }
    this.#depth += 1;
    const until = this.#ports.timers.mono() + this.#bounds.giveUpMs;
    this.#hold({ owner, correspondent, delivered, read, waiting: [{ settle, until }] });
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
      const marked = await this.#store.mark(
        batch.map(({ owner, correspondent, delivered, read }) => ({ owner, correspondent, delivered, read })),
      );
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

  #hold(mark: HeldMark): void {
    const key = keyOf(mark.owner, mark.correspondent);
    const known = this.#held.get(key);
    if (known === undefined) {
      this.#held.set(key, mark);
      return;
    }
    known.delivered = Math.max(known.delivered, mark.delivered);
    known.read = Math.max(known.read, mark.read);
    for (const one of mark.waiting) known.waiting.push(one);
  }

  #takeBatch(): readonly HeldMark[] {
    const batch: HeldMark[] = [];
    for (const [key, mark] of this.#held) {
      if (batch.length >= this.#bounds.batchMarks) break;
      batch.push(mark);
      this.#held.delete(key);
    }
    return batch;
  }

  /** In front of those that came meanwhile. */
  #putBack(batch: readonly HeldMark[]): void {
    const newer = this.#held;
    this.#held = new Map();
    for (const mark of batch) this.#hold(mark);
    for (const mark of newer.values()) this.#hold(mark);
  }

  #settle(batch: readonly HeldMark[], marked: readonly MarkedConversation[]): void {
    const outcomes = new Map(marked.map((one) => [keyOf(one.owner, one.state.correspondent), one]));
    for (const { owner, correspondent, waiting } of batch) {
      const outcome =
        outcomes.get(keyOf(owner, correspondent)) ?? failure('not_found', 'no such conversation');
      this.#tell(waiting, outcome);
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
    for (const [key, mark] of this.#held) {
      const late = mark.waiting.filter(({ until }) => until <= now);
      if (late.length === 0) continue;
      mark.waiting = mark.waiting.slice(late.length);
      if (mark.waiting.length === 0) this.#held.delete(key);
      this.#tell(late, failure('unavailable', 'the mark could not be stored yet; try again', 1_000));
    }
  }

  #tell(waiting: readonly Waiting[], outcome: MarkedConversation | Failure): void {
    this.#depth -= waiting.length;
    for (const { settle } of waiting) settle(outcome);
  }
}

/** Ids hold no U+0000. */
function keyOf(owner: string, correspondent: string): string {
  return `${owner}\0${correspondent}`;
}
