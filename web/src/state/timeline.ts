/**
 * A room's messages as the page shows them: what the log says, and what was written here and isn't in it yet.
 *
 * Of the log it holds one stretch without gaps. While the newest are followed that is the newest few hundred. Who reads
 * back makes it longer at its older end, up to {@link MAX_LOADED}; past that the newer end is let go, and comes again
 * when one scrolls towards it.
 */
import {
  amendmentsOf,
  loggedMessage,
  replyGone,
  type LoggedMessage,
  type RoomEvent,
} from './logged-message.ts';
import type { Quote } from './replies.ts';
import {
  amended,
  appended,
  lastOf,
  newestOf,
  NO_CHUNKS,
  oldestOf,
  prepended,
  type Chunks,
} from './timeline-chunks.ts';

/** What is known of a message written here: on its way, acknowledged but not seen in the log yet, or given up. */
export type Delivery = 'pending' | 'acknowledged' | 'failed';

/** A message written here that the log hasn't shown yet. */
export interface OutgoingMessage {
  readonly clientMessageId: string;
  readonly content: string;
  readonly at: number;
  /** What it answers. */
  readonly quote?: Quote;
  readonly delivery: Delivery;
  /** Why it failed, in words. */
  readonly problem?: string;
}

/** Where one stopped reading: behind `afterSeq`. `shown`: it was seen, and gives way to the next such place. */
export interface UnreadMark {
  readonly afterSeq: number;
  readonly shown: boolean;
}

/** `oldestSeq` and `newestSeq` bound the places of the log that were seen (0: none), with or without text in them. */
export interface Timeline {
  readonly messages: Chunks;
  readonly outgoing: readonly OutgoingMessage[];
  readonly oldestSeq: number;
  readonly newestSeq: number;
  /** The newest place that is known of; above `newestSeq` when newer messages are there and not loaded. */
  readonly headSeq: number;
  readonly hasOlder: boolean;
  /** What is known of fetching newer messages, where there are some that aren't loaded. */
  readonly newer: 'idle' | 'loading' | 'failed';
  /** How many messages came at the newer end since the page was opened, loaded or not; never falls. */
  readonly arrived: number;
  readonly unread: UnreadMark | null;
}

/** Most messages of a room that are kept while one reads back. */
export const MAX_LOADED = 20_000;
/** Messages kept while the reader follows the newest; older ones are fetched again when scrolled to. */
const KEPT_WHEN_FOLLOWING = 400;
/** Trimmed in steps, so that not every message costs one. */
const TRIM_ABOVE = 600;

export const EMPTY_TIMELINE: Timeline = {
  messages: NO_CHUNKS,
  outgoing: [],
  oldestSeq: 0,
  newestSeq: 0,
  headSeq: 0,
  hasOlder: false,
  newer: 'idle',
  arrived: 0,
  unread: null,
};

/** Whether the log goes on behind what is loaded. */
export function hasNewer(timeline: Timeline): boolean {
  return timeline.headSeq > timeline.newestSeq;
}

/** The place of the first message that one hasn't read, or null: all are read, or it isn't loaded. */
export function firstUnread({ unread, messages, oldestSeq }: Timeline): number | null {
  if (unread === null || unread.afterSeq < oldestSeq - 1) return null;
  const chunk = messages.list.find((one) => (one.at(-1)?.seq ?? 0) > unread.afterSeq);
  return chunk?.find((message) => message.seq > unread.afterSeq)?.seq ?? null;
}

/**
 * Adds events at the newer end; those that are there already are passed over. `unseen`: nobody looks at the end of
 * this channel, so what comes is marked as new. Behind a newer end that isn't loaded only their number is taken.
 * `asOf`: the place of the log at which those events tell messages as they are, where that is behind their own.
 */
export function withNewer(
  timeline: Timeline,
  events: readonly RoomEvent[],
  unseen = false,
  asOf = 0,
): Timeline {
  const fresh = events.filter((event) => event.seq > timeline.headSeq);
  const first = fresh[0];
  const last = fresh.at(-1);
  if (first === undefined || last === undefined) return timeline;
  const messages = messagesOf(fresh, asOf);
  const marked = unseen && (timeline.unread === null || timeline.unread.shown) && messages.length > 0;
  const told = {
    ...timeline,
    messages: amendedBy(timeline.messages, fresh),
    outgoing: withoutLogged(timeline.outgoing, messages),
    headSeq: last.seq,
    arrived: timeline.arrived + messages.length,
    unread: marked ? { afterSeq: first.seq - 1, shown: false } : timeline.unread,
  };
  if (hasNewer(timeline) || timeline.messages.count >= MAX_LOADED) return told;
  const isFirstPage = timeline.newestSeq === 0;
  return {
    ...told,
    // A page tells each message as it is now, but a change may follow its message at once.
    messages: amendedBy(appended(told.messages, messages), fresh),
    oldestSeq: isFirstPage ? first.seq : timeline.oldestSeq,
    newestSeq: last.seq,
    // Numbers are dense from 1, so a first event with a higher one says that there are others before it.
    hasOlder: isFirstPage ? first.seq > 1 : timeline.hasOlder,
  };
}

