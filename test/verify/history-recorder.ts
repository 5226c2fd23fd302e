/** Where everything that happens is written down, in one order. */
import type { HistoryRecord } from './history-record.ts';

type WithoutTime<Record> = Record extends HistoryRecord ? Omit<Record, 'at'> : never;

/** A record that waits for its time. */
export type HistoryEntry = WithoutTime<HistoryRecord>;

/** Keeps records in memory, and tells each to who wants to know. */
export class HistoryRecorder {
  readonly #records: HistoryRecord[] = [];
  readonly #now: () => number;
  readonly #begin: number;
  readonly #onRecord: (record: HistoryRecord) => void;
  #operations = 0;

  /** `now`: ms on a clock that never goes back. */
  constructor(now: () => number, onRecord: (record: HistoryRecord) => void = () => undefined) {
    this.#now = now;
    this.#begin = now();
    this.#onRecord = onRecord;
  }

  get records(): readonly HistoryRecord[] {
    return this.#records;
  }

  /** A number for an operation, from 1. */
  nextOperation(): number {
    this.#operations += 1;
    return this.#operations;
  }

  /** Writes `entry` down as happening now. */
  add(entry: HistoryEntry): void {
    const record: HistoryRecord = { at: Math.round(this.#now() - this.#begin), ...entry };
    this.#records.push(record);
    this.#onRecord(record);
  }
}
