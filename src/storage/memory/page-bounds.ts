/** How much of a log or a list goes into one page. */
import { Buffer } from 'node:buffer';
import type { StoredEvent } from '../../shard/ports/channel-log.ts';

/** How many of `events`, from the first one on, lie within `limit` and `maxBytes` of data; at least one of them. */
export function countWithin(
  events: readonly Pick<StoredEvent, 'data'>[],
  limit: number,
  maxBytes: number,
): number {
  let bytes = 0;
  let count = 0;
  for (const event of events) {
    bytes += Buffer.byteLength(event.data);
    if (count === limit || (count > 0 && bytes > maxBytes)) break;
    count += 1;
  }
  return count;
}
