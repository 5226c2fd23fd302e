/**
 * What the log answers to reads. What was read from before the newest event that was shown gets the changes since; what is
 * from behind it waits until that is shown. So every page tells exactly the state after the head that it is told with.
 */
import { refuse, reply } from '../log/answers.ts';
import type { CommittedEvent, DatedPage } from '../log/committed-event.ts';
import type { ReadRange } from '../log/entry.ts';
import { newestFirst, pageFromRing, settlePage } from '../log/pages.ts';
import type { EncodedEvent } from '../log/ring.ts';
import { beginRead, endRead } from '../log/shown-changes.ts';
import type { Failure } from '../protocol/errors.ts';
import { messageChanges } from './changes-shown.ts';
import type { ReadPurpose, VersionsAsked } from './effects.ts';
import { raiseFloor } from './floor.ts';
import { encodeEvent } from './frames.ts';
import { NO_MESSAGE } from './message-change.ts';
import { type MessageData, rootOf } from './message-extras.ts';
import { answerHistory, answerJoin } from './pages.ts';
import { tellPins } from './pins.ts';
import { exit } from './presence.ts';
import { readerAt, textFor } from './shadows.ts';
import { type ChannelState, type Context, type Effects, isJoined } from './state.ts';

type PagePurpose<Kind extends ReadPurpose['kind']> = Extract<ReadPurpose, { kind: Kind }>;
type ThreadPurpose = PagePurpose<'thread'>;

/** Nobody waits any more for a page that `read` or `select` asked for. */
export function pageDropped(state: ChannelState): void {
  endRead(state, messageChanges(state.id));
}

/** A page that `read` or `select` asked for, or why there is none. */
export function pageRead(
  state: ChannelState,
  purpose: ReadPurpose,
  result: DatedPage | Failure,
  ctx: Context,
): Effects {
  const { waiter } = purpose;
  const isFailure = 'code' in result;
  const asOfNow = endRead(state, messageChanges(state.id), isFailure ? 0 : result.head);
  if (isFailure) {
    // Who was in already, and only joined again, stays in.
    const isOut = purpose.kind === 'join' && !state.listening.has(waiter.connection);
    const gone = isOut ? exit(state, waiter.connection, 'left', ctx) : [];
    return [...refuse(waiter, state.id, ctx.now, result), ...gone];
  }
  raiseFloor(state, result.floor ?? 1, ctx);
  if (result.head > state.head) {
    state.ahead = [...state.ahead, { purpose, page: result }];
    return [];
  }
  return answer(state, purpose, result, asOfNow, ctx);
}

/** Answers what waited for the event that was shown last. */
export function answerAhead(state: ChannelState, ctx: Context): Effects {
  const due = state.ahead.filter(({ page }) => page.head <= state.head);
  if (due.length === 0) return [];
  state.ahead = state.ahead.filter(({ page }) => page.head > state.head);
  const asItIs = (event: CommittedEvent): EncodedEvent => encodeEvent(state.id, event);
  return due.flatMap(({ purpose, page }) => answer(state, purpose, page, asItIs, ctx));
}

/** Earlier texts of a message, or why there are none. */
export function versionsRead(
  state: ChannelState,
  { id, waiter }: VersionsAsked,
  result: { readonly items: readonly object[]; readonly hasMore: boolean } | Failure | null,
  ctx: Context,
): Effects {
  // They may have been read before it was deleted.
  const isGone = state.changedMeanwhile.some(
    (change) => change.kind === 'text' && change.id === id && change.content === null,
  );
  pageDropped(state);
  if (result === null) return refuse(waiter, state.id, ctx.now, NO_MESSAGE);
  if ('code' in result) return refuse(waiter, state.id, ctx.now, result);
  const { items, hasMore } = isGone ? { items: [], hasMore: false } : result;
  return reply('versions', waiter, state.id, ctx.now, JSON.stringify({ items, hasMore }));
}