/**
 * Adds the newest page of a log whose numbers aren't dense, behind which newer events may be there already; `hasOlder`
 * says whether there is more before it.
 */
export function withFirstPage(timeline: Timeline, events: readonly RoomEvent[], hasOlder: boolean): Timeline {
  if (timeline.newestSeq === 0)
    return { ...withNewer(timeline, events), arrived: timeline.arrived, hasOlder };
  const longer = withOlder(timeline, events, hasOlder);
  return { ...longer, hasOlder };
}

/**
 * Adds a page of history at the older end; `hasOlder` says whether there is more before it. `asOf`, here and below: the
 * place of the log at which a page tells messages as they are.
 */
export function withOlder(
  timeline: Timeline,
  events: readonly RoomEvent[],
  hasOlder: boolean,
  asOf = 0,
): Timeline {
  const fresh = events.filter((event) => event.seq < timeline.oldestSeq);
  const messages = prepended(timeline.messages, messagesOf(fresh, asOf));
  const longer = {
    ...timeline,
    messages,
    oldestSeq: fresh[0]?.seq ?? timeline.oldestSeq,
    hasOlder: hasOlder && fresh.length > 0,
  };
  if (messages.count <= MAX_LOADED) return longer;
  const kept = oldestOf(messages, MAX_LOADED - TRIM_ABOVE);
  return { ...longer, messages: kept, newestSeq: kept.list.at(-1)?.at(-1)?.seq ?? timeline.newestSeq };
}

/** Adds the page of history that follows the newest message loaded; `hasMore` says whether there is more behind it. */
export function withMissing(
  timeline: Timeline,
  events: readonly RoomEvent[],
  hasMore: boolean,
  asOf = 0,
): Timeline {
  const fresh = events.filter((event) => event.seq > timeline.newestSeq);
  const last = fresh.at(-1)?.seq;
  const added = messagesOf(fresh, asOf);
  const messages = appended(timeline.messages, added);
  // Where the server has nothing behind what is loaded, there is nothing to wait for.
  const newestSeq = last ?? (hasMore ? timeline.newestSeq : timeline.headSeq);
  const longer = {
    ...timeline,
    messages,
    outgoing: withoutLogged(timeline.outgoing, added),
    newestSeq,
    headSeq: Math.max(timeline.headSeq, newestSeq),
  };
  if (messages.count <= MAX_LOADED) return longer;
  const kept = newestOf(messages, MAX_LOADED - TRIM_ABOVE);
  return {
    ...longer,
    messages: kept,
    oldestSeq: kept.list[0]?.[0]?.seq ?? timeline.oldestSeq,
    hasOlder: true,
  };
}

/**
 * Puts the newest page in place of what was loaded; `hasOlder` says whether there is more before it. `askedAt`: the
 * newest place that was known of when it was asked for; changes to messages have places, but not in every page.
 */
export function atLatest(
  timeline: Timeline,
  events: readonly RoomEvent[],
  hasOlder: boolean,
  askedAt: number,
  asOf = 0,
): Timeline {
  const first = events[0];
  const newestSeq = Math.max(events.at(-1)?.seq ?? 0, askedAt);
  if (first === undefined || newestSeq <= timeline.newestSeq) return timeline;
  const messages = messagesOf(events, asOf);
  return {
    ...timeline,
    messages: appended(NO_CHUNKS, messages),
    outgoing: withoutLogged(timeline.outgoing, messages),
    oldestSeq: first.seq,
    newestSeq,
    headSeq: Math.max(timeline.headSeq, newestSeq),
    hasOlder,
  };
}

/**
 * Puts a page from somewhere in the log in place of what was loaded; `hasMore` says whether there is more behind it.
 * One that reaches what is loaded is added to it.
 */
export function atPlace(
  timeline: Timeline,
  events: readonly RoomEvent[],
  hasMore: boolean,
  asOf = 0,
): Timeline {
  const first = events[0];
  const last = events.at(-1);
  if (first === undefined || last === undefined) return timeline;
  const isBefore = first.seq < timeline.oldestSeq && last.seq >= timeline.oldestSeq - 1;
  if (isBefore) return withOlder(timeline, events, first.seq > 1, asOf);
  const messages = messagesOf(events, asOf);
  return {
    ...timeline,
    messages: appended(NO_CHUNKS, messages),
    oldestSeq: first.seq,
    newestSeq: hasMore ? last.seq : Math.max(last.seq, timeline.headSeq),
    headSeq: Math.max(last.seq, timeline.headSeq),
    // Numbers are dense from 1.
    hasOlder: first.seq > 1,
    newer: 'idle',
  };
}

