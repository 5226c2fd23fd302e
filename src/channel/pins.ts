/** Pinned messages. What isn't a message any more is pinned nowhere: the log decides. */
import { ack, refuse, reply } from '../log/answers.ts';
import type { AppendEntry } from '../log/entry.ts';
import { oldestFirst } from '../log/pages.ts';
import type { EncodedEvent } from '../log/ring.ts';
import { beginRead } from '../log/shown-changes.ts';
import type { Waiter } from '../log/waiter.ts';
import type { Principal } from '../protocol/entities.ts';
import { failure } from '../protocol/errors.ts';
import type { PinChanged } from '../protocol/events.ts';
import { MAX_PINS } from '../protocol/limits.ts';
import type { ReadPurpose } from './effects.ts';
import { NO_MESSAGE } from './message-change.ts';
import { search, standing } from './searches.ts';
import { readerAt, readerOf, textFor } from './shadows.ts';
import type { ChannelState, Context, Effects } from './state.ts';

const TOO_MANY = failure('conflict', `this channel has ${MAX_PINS} pinned messages; unpin one first`);
const NO_PIN = failure('not_found', 'no such pinned message');

/** Stands for everyone who pins, so that two who pin the same message wait for one outcome. */
const ANYONE = '';

/** A pin that is asked for, or its end. */
export interface PendingPin {
  readonly id: string;
  readonly isPinned: boolean;
  readonly from: Principal;
  readonly waiter: Waiter;
}

/** Appended at once, or when its message was found. What stands so already, or is about to, isn't pinned again. */
export function pin(state: ChannelState, pending: PendingPin, ctx: Context): Effects {
  const { id, isPinned, waiter } = pending;
  const then = (found: Parameters<typeof standing>[0], later: Context): Effects => {
    const message = standing(found);
    if (message === null) return refuse(waiter, state.id, later.now, NO_MESSAGE);
    const wishes = wishesOf(state);
    if ((wishes.get(id) ?? state.pins.has(id)) === isPinned) {
      const isOnItsWay = state.inFlight.join(ANYONE, keyOf(pending), waiter);
      return isOnItsWay ? [] : ack(waiter, state.id, later.now, { id, duplicate: true });
    }
    if (isPinned && countOf(state, wishes) >= MAX_PINS) return refuse(waiter, state.id, later.now, TOO_MANY);
    const entry = entryOf(state, pending, message.shadow, later);
    state.inFlight.begin(entry, ANYONE, keyOf(pending), waiter);
    return [{ kind: 'append', entry }];
  };
  return search(state, id, { waiter, reader: readerOf(state, pending.from, ctx.now), then }, ctx);
}

/** Answers `pins:get` with the pins behind the message `after`: out of the ring, or when the others were read. */
export function tellPins(
  state: ChannelState,
  waiter: Waiter,
  after: string | undefined,
  ctx: Context,
  read: readonly EncodedEvent[] = [],
  asked: readonly string[] = [],
): Effects {
  if (after !== undefined && !state.pins.has(after)) return refuse(waiter, state.id, ctx.now, NO_PIN);
  const pinned = [...state.pins];
  const ids = after === undefined ? pinned : pinned.slice(pinned.indexOf(after) + 1);
  const held = new Map(state.ring.slice(1, state.head).map((event) => [event.id, event]));
  const absent = ids.filter((id) => !held.has(id));
  // What was asked for and didn't come is not in the log. What is asked for now is read as a whole, to be of one moment.
  if (absent.some((id) => !asked.includes(id))) {
    beginRead(state);
    const purpose: ReadPurpose = { kind: 'pins', waiter, after, ids: absent };
    return [{ kind: 'select', selection: { kind: 'events', ids: absent }, purpose }];
  }
  const known = new Map([...read.map((event) => [event.id, event] as const), ...held]);
  const all = ids.flatMap((id) => known.get(id) ?? []);
  const { events, hasMore } = oldestFirst(all, all.length);
  const reader = readerAt(state, waiter.connection, ctx.now);
  const json = events.flatMap((event) => textFor(state.id, event, reader) ?? []).join(',');
  const data = `{"seq":${state.head},"events":[${json}],"hasMore":${hasMore}}`;
  return reply('pins', waiter, state.id, ctx.now, data);
}

/** `shadow`: the author of the message, where others don't see it. */
function entryOf(
  { log }: ChannelState,
  { id, isPinned, from }: PendingPin,
  shadow: string | undefined,
  ctx: Context,
): AppendEntry {
  const hidden = shadow === undefined ? {} : { shadow };
  const data = { id, by: { id: from.id, name: from.name }, ...hidden } satisfies PinChanged;
  const type = isPinned ? 'message:pinned' : 'message:unpinned';
  return {
    ...{ log, id: ctx.newId(), type, sender: from.id, timestamp: ctx.now },
    ...hidden,
    data: JSON.stringify(data),
    needs: id,
    changes: [{ kind: 'pin', target: id, isPinned }],
    audit: { action: type, by: from.name, target: { kind: 'message', id } },
  };
}

function keyOf({ id, isPinned }: PendingPin): string {
  return `${isPinned ? 'pin' : 'unpin'} ${id}`;
}

/** What those on their way make of messages: whether each is pinned then. */
function wishesOf({ inFlight }: ChannelState): ReadonlyMap<string, boolean> {
  const wishes = new Map<string, boolean>();
  for (const { changes = [] } of inFlight.entries()) {
    for (const change of changes) if (change.kind === 'pin') wishes.set(change.target, change.isPinned);
  }
  return wishes;
}

/** Pins, should all that are on their way land; an end that may fail doesn't make room yet. */
function countOf({ pins }: ChannelState, wishes: ReadonlyMap<string, boolean>): number {
  return pins.size + [...wishes].filter(([id, isPinned]) => isPinned && !pins.has(id)).length;
}
