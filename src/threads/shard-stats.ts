/** A shard's figures, as it reports them to main: plain data, so that they pass a port. */
import type { LoopLag } from './event-loop-lag.ts';
import type { HistogramSnapshot } from './histogram.ts';
import { Histogram, MILLISECOND_BOUNDS, SIZE_BOUNDS } from './histogram.ts';
import type { ThreadMemory } from './thread-memory.ts';

/** Figures of this moment. */
export interface ShardLevels {
  readonly actors: number;
  /** Inboxes of those who are connected or written to, and those of them that are awake. */
  readonly inboxes: number;
  readonly inboxesAwake: number;
  readonly connections: number;
  /** Requests that wait: for a channel or an inbox that loads, or for a gateway that is behind. */
  readonly mailboxDepth: number;
  /** Entries that wait for a commit. */
  readonly heldEntries: number;
  /** All rings together, code units. */
  readonly ringSize: number;
}

/** Everything that /metrics tells of a shard; counts are since the shard began. */
export interface ShardStats extends ShardLevels {
  readonly requestsByType: Readonly<Record<string, number>>;
  readonly errorsByCode: Readonly<Record<string, number>>;
  readonly ringHits: number;
  readonly ringMisses: number;
  readonly commitMs: HistogramSnapshot;
  readonly batchEntries: HistogramSnapshot;
  readonly loopLag: LoopLag;
  readonly memory: ThreadMemory;
  /** Share of the time since the last reading in which the thread worked, 0 to 1. */
  readonly load: number;
}

/** Counts what happens in a shard; cheap enough for every request. */
export class ShardFigures {
  readonly #onWrite: (worked: boolean) => void;
  readonly #requests = new Map<string, number>();
  readonly #errors = new Map<string, number>();
  readonly #commitMs = new Histogram(MILLISECOND_BOUNDS);
  readonly #batchEntries = new Histogram(SIZE_BOUNDS);
  #ringHits = 0;
  #ringMisses = 0;

  /** `onWrite` is told of each write, whether it worked. */
  constructor(onWrite: (worked: boolean) => void) {
    this.#onWrite = onWrite;
  }

  /** A batch was committed: its entries, and how long it took (ms). */
  committed(entries: number, durationMs: number): void {
    this.#onWrite(true);
    this.#batchEntries.observe(entries);
    this.#commitMs.observe(durationMs);
  }

  /** A batch was not committed, or nobody knows. */
  uncommitted(): void {
    this.#onWrite(false);
  }

  /** A join or a page was answered from the ring, or needed the log. */
  page(from: 'ring' | 'log'): void {
    if (from === 'ring') this.#ringHits += 1;
    else this.#ringMisses += 1;
  }

  /** A request of a type of the registry was taken in. */
  request(type: string): void {
    this.#requests.set(type, (this.#requests.get(type) ?? 0) + 1);
  }

  /** A request was answered with an error. */
  refused(code: string): void {
    this.#errors.set(code, (this.#errors.get(code) ?? 0) + 1);
  }

  /** All of it, with what the shard and its thread tell of this moment. */
  stats(
    levels: ShardLevels,
    thread: { readonly loopLag: LoopLag; readonly memory: ThreadMemory; readonly load: number },
  ): ShardStats {
    return {
      ...levels,
      requestsByType: Object.fromEntries(this.#requests),
      errorsByCode: Object.fromEntries(this.#errors),
      ringHits: this.#ringHits,
      ringMisses: this.#ringMisses,
      commitMs: this.#commitMs.snapshot(),
      batchEntries: this.#batchEntries.snapshot(),
      ...thread,
    };
  }
}
