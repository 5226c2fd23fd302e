/** What the log tells the channel: outcomes of appends, committed events, pages. */
import { encodeDurableEvent } from '../protocol/encode.ts';
import type { Failure } from '../protocol/errors.ts';
import { ack, refuse } from './answers.ts';
import type { AppendEntry, Effect, ReadPurpose, Waiter } from './effects.ts';
import { answerHistory, answerJoin, type Page, settlePage } from './pages.ts';
import { exit } from './presence.ts';
import type { EncodedEvent } from './ring.ts';
import { type ChannelState, type Context, type Effects, isJoined } from './state.ts';
import { stopTyping } from './typing.ts';

/** Where an entry stands in the log. */
export interface Placed {
  readonly id: string;
  readonly seq: number;
  readonly duplicate: boolean;
}

/** What the log holds of an event. */
export interface CommittedEvent {
  readonly id: string;
  readonly type: string;
  readonly sender: string;
  readonly seq: number;
  readonly timestamp: number;
  readonly data: string;
}

/** Notes that `entry` is on its way; sends with the same clientMessageId wait with it from now on. */
export function begin(state: ChannelState, entry: AppendEntry, waiter: Waiter): Effects {
  state.inFlight.set(entry.id, { entry, waiters: [waiter] });
  if (entry.clientMessageId !== undefined)
    state.twins.set(twinKey(entry.sender, entry.clientMessageId), entry.id);
  return [{ kind: 'append', entry }];
}

/** Lets `waiter` wait for the send with this clientMessageId that is in flight; false when there is none. */
export function awaitTwin(
  state: ChannelState,
  sender: string,
  clientMessageId: string | undefined,
  waiter: Waiter,
): boolean {
  if (clientMessageId === undefined) return false;
  const id = state.twins.get(twinKey(sender, clientMessageId));
  const first = id === undefined ? undefined : state.inFlight.get(id);
  if (first === undefined) return false;
  first.waiters.push(waiter);
  return true;
}

/** An append came to an end: answers everyone who waits for it. The event itself comes by {@link apply}. */
export function settle(
  state: ChannelState,
  entryId: string,
  outcome: Placed | Failure,
  ctx: Context,
): Effects {
  const inFlight = state.inFlight.get(entryId);
  if (inFlight === undefined) return [];
  state.inFlight.delete(entryId);
  const { entry, waiters } = inFlight;
  if (entry.clientMessageId !== undefined) state.twins.delete(twinKey(entry.sender, entry.clientMessageId));
  if ('code' in outcome) return waiters.flatMap((waiter) => refuse(waiter, state.id, ctx.now, outcome));
  const { id, seq } = outcome;
  return waiters.flatMap((waiter, index) =>
    ack(
      waiter,
      state.id,
      ctx.now,
      outcome.duplicate || index > 0 ? { id, seq, duplicate: true } : { id, seq },
    ),
  );
}

/** A committed event, the one right behind the head: advances the state and publishes. */
export function apply(state: ChannelState, event: CommittedEvent, ctx: Context): Effects {
  const encoded = encodeEvent(state.id, event);
  state.ring.push(encoded);
  state.head = event.seq;
  state.exists = true;
  const effects: Effect[] = [{ kind: 'publish', seq: event.seq, frame: encoded.json }];
  if (event.type === 'message:created' && state.typing.size > 0) {
    effects.push(...stopTyping(state, event.sender, state.present.get(event.sender)?.user, ctx));
  }
  return effects;
}

/** Puts what the log held at load time into the ring; nothing is published. */
export function fillRing(state: ChannelState, events: readonly CommittedEvent[]): void {
  for (const event of events) state.ring.push(encodeEvent(state.id, event));
}

/** A page that `read` asked for, or why there is none. */
export function pageRead(
  state: ChannelState,
  purpose: ReadPurpose,
  result: { readonly events: readonly CommittedEvent[]; readonly hasMore: boolean } | Failure,
  ctx: Context,
): Effects {
  const { waiter } = purpose;
  if ('code' in result) {
    // Who was in already, and only joined again, stays in.
    const isOut = purpose.kind === 'join' && !state.listening.has(waiter.connection);
    const gone = isOut ? exit(state, waiter.connection, 'left', ctx) : [];
    return [...refuse(waiter, state.id, ctx.now, result), ...gone];
  }
  if (!isJoined(state, waiter.connection)) {
    return refuse(waiter, state.id, ctx.now, { code: 'not_member', message: 'left before the answer' });
  }
  const read: Page = {
    events: result.events.map((event) => encodeEvent(state.id, event)),
    hasMore: result.hasMore,
  };
  const page = settlePage(state, purpose.range, read);
  return purpose.kind === 'history'
    ? answerHistory(state, waiter, page, ctx)
    : answerJoin(state, purpose, page, ctx);
}

/** The event with its wire text. */
export function encodeEvent(channelId: string, event: CommittedEvent): EncodedEvent {
  return {
    id: event.id,
    type: event.type,
    sender: event.sender,
    seq: event.seq,
    json: encodeDurableEvent(event.type, channelId, event.seq, event.timestamp, event.data),
  };
}

function twinKey(sender: string, clientMessageId: string): string {
  return `${sender}\0${clientMessageId}`;
}
