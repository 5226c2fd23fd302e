/** Pages of events out of the ring, the log, or both, within MAX_PAGE_BYTES. */
import type { ReadRange } from './entry.ts';
import { MAX_PAGE_BYTES, MAX_PAGE_EVENTS } from '../protocol/limits.ts';
import { utf8Length } from '../protocol/text.ts';
import type { EncodedEvent, EventRing } from './ring.ts';

// A page is counted as the JSON array that it becomes: a comma for each event is one too many, so brackets count one.
const COMMA_BYTES = 1;
const BRACKETS_BYTES = 1;

/** The end of a log as its actor holds it. */
export interface LogTail {
  readonly ring: EventRing;
  /** `seq` of the newest committed event that was published; 0 before the first. */
  readonly head: number;
  /** The first event that is shown: what lies below is past. Absent: that is the log's first, 1. */
  readonly floor?: number;
}

/** A stretch of events, oldest first. */
export interface Page {
  readonly events: readonly EncodedEvent[];
  readonly hasMore: boolean;
}

/** The page for `range` when the ring holds all of it, else null. */
export function pageFromRing(tail: LogTail, range: ReadRange): Page | null {
  const { ring, head, floor = 1 } = tail;
  if (head < floor) return { events: [], hasMore: false };
  if (range.direction === 'after') {
    const seq = Math.max(range.seq ?? 0, floor - 1);
    if (!ring.covers(seq, head)) return null;
    return oldestFirst(ring.slice(seq + 1, head), range.limit);
  }
  if (range.ofMessages === true) {
    const page = newestMessages(ring.slice(floor, head), range.limit, floor);
    return page.isFull || page.events[0]?.seq === floor ? page : null;
  }
  const to = range.direction === 'before' ? Math.min((range.seq ?? 1) - 1, head) : head;
  const from = Math.max(floor, to - range.limit + 1);
  if (to < floor) return { events: [], hasMore: false };
  if ((ring.firstSeq ?? Number.POSITIVE_INFINITY) > from) return null;
  return newestFirst(ring.slice(from, to), range.limit, floor);
}

/**
 * A page that the log gave, made to end where the tail ends and to be what the ring would have given: events that
 * aren't published yet are left out (they come live), as are those that are past by now, and what was published since the read
 * is added from the ring.
 */
export function settlePage(tail: LogTail, range: ReadRange, read: Page): Page {
  const { ring, head, floor = 1 } = tail;
  const published = read.events.filter((event) => event.seq <= head && event.seq >= floor);
  if (range.direction === 'before') return newestFirst(published, range.limit, floor);
  const last = published.at(-1)?.seq ?? Math.max(range.seq ?? 0, floor - 1);
  const isWhole = ring.covers(last, head);
  if (range.direction === 'newest') {
    const events = isWhole ? [...published, ...ring.slice(last + 1, head)] : ring.slice(floor, head);
    return range.ofMessages === true
      ? newestMessages(events, range.limit, floor)
      : newestFirst(events, range.limit, floor);
  }
  const newer = isWhole && !read.hasMore ? ring.slice(last + 1, head) : [];
  const { events } = oldestFirst([...published, ...newer], range.limit);
  return { events, hasMore: (events.at(-1)?.seq ?? head) < head };
}

/** The first of `events`, at most `limit` and within the bounds of a page. */
export function oldestFirst(events: readonly EncodedEvent[], limit: number): Page {
  let bytes = BRACKETS_BYTES;
  let count = 0;
  for (const event of events) {
    bytes += lengthOf(event) + COMMA_BYTES;
    if (count >= limit || (count > 0 && bytes > MAX_PAGE_BYTES)) break;
    count += 1;
  }
  return { events: events.slice(0, count), hasMore: count < events.length };
}

/** The last of `events`, at most `limit` and within the bounds of a page; `hasMore`: the log has earlier ones, from `floor` on. */
export function newestFirst(events: readonly EncodedEvent[], limit: number, floor = 1): Page {
  let bytes = BRACKETS_BYTES;
  let start = events.length;
  while (start > 0 && events.length - start < limit) {
    const event = events[start - 1];
    if (event !== undefined) bytes += lengthOf(event) + COMMA_BYTES;
    if (start < events.length && bytes > MAX_PAGE_BYTES) break;
    start -= 1;
  }
  const page = events.slice(start);
  return { events: page, hasMore: (page[0]?.seq ?? floor) > floor };
}

/** The last of `events` back to the `limit`th message; `isFull`: no earlier one would have been in it. */
function newestMessages(
  events: readonly EncodedEvent[],
  limit: number,
  floor: number,
): Page & { readonly isFull: boolean } {
  let messages = 0;
  let start = events.length;
  while (start > 0 && messages < limit && events.length - start < MAX_PAGE_EVENTS) {
    start -= 1;
    const event = events[start];
    // A flood that nobody sees doesn't push what is seen off the page.
    if (event?.type === 'message:created' && event.shadowed !== 'wholly') messages += 1;
  }
  const page = newestFirst(events.slice(start), MAX_PAGE_EVENTS, floor);
  const isFull = start > 0 || messages === limit || page.events.length < events.length - start;
  return { ...page, isFull };
}

/** Many pages hold the same event: it is measured once. */
function lengthOf(event: EncodedEvent): number {
  event.bytes ??= utf8Length(event.json);
  return event.bytes;
}
