/** What the log tells the channel: outcomes of appends, committed events, pages. */
import { refuse } from '../log/answers.ts';
import type { CommittedEvent, Placed, ReadPage } from '../log/committed-event.ts';
import { type Page, settlePage } from '../log/pages.ts';
import { applyChange, endRead } from '../log/shown-changes.ts';
import { encodeAck } from '../protocol/encode.ts';
import type { Failure } from '../protocol/errors.ts';
import type { Effect, ReadPurpose } from './effects.ts';
import type { AppendEntry } from '../log/entry.ts';
import type { Waiter } from '../log/waiter.ts';
import { encodeEvent } from './frames.ts';
import { approvalSettled } from './held.ts';
import { messageChanges, NO_MESSAGE } from './message-change.ts';
import { countWriters, forgetWritten, noteWritten } from './modes.ts';
import { answerHistory, answerJoin } from './pages.ts';
import { exit } from './presence.ts';
import { purge, purgeSettled } from './purge.ts';
import { type ChannelState, type Context, type Effects, isJoined } from './state.ts';
import { applyFounding, applyToTables, isReplacing } from './tables.ts';
import { stopTyping } from './typing.ts';

/** Notes that `entry` is on its way; sends with the same clientMessageId wait with it from now on. */
export function begin(state: ChannelState, entry: AppendEntry, waiter: Waiter): Effects {
  state.inFlight.begin(entry, entry.sender, entry.clientMessageId, waiter);
  return [{ kind: 'append', entry }];
}

/** An append came to an end: answers everyone who waits for it. The event itself comes by {@link apply}. */
export function settle(
  state: ChannelState,
  entry: AppendEntry,
  outcome: Placed | Failure,
  ctx: Context,
): Effects {
  const waiters = state.inFlight.end(entry);
  if (waiters === null) return purgeSettled(state, entry, outcome, ctx) ?? [];
  if ('code' in outcome && state.wroteAt.size > 0) forgetWritten(state, entry);
  if (state.founding === entry) state.founding = null;
  const effects: Effect[] = [];
  const more = ackedBeside(state, entry, ctx.now);
  const [first] = waiters;
  for (const waiter of waiters) {
    if ('code' in outcome) effects.push(...refuse(waiter, state.id, ctx.now, outcome));
    else if (outcome.seq === 0) effects.push(...refuse(waiter, state.id, ctx.now, NO_MESSAGE));
    else if (waiter.ref !== undefined) {
      // Only the first of those who waited may be no duplicate.
      const duplicate = outcome.duplicate || waiter !== first;
      const id = entry.amends?.id ?? outcome.id;
      const frame = encodeAck(
        waiter.ref,
        state.id,
        ctx.now,
        id,
        outcome.seq,
        duplicate,
        more + calledBy(waiter),
      );
      effects.push({ kind: 'send', to: waiter.connection, frame });
    }
  }
  if (state.purgeAfter.size > 0) effects.push(...purgeBehind(state, entry, outcome));
  if (state.reviews.size > 0) effects.push(...approvalSettled(state, entry, outcome, ctx));
  return effects;
}

/** What the one who was banned sent before stands in the log by now. */
function purgeBehind(state: ChannelState, entry: AppendEntry, outcome: Placed | Failure): Effects {
  const order = state.purgeAfter.get(entry);
  state.purgeAfter.delete(entry);
  return order === undefined || 'code' in outcome ? [] : purge(order, null);
}

/** What an `ack` tells beside id and `seq`, as JSON text to append: a sanction that took the place of another one. */
function ackedBeside(state: ChannelState, { changes }: AppendEntry, now: number): string {
  return changes !== undefined && isReplacing(state, changes, now) ? ',"replaced":true' : '';
}

function calledBy({ command }: Waiter): string {
  return command === undefined ? '' : `,"command":${JSON.stringify(command)}`;
}

/**
 * A committed event, the one right behind the head: advances the state and publishes. `changes`: what it did beside, where
 * its entry is this shard's.
 */
export function apply(
  state: ChannelState,
  event: CommittedEvent & Pick<AppendEntry, 'changes'>,
  ctx: Context,
): Effects {
  const encoded = encodeEvent(state.id, event);
  state.ring.push(encoded);
  state.head = event.seq;
  state.exists = true;
  const effects: Effect[] = [{ kind: 'publish', seq: event.seq, frame: encoded.json }];
  if (event.type === 'message:created' && state.speakers.size > 0) state.speakers.set(event.sender, true);
  if (event.type !== 'message:created') {
    applyChange(state, event, messageChanges(state.id));
    ctx.pageTexts.forgetChannel(state.id);
    effects.push(...applyToTables(state, event, ctx));
  } else {
    if (event.changes !== undefined) applyFounding(state, event.changes, event.timestamp);
    if (state.settings.slowModeSeconds > 0) noteWritten(state, event.sender, event.timestamp);
    if (state.typing.size > 0) {
      effects.push(...stopTyping(state, event.sender, state.present.get(event.sender)?.user, ctx));
    }
  }
  return effects;
}

/** Puts what the log held at load time into the ring; nothing is published. */
export function fillRing(state: ChannelState, events: readonly CommittedEvent[]): void {
  for (const event of events) state.ring.push(encodeEvent(state.id, event));
  countWriters(state);
}

/** Nobody waits any more for a page that `read` asked for. */
export function pageDropped(state: ChannelState): void {
  endRead(state, messageChanges(state.id));
}

/** A page that `read` asked for, or why there is none. */
export function pageRead(
  state: ChannelState,
  purpose: ReadPurpose,
  result: ReadPage | Failure,
  ctx: Context,
): Effects {
  const { waiter } = purpose;
  const asOfNow = endRead(state, messageChanges(state.id));
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
    events: result.events.map(asOfNow),
    hasMore: result.hasMore,
  };
  const page = settlePage(state, purpose.range, read);
  return purpose.kind === 'history'
    ? answerHistory(state, waiter, page, ctx)
    : answerJoin(state, purpose, page, ctx);
}
