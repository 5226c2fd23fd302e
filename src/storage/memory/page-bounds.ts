/** How much of a log or a list goes into one page. */
import { Buffer } from 'node:buffer';
import { MAX_PAGE_EVENTS } from '../../protocol/limits.ts';
import { shadowOf } from '../../protocol/shadow.ts';
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

/** How many of `events`, newest first, it takes to have `limit` messages that aren't hidden. */
export function backToMessages(events: readonly Pick<StoredEvent, 'type' | 'data'>[], limit: number): number {
  let messages = 0;
  let count = 0;
  while (count < events.length && messages < limit && count < MAX_PAGE_EVENTS) {
    const event = events[count];
    if (event?.type === 'message:created' && shadowOf(event.data) === undefined) messages += 1;
    count += 1;
  }
  return count;
}
