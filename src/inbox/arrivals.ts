/**
 * What was committed to the inbox's log, shown in its order. Several shards write into one inbox, and what they tell of
 * it may overtake each other: what is ahead of the head is held for a moment, then what lies between is read.
 */
import { ack } from '../log/answers.ts';
import type { CommittedEvent, ReadPage } from '../log/committed-event.ts';
import { applyChange } from '../log/shown-changes.ts';
import type { Failure } from '../protocol/errors.ts';
import { WHISPER_CHANGES } from './changes-shown.ts';
import type { Effect, Effects } from './effects.ts';
import { encodeEvent } from './frames.ts';
import { applyMarked, tellReceipt } from './marks.ts';
import {
  type Arrival,
  type Context,
  conversationWith,
  type Deferred,
  type InboxState,
  setUnread,
} from './state.ts';
import { correspondentOf } from './whisper.ts';

/** What is on its way from another shard comes well within this. */
const PATIENCE_MS = 50;
/** The log didn't answer, or didn't hold it yet. */
const READ_AGAIN_MS = 250;

const NOBODY: Arrival['except'] = [];

/** `then` happens when the log's event at `seq` was shown: now, or later. */
export function defer(state: InboxState, seq: number, then: readonly Deferred[], ctx: Context): Effects {
  return arrive(state, seq, null, NOBODY, then, ctx);
}

/**
 * The log holds something at `seq`: `event`, or what has yet to be read. It is shown to all connections but `except` when
 * everything before it was, and `then` happens. What was shown already isn't again.
 */
export function arrive(
  state: InboxState,
  seq: number,
  event: CommittedEvent | null,
  except: Arrival['except'],
  then: readonly Deferred[],
  ctx: Context,
): Effects {
  if (seq <= state.head) return then.flatMap((deferred) => run(state, deferred, ctx));
  const known = state.arrivals.get(seq);
  if (known === undefined) {
    state.arrivals.set(seq, { event, except, then: [...then] });
  } else {
    known.event ??= event;
    known.except = [...known.except, ...except];
    // Who isn't shown the event has to hear of it before anyone hears of receipts for it.
    if (event === null) known.then.push(...then);
    else known.then.unshift(...then);
  }
  return drain(state, ctx);
}

/** Reads what lies behind the head: now, or once more when the read under way, which began before, has ended. */
export function catchUp(state: InboxState): Effects {
  state.owesRead = state.catchingUp;
  if (state.catchingUp) return [];
  state.catchingUp = true;
  state.catchUpAt = null;
  return [{ kind: 'catchUp', seq: state.head }];
}

/** Reads what hasn't come by itself within its time. */
export function catchUpWhenDue(state: InboxState, ctx: Context): Effects {
  return state.catchUpAt !== null && state.catchUpAt <= ctx.mono ? catchUp(state) : [];
}

/** The events behind the `seq` that `catchUp` named, or why they can't be read. */
export function caughtUp(state: InboxState, page: ReadPage | Failure, ctx: Context): Effects {
  state.catchingUp = false;
  const effects: Effect[] = [];
  const before = state.head;
  const events = 'code' in page ? [] : page.events;
  for (const event of events) {
    if (event.seq === state.head + 1) effects.push(...show(state, event, state.arrivals.get(event.seq), ctx));
  }
  effects.push(...drain(state, ctx));
  if ('code' in page) {
    state.owesRead = true;
    state.catchUpAt = ctx.mono + READ_AGAIN_MS;
  } else if (state.owesRead || (page.hasMore && state.head > before)) {
    effects.push(...catchUp(state));
  } else if (state.arrivals.size > 0) {
    state.catchUpAt = ctx.mono + READ_AGAIN_MS;
  }
  return effects;
}

function drain(state: InboxState, ctx: Context): Effects {
  const effects: Effect[] = [];
  const before = state.head;
  for (let next = nextArrival(state); next?.event != null; next = nextArrival(state)) {
    effects.push(...show(state, next.event, next, ctx));
  }
  if (state.owesRead) return effects;
  if (state.arrivals.size === 0) state.catchUpAt = null;
  else if (!state.catchingUp && (state.catchUpAt === null || state.head > before)) {
    state.catchUpAt = ctx.mono + PATIENCE_MS;
  }
  return effects;
}

function nextArrival(state: InboxState): Arrival | undefined {
  return state.arrivals.get(state.head + 1);
}

/** The event right behind the head: advances the state, publishes, and does what waited for it. */
function show(
  state: InboxState,
  event: CommittedEvent,
  arrival: Arrival | undefined,
  ctx: Context,
): Effect[] {
  const encoded = encodeEvent(event);
  state.arrivals.delete(event.seq);
  state.ring.push(encoded);
  state.head = event.seq;
  count(state, event);
  applyChange(state, event, WHISPER_CHANGES);
  const except = arrival?.except ?? NOBODY;
  return [
    { kind: 'publish', seq: event.seq, frame: encoded.json, except },
    ...(arrival?.then ?? []).flatMap((deferred) => run(state, deferred, ctx)),
  ];
}

function count(state: InboxState, event: CommittedEvent): void {
  const correspondent = correspondentOf(event, state.owner);
  if (correspondent === null) return;
  const conversation = conversationWith(state, correspondent);
  conversation.lastSeq = event.seq;
  if (event.sender === state.owner) return;
  setUnread(state, conversation, conversation.unread + 1);
  if (conversation.marking > 0) conversation.cameMeanwhile.push(event.seq);
}

function run(state: InboxState, deferred: Deferred, ctx: Context): Effects {
  switch (deferred.kind) {
    case 'ack':
      return ack(deferred.waiter, undefined, deferred.at ?? ctx.now, deferred.data);
    case 'receipt':
      return tellReceipt(state, deferred.receipt, ctx);
    case 'marked':
      return applyMarked(state, deferred.purpose, deferred.marked, ctx);
  }
}
