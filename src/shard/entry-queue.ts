/** Entries on their way into the log: those that wait, in the order of their coming, and the batch that they go into. */
import type { RecordedCommit } from './shard-traces.ts';
import type { AppendEntry, LogEntry, LogKey } from './ports/channel-log.ts';

/** An entry with its companions: what a batch takes, and tells, as one. */
export class HeldEntry {
  readonly entry: AppendEntry;
  /** Rows of the log that it becomes, and code units of their data. */
  readonly rows: number;
  readonly size: number;
  /** Monotonic ms at which it is given up. */
  readonly until: number;
  /** Of its channel's log, as its actor knows it; absent: any. */
  readonly epoch: string | undefined;
  /** Null: nothing that is recorded waits for it. */
  readonly trace: RecordedCommit | null;
  /** Once told of its placement or its failure it isn't tried again, nor told that it waited too long. */
  told = false;

  constructor(entry: AppendEntry, until: number, epoch: string | undefined, trace: RecordedCommit | null) {
    const { companions } = entry;
    let size = entry.data.length;
    if (companions !== undefined) for (const { data } of companions) size += data.length;
    this.entry = entry;
    this.rows = 1 + (companions?.length ?? 0);
    this.size = size;
    this.until = until;
    this.epoch = epoch;
    this.trace = trace;
  }
}

/** What goes into the log together. */
export class EntryBatch {
  readonly held: HeldEntry[] = [];
  #rows = 0;
  #size = 0;

  get rows(): number {
    return this.#rows;
  }

  /** Code units of data. */
  get size(): number {
    return this.#size;
  }

  add(held: HeldEntry): void {
    this.held.push(held);
    this.#rows += held.rows;
    this.#size += held.size;
  }
}

/** First come, first served. */
export class EntryQueue {
  #waiting: HeldEntry[] = [];
  #rows = 0;
  #size = 0;

  get rows(): number {
    return this.#rows;
  }

  /** Code units of data. */
  get size(): number {
    return this.#size;
  }

  /** When the next one is given up, monotonic ms; infinite while none waits. */
  get nextExpiry(): number {
    return this.#waiting[0]?.until ?? Infinity;
  }

  push(held: HeldEntry): void {
    this.#waiting.push(held);
    this.#rows += held.rows;
    this.#size += held.size;
  }

  /**
   * Moves entries into `batch` until it would have more than `rows` rows or `size` code units. One that is larger by
   * itself goes into an empty batch.
   */
  fill(batch: EntryBatch, rows: number, size: number): void {
    let count = 0;
    for (const held of this.#waiting) {
      if (batch.rows > 0 && (batch.rows + held.rows > rows || batch.size + held.size > size)) break;
      batch.add(held);
      count += 1;
    }
    this.#drop(count);
  }

  /** Takes out what is given up at `now` (monotonic ms). */
  takeExpired(now: number): readonly HeldEntry[] {
    // In the order of coming, so the expired ones stand in front.
    const first = this.#waiting.findIndex((held) => held.until > now);
    return this.#drop(first === -1 ? this.#waiting.length : first);
  }

  #drop(count: number): readonly HeldEntry[] {
    if (count === 0) return [];
    const dropped = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    for (const held of dropped) {
      this.#rows -= held.rows;
      this.#size -= held.size;
    }
    return dropped;
  }
}

/** The epochs that entries of `batch` are for, by log; where two differ that of the first. */
export function epochsOf(batch: readonly HeldEntry[]): ReadonlyMap<LogKey, string> {
  const epochs = new Map<LogKey, string>();
  for (const { entry, epoch } of batch) {
    if (epoch !== undefined && !epochs.has(entry.log)) epochs.set(entry.log, epoch);
  }
  return epochs;
}

/** The rows of `batch`: each entry, then its companions. */
export function rowsOf(batch: readonly HeldEntry[]): readonly LogEntry[] {
  const rows: LogEntry[] = [];
  for (const { entry } of batch) {
    rows.push(entry);
    if (entry.companions !== undefined) rows.push(...entry.companions);
  }
  return rows;
}
