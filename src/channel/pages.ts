/** Pages of events out of the ring, the log, or both, within MAX_PAGE_BYTES. */
import { MAX_LISTED_MEMBERS, MAX_PAGE_BYTES } from '../protocol/limits.ts';
import { utf8Length } from '../protocol/text.ts';
import { reply } from './answers.ts';
import type { ConnectionKey, Effect, ReadPurpose, ReadRange, Waiter } from './effects.ts';
import { listPresent } from './presence.ts';
import type { EncodedEvent } from './ring.ts';
import type { ChannelState, Context, Effects } from './state.ts';

// A page is counted as the JSON array that it becomes: a comma for each event is one too many, so brackets count one.
const COMMA_BYTES = 1;
const BRACKETS_BYTES = 1;

/** A stretch of events, oldest first. */
export interface Page {
  readonly events: readonly EncodedEvent[];
  readonly hasMore: boolean;
}

/** The page for `range` when the ring holds all of it, else null. */
export function pageFromRing(state: ChannelState, range: ReadRange): Page | null {
  const { ring, head } = state;
  if (head === 0) return { events: [], hasMore: false };
  if (range.direction === 'after') {
    const seq = range.seq ?? 0;
    if (!ring.covers(seq, head)) return null;
    return oldestFirst(ring.slice(seq + 1, head), range.limit);
  }
  const to = range.direction === 'before' ? Math.min((range.seq ?? 1) - 1, head) : head;
  const from = Math.max(1, to - range.limit + 1);
  if (to < 1) return { events: [], hasMore: false };
  if ((ring.firstSeq ?? Number.POSITIVE_INFINITY) > from) return null;
  return newestFirst(ring.slice(from, to), range.limit);
}

/**
 * A page that the log gave, made to end where the state ends and to be what the ring would have given: events that
 * aren't published yet are left out (they come live), and what was published since the read is added from the ring.
 */
export function settlePage(state: ChannelState, range: ReadRange, read: Page): Page {
  const { ring, head } = state;
  const published = read.events.filter((event) => event.seq <= head);
  if (range.direction === 'before') {
    const page = newestFirst(published, range.limit);
    return { events: page.events, hasMore: read.hasMore || page.hasMore };
  }
  const last = published.at(-1)?.seq ?? range.seq ?? 0;
  const isWhole = ring.covers(last, head);
  if (range.direction === 'newest') {
    return newestFirst(
      isWhole ? [...published, ...ring.slice(last + 1, head)] : ring.slice(1, head),
      range.limit,
    );
  }
  const newer = isWhole && !read.hasMore ? ring.slice(last + 1, head) : [];
  const { events } = oldestFirst([...published, ...newer], range.limit);
  return { events, hasMore: (events.at(-1)?.seq ?? head) < head };
}

/** Answers a join: subscribes the connection and sends `channel:joined` with the state of this moment. */
export function answerJoin(
  state: ChannelState,
  purpose: Extract<ReadPurpose, { kind: 'join' }>,
  page: Page,
  ctx: Context,
): Effects {
  const { waiter, recovered } = purpose;
  state.listening.add(waiter.connection);
  const members = JSON.stringify(listPresent(state, MAX_LISTED_MEMBERS));
  const data =
    `{"epoch":${JSON.stringify(state.epoch)},"seq":${state.head},"recovered":${recovered},"hasMore":${page.hasMore}` +
    `,"events":${ctx.pageTexts.of(page.events)},"members":${members},"memberCount":${state.present.size}}`;
  return [subscribe(waiter.connection), joinedFrame(state, waiter, ctx, data)];
}

/** Answers `history:get`. */
export function answerHistory(state: ChannelState, waiter: Waiter, page: Page, ctx: Context): Effects {
  return reply(
    'history',
    waiter,
    state.id,
    ctx.now,
    `{"events":${ctx.pageTexts.of(page.events)},"hasMore":${page.hasMore}}`,
  );
}

/** `channel:joined` is sent even without a `ref`: a client that came with `?channelId=` asked by its URL. */
function joinedFrame(state: ChannelState, waiter: Waiter, ctx: Context, data: string): Effect {
  const ref = waiter.ref === undefined ? '' : `,"ref":${JSON.stringify(waiter.ref)}`;
  const frame = `{"type":"channel:joined"${ref},"channelId":"${state.id}","timestamp":${ctx.now},"data":${data}}`;
  return { kind: 'send', to: waiter.connection, frame };
}

function subscribe(connection: ConnectionKey): Effect {
  return { kind: 'subscribe', connection };
}

function oldestFirst(events: readonly EncodedEvent[], limit: number): Page {
  let bytes = BRACKETS_BYTES;
  let count = 0;
  for (const event of events) {
    bytes += lengthOf(event) + COMMA_BYTES;
    if (count >= limit || (count > 0 && bytes > MAX_PAGE_BYTES)) break;
    count += 1;
  }
  return { events: events.slice(0, count), hasMore: count < events.length };
}

function newestFirst(events: readonly EncodedEvent[], limit: number): Page {
  let bytes = BRACKETS_BYTES;
  let start = events.length;
  while (start > 0 && events.length - start < limit) {
    const event = events[start - 1];
    if (event !== undefined) bytes += lengthOf(event) + COMMA_BYTES;
    if (start < events.length && bytes > MAX_PAGE_BYTES) break;
    start -= 1;
  }
  const page = events.slice(start);
  return { events: page, hasMore: (page[0]?.seq ?? 1) > 1 };
}

/** Many pages hold the same event: it is measured once. */
function lengthOf(event: EncodedEvent): number {
  event.bytes ??= utf8Length(event.json);
  return event.bytes;
}
