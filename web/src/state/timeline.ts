/** A channel's messages as the page shows them: what the log says, and what was written here and isn't in it yet. */
import type { LogEvent } from '../../../src/protocol/events.ts';
import type { UserRef } from '../../../src/protocol/entities.ts';

/** A message of the log. `at` in ms since the epoch. */
export interface LoggedMessage {
  readonly id: string;
  readonly seq: number;
  readonly author: UserRef;
  readonly content: string;
  readonly at: number;
  readonly clientMessageId?: string;
}

/** What is known of a message written here: on its way, acknowledged but not seen in the log yet, or given up. */
export type Delivery = 'pending' | 'acknowledged' | 'failed';

/** A message written here that the log hasn't shown yet. */
export interface OutgoingMessage {
  readonly clientMessageId: string;
  readonly content: string;
  readonly at: number;
  readonly delivery: Delivery;
  /** Why it failed, in words. */
  readonly problem?: string;
}

/** Messages in the order of the log; `oldestSeq` and `newestSeq` bound the events seen (0: none). */
export interface Timeline {
  readonly messages: readonly LoggedMessage[];
  readonly outgoing: readonly OutgoingMessage[];
  readonly oldestSeq: number;
  readonly newestSeq: number;
  readonly hasOlder: boolean;
}

/** Messages kept while the reader follows the newest; older ones are fetched again when scrolled to. */
const KEPT_WHEN_FOLLOWING = 400;
/** Trimmed in steps, so that not every message costs one. */
const TRIM_ABOVE = 600;

export const EMPTY_TIMELINE: Timeline = {
  messages: [],
  outgoing: [],
  oldestSeq: 0,
  newestSeq: 0,
  hasOlder: false,
};

/** Adds events at the newer end; those that are there already are passed over. */
export function withNewer(timeline: Timeline, events: readonly LogEvent[]): Timeline {
  const fresh = events.filter((event) => event.seq > timeline.newestSeq);
  const first = fresh[0];
  const last = fresh.at(-1);
  if (first === undefined || last === undefined) return timeline;
  const isFirstPage = timeline.newestSeq === 0;
  const messages = fresh.flatMap(loggedMessage);
  return {
    messages: [...timeline.messages, ...messages],
    outgoing: withoutLogged(timeline.outgoing, messages),
    oldestSeq: isFirstPage ? first.seq : timeline.oldestSeq,
    newestSeq: last.seq,
    // Numbers are dense from 1, so a first event with a higher one says that there are others before it.
    hasOlder: isFirstPage ? first.seq > 1 : timeline.hasOlder,
  };
}

/** Adds a page of history at the older end; `hasOlder` says whether there is more before it. */
export function withOlder(timeline: Timeline, events: readonly LogEvent[], hasOlder: boolean): Timeline {
  const fresh = events.filter((event) => event.seq < timeline.oldestSeq);
  return {
    ...timeline,
    messages: [...fresh.flatMap(loggedMessage), ...timeline.messages],
    oldestSeq: fresh[0]?.seq ?? timeline.oldestSeq,
    hasOlder: hasOlder && fresh.length > 0,
  };
}

/** Forgets what was seen, as after a gap that can't be closed; what was written here and not acknowledged stays. */
export function restarted(timeline: Timeline): Timeline {
  return {
    ...EMPTY_TIMELINE,
    outgoing: timeline.outgoing.filter((message) => message.delivery !== 'acknowledged'),
  };
}

/** Drops the oldest messages once there are many; they can be had again from the history. */
export function trimmed(timeline: Timeline): Timeline {
  if (timeline.messages.length <= TRIM_ABOVE) return timeline;
  const messages = timeline.messages.slice(-KEPT_WHEN_FOLLOWING);
  return { ...timeline, messages, oldestSeq: messages[0]?.seq ?? timeline.oldestSeq, hasOlder: true };
}

/** Adds a message written here. */
export function withOutgoing(
  timeline: Timeline,
  clientMessageId: string,
  content: string,
  at: number,
): Timeline {
  const message: OutgoingMessage = { clientMessageId, content, at, delivery: 'pending' };
  return { ...timeline, outgoing: [...timeline.outgoing, message] };
}

/** Notes what became of a message written here; one that the log shows already is no longer outgoing. */
export function withDelivery(
  timeline: Timeline,
  clientMessageId: string,
  delivery: Delivery,
  problem?: string,
): Timeline {
  if (
    delivery === 'acknowledged' &&
    timeline.messages.some((logged) => logged.clientMessageId === clientMessageId)
  ) {
    return withoutOutgoing(timeline, clientMessageId);
  }
  return {
    ...timeline,
    outgoing: timeline.outgoing.map((message) =>
      message.clientMessageId === clientMessageId
        ? {
            clientMessageId,
            content: message.content,
            at: message.at,
            delivery,
            ...(problem === undefined ? {} : { problem }),
          }
        : message,
    ),
  };
}

/** Takes a message written here out again. */
export function withoutOutgoing(timeline: Timeline, clientMessageId: string): Timeline {
  return {
    ...timeline,
    outgoing: timeline.outgoing.filter((message) => message.clientMessageId !== clientMessageId),
  };
}

function withoutLogged(
  outgoing: readonly OutgoingMessage[],
  logged: readonly LoggedMessage[],
): readonly OutgoingMessage[] {
  if (outgoing.length === 0) return outgoing;
  const known = new Set(logged.map((message) => message.clientMessageId));
  return outgoing.filter((message) => !known.has(message.clientMessageId));
}

/** No message for places without text: void ones, deleted ones, and kinds of events that this page doesn't show. */
function loggedMessage(event: LogEvent): readonly LoggedMessage[] {
  if (event.type !== 'message:created') return [];
  const { id, content, author, clientMessageId } = event.data as Partial<typeof event.data>;
  if (id === undefined || content === undefined || author === undefined) return [];
  const message = { id, seq: event.seq, author, content, at: event.timestamp };
  return [clientMessageId === undefined ? message : { ...message, clientMessageId }];
}
