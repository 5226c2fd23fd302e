/**
 * Where logs stand, asked for many of them at once. Implementations: storage/postgres-log-heads.ts and
 * storage/memory/memory-log-heads.ts, held together by one contract suite. An outage is `unavailable`, never an exception.
 */
import type { LogKey } from '../../log/entry.ts';
import type { Result } from '../../protocol/result.ts';

/** As who an import tells that it lives: it writes in logs, says no words, and nobody is connected to it. */
export const IMPORT_RUN = 'import';

/** A log as a shard has shown it. */
export interface KnownLog {
  readonly log: LogKey;
  readonly head: number;
  /** Null: it isn't known. */
  readonly epoch: string | null;
  /** A channel that somebody made, or wrote in. */
  readonly exists: boolean;
}

/** See the head of the file. */
export interface LogHeads {
  /** Names of the processes beside this one that write in this database: those that were heard of in the last 30 seconds. */
  others(): Promise<Result<readonly string[]>>;
  /**
   * Those of `logs`, no two alike, that stand elsewhere, in no order, with their heads; null: it is another log by now, or its
   * channel was deleted.
   */
  moved(logs: readonly KnownLog[]): Promise<Result<readonly (readonly [log: LogKey, head: number | null])[]>>;
}
