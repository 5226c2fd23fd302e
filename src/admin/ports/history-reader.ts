/** Reads a channel's log for HTTP. */
import type { Result } from '../../protocol/result.ts';

/** Which stretch: `seq` is exclusive; `limit` counts events, `maxBytes` their data. */
export interface HistoryRange {
  readonly direction: 'newest' | 'before' | 'after';
  /** For `before` and `after`. */
  readonly seq?: number;
  readonly limit: number;
  readonly maxBytes: number;
}

/** An event as the log holds it; `data` is JSON text, `timestamp` in ms since the epoch. */
export interface HistoryEvent {
  readonly type: string;
  readonly seq: number;
  readonly timestamp: number;
  readonly data: string;
}

/** A stretch, oldest first. */
export interface HistoryPage {
  /** The first event that the log still shows; absent: its first, 1. */
  readonly floor?: number;
  readonly events: readonly HistoryEvent[];
  /** Whether more lies in the direction of reading. */
  readonly hasMore: boolean;
}

/** Reads pages; `unavailable` while the database is away. */
export interface HistoryReader {
  read(channelId: string, range: HistoryRange): Promise<Result<HistoryPage>>;
}