/** Forgets what was seen, as after a gap that can't be closed; what was written here and not acknowledged stays. */
export function restarted(timeline: Timeline): Timeline {
  return {
    ...EMPTY_TIMELINE,
    arrived: timeline.arrived,
    outgoing: timeline.outgoing.filter((message) => message.delivery !== 'acknowledged'),
  };
}

/** Drops the oldest messages once there are many; they can be had again from the history. */
export function trimmed(timeline: Timeline): Timeline {
  if (timeline.messages.count <= TRIM_ABOVE) return timeline;
  const messages = newestOf(timeline.messages, KEPT_WHEN_FOLLOWING);
  return {
    ...timeline,
    messages,
    oldestSeq: messages.list[0]?.[0]?.seq ?? timeline.oldestSeq,
    hasOlder: true,
  };
}

/** The mark of where one stopped reading was seen: it stays until there is a later such place. */
export function withMarkShown(timeline: Timeline): Timeline {
  const { unread } = timeline;
  return unread === null || unread.shown ? timeline : { ...timeline, unread: { ...unread, shown: true } };
}

/** The mark of where one stopped reading has served, if it was seen. */
export function withoutShownMark(timeline: Timeline): Timeline {
  return timeline.unread?.shown === true ? { ...timeline, unread: null } : timeline;
}

/** Adds a message written here; `quote`: what it answers. */
export function withOutgoing(
  timeline: Timeline,
  clientMessageId: string,
  content: string,
  at: number,
  quote?: Quote,
): Timeline {
  const message: OutgoingMessage = {
    clientMessageId,
    content,
    at,
    delivery: 'pending',
    ...(quote === undefined ? {} : { quote }),
  };
  return { ...withoutShownMark(timeline), outgoing: [...timeline.outgoing, message] };
}

/** A message written here stands at place `seq` of the log (null: it was no message); the log shows it, or soon will. */
export function withAcknowledged(timeline: Timeline, clientMessageId: string, seq: number | null): Timeline {
  if (seq === null || seq <= timeline.headSeq) return withoutOutgoing(timeline, clientMessageId);
  return withDelivery(timeline, clientMessageId, { delivery: 'acknowledged' });
}

/** A message written here was given up; `problem` says why, in words. */
export function withFailed(timeline: Timeline, clientMessageId: string, problem: string): Timeline {
  return withDelivery(timeline, clientMessageId, { delivery: 'failed', problem });
}

/** A message that was given up is tried once more. */
export function withRetried(timeline: Timeline, clientMessageId: string): Timeline {
  return withDelivery(timeline, clientMessageId, { delivery: 'pending' });
}

/** Takes a message written here out again. */
export function withoutOutgoing(timeline: Timeline, clientMessageId: string): Timeline {
  return {
    ...timeline,
    outgoing: timeline.outgoing.filter((message) => message.clientMessageId !== clientMessageId),
  };
}

function withDelivery(
  timeline: Timeline,
  clientMessageId: string,
  change: Pick<OutgoingMessage, 'delivery' | 'problem'>,
): Timeline {
  const changed = ({ content, at, quote }: OutgoingMessage): OutgoingMessage => ({
    clientMessageId,
    content,
    at,
    ...(quote === undefined ? {} : { quote }),
    ...change,
  });
  return {
    ...timeline,
    outgoing: timeline.outgoing.map((message) =>
      message.clientMessageId === clientMessageId ? changed(message) : message,
    ),
  };
}

function messagesOf(events: readonly RoomEvent[], asOf: number): readonly LoggedMessage[] {
  return events.flatMap((event) => loggedMessage(event, asOf));
}

function amendedBy(messages: Chunks, events: readonly RoomEvent[]): Chunks {
  let changed = messages;
  for (const event of events) {
    if (event.type === 'message:deleted') {
      const { id, root } = event.data;
      const reply = lastOf(changed, (message) => message.id === id);
      // One that is told as deleted already is counted no more.
      const below = root ?? reply?.root;
      if (below !== undefined && reply?.deleted !== true)
        changed = amended(changed, replyGone(below, event.seq));
    }
    for (const amendment of amendmentsOf(event)) changed = amended(changed, amendment);
  }
  return changed;
}

function withoutLogged(
  outgoing: readonly OutgoingMessage[],
  logged: readonly LoggedMessage[],
): readonly OutgoingMessage[] {
  if (outgoing.length === 0 || logged.length === 0) return outgoing;
  const known = new Set(logged.map((message) => message.clientMessageId));
  return outgoing.filter((message) => !known.has(message.clientMessageId));
}
