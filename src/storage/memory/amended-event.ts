/** How an event takes an amendment: what the migration 0008_amendments.sql does in the database. */
import { isDeepStrictEqual } from 'node:util';
import type { Amendment, StoredEvent } from '../../shard/ports/channel-log.ts';

/** What is known of an event that was amended. */
export interface AmendedEvent {
  /** `seq` of what amended it last. */
  readonly latestSeq: number;
  /** Whether it takes no other. */
  readonly isFinal: boolean;
}

/** What is known of `target` when `amendment` lands at `seq`; 'so already' or null: it doesn't land. */
export function amendedBy(
  amendment: Amendment,
  target: StoredEvent,
  before: AmendedEvent | undefined,
  seq: number,
): AmendedEvent | 'so already' | null {
  if (isDeepStrictEqual(withoutTime(target.data), withoutTime(amendment.data))) return 'so already';
  return before?.isFinal === true ? null : { latestSeq: seq, isFinal: amendment.isFinal };
}

function withoutTime(data: string): object {
  return { ...(JSON.parse(data) as object), editedAt: undefined };
}