function answer(
  state: ChannelState,
  purpose: ReadPurpose,
  page: DatedPage,
  asOfNow: (event: CommittedEvent) => EncodedEvent,
  ctx: Context,
): Effects {
  const { waiter } = purpose;
  if (!isJoined(state, waiter.connection)) {
    return refuse(waiter, state.id, ctx.now, { code: 'not_member', message: 'left before the answer' });
  }
  const read = { events: page.events.map(asOfNow), hasMore: page.hasMore };
  switch (purpose.kind) {
    case 'join':
      if (purpose.recovered === true && isOutside(state, purpose.range.seq ?? 0)) {
        return joinAnew(state, purpose, ctx);
      }
      if (isOvertaken(state, purpose.range, page)) return readAgain(state, purpose);
      return answerJoin(state, purpose, settlePage(state, purpose.range, read), ctx);
    case 'history':
      if (isOvertaken(state, purpose.range, page)) return readAgain(state, purpose);
      return answerHistory(state, waiter, settlePage(state, purpose.range, read), ctx);
    case 'thread':
      return answerThread(state, purpose, { ...read, head: page.head }, ctx);
    case 'pins': {
      const standing = read.events.filter(({ seq }) => seq >= state.floor);
      return tellPins(state, waiter, purpose.after, ctx, standing, purpose.ids);
    }
  }
}

/** Whether the log has no place `seq` to go on from: it is past, or beyond all that there is. */
function isOutside({ floor, head }: ChannelState, seq: number): boolean {
  return seq < floor - 1 || seq > head;
}

/** The place to go on from turned out to be past, or none: the newest page, as for everyone who comes too late. */
function joinAnew(state: ChannelState, purpose: PagePurpose<'join'>, ctx: Context): Effects {
  const range: ReadRange = { direction: 'newest', limit: purpose.range.limit, ofMessages: true };
  const anew = { ...purpose, range, recovered: false };
  const page = pageFromRing(state, range);
  return page === null ? readAgain(state, anew) : answerJoin(state, anew, page, ctx);
}

/** Whether what was read isn't all that is to be told: some of it is past by now, or what was held behind it was let go of with that. */
function isOvertaken({ ring, head, floor }: ChannelState, range: ReadRange, { events }: DatedPage): boolean {
  if (range.direction === 'before') return false;
  const last = Math.max(events.at(-1)?.seq ?? range.seq ?? 0, floor - 1);
  if (range.direction === 'newest') return ring.length === 0 && last < head;
  return events.length === 0 ? !ring.covers(last, head) : (events[0]?.seq ?? floor) < floor;
}

function readAgain(state: ChannelState, purpose: PagePurpose<'join' | 'history'>): Effects {
  beginRead(state);
  return [{ kind: 'read', range: purpose.range, purpose }];
}

function answerThread(
  state: ChannelState,
  purpose: ThreadPurpose,
  { events, hasMore, head }: { events: readonly EncodedEvent[]; hasMore: boolean; head: number },
  ctx: Context,
): Effects {
  const { waiter, selection } = purpose;
  const [root, ...replies] = events;
  const reader = readerAt(state, waiter.connection, ctx.now);
  const isThere = root !== undefined && root.seq >= state.floor;
  const top = isThere ? textFor(state.id, root, reader) : null;
  if (root === undefined || top === null) return refuse(waiter, state.id, ctx.now, NO_MESSAGE);
  if (!state.ring.covers(head, state.head)) {
    beginRead(state);
    return [{ kind: 'select', selection, purpose }];
  }
  const { before = Number.POSITIVE_INFINITY, limit } = selection;
  const since = state.ring.slice(head + 1, state.head).filter((event) => isReply(event, root.id));
  const all = [...replies, ...since].filter((event) => event.seq < before && isReply(event, root.id));
  const told = newestFirst(all, limit).events;
  const isMore = hasMore || told.length < all.length;
  const texts = told.flatMap((event) => textFor(state.id, event, reader) ?? []);
  const [first] = told;
  if (texts.length === 0 && isMore && first !== undefined) {
    // Nothing of it is for them: what is, lies before it.
    beginRead(state);
    const earlier = { ...selection, before: first.seq };
    return [{ kind: 'select', selection: earlier, purpose: { ...purpose, selection: earlier } }];
  }
  const data = `{"seq":${state.head},"root":${top},"events":[${texts.join(',')}],"hasMore":${isMore}}`;
  return reply('thread', waiter, state.id, ctx.now, data);
}

/** Whether the event is a reply in that thread that wasn't deleted. */
function isReply({ type, json }: EncodedEvent, root: string): boolean {
  if (type !== 'message:created' || !json.includes(root)) return false;
  const { data } = JSON.parse(json) as { readonly data: MessageData };
  return !('deleted' in data) && rootOf(data) === root;
}
