/** What the log tells the channel: outcomes of appends, committed events. */
import { refuse } from '../log/answers.ts';
import type { CommittedEvent, Placed } from '../log/committed-event.ts';
import { applyChange } from '../log/shown-changes.ts';
import { encodeAck } from '../protocol/encode.ts';
import type { Failure } from '../protocol/errors.ts';
import { messageChanges } from './changes-shown.ts';
import type { Effect } from './effects.ts';
import type { AppendEntry } from '../log/entry.ts';
import type { Waiter } from '../log/waiter.ts';
import { encodeEvent } from './frames.ts';
import { approvalSettled } from './held.ts';
import { NO_MESSAGE } from './message-change.ts';
import { countWriters, forgetWritten, noteWritten } from './modes.ts';
import { answerAhead } from './page-reads.ts';
import { purge, purgeSettled } from './purge.ts';
import { changeQuotes, withQuote } from './quotes.ts';
import { publication } from './shadows.ts';
import type { ChannelState, Context, Effects } from './state.ts';
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
  if (('code' in outcome || outcome.seq === 0) && state.wroteAt.size > 0) forgetWritten(state, entry);
  if (state.founding === entry) state.founding = null;
  // Its event won't be shown for it, or not before others: what is read then has its quote.
  if ('code' in outcome || outcome.id !== entry.id || outcome.seq !== state.head + 1)
    state.quotes.delete(entry.id);
  const effects: Effect[] = [];
  const more = ackedBeside(state, entry, ctx.now);
  const [first] = waiters;
  for (const waiter of waiters) {
    if ('code' in outcome) effects.push(...refuse(waiter, state.id, ctx.now, outcome));
    else if (outcome.seq === 0) effects.push(...refuse(waiter, state.id, ctx.now, NO_MESSAGE));
    else if (waiter.ref !== undefined) {
      // Only the first of those who waited may be no duplicate.
      const duplicate = outcome.duplicate || waiter !== first;
      const id = ackedId(entry, outcome);
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

/** The id that an `ack` tells: of the message, not of the event that changes it; a reaction's tells none. */
function ackedId({ amends, reacts, changes }: AppendEntry, { id }: Placed): string | null {
  if (reacts !== undefined) return null;
  if (amends !== undefined) return amends.id;
  const about = changes?.find(({ kind }) => kind === 'pin' || kind === 'shadowEdit');
  return about?.kind === 'pin' || about?.kind === 'shadowEdit' ? about.target : id;
}

/** What an `ack` tells beside id and `seq`, as JSON text to append: a sanction that took the place of another one. */
function ackedBeside(state: ChannelState, { changes }: AppendEntry, now: number): string {
  return changes !== undefined && isReplacing(state, changes, now) ? ',"replaced":true' : '';
}

function calledBy({ command }: Waiter): string {
  return command === undefined ? '' : `,"command":${JSON.stringify(command)}`;
}

/**
 * A committed event, the one right behind the head: advances the state and publishes. It has `changes` where its entry is this
 * shard's.
 */
export function apply(state: ChannelState, committed: CommittedEvent, ctx: Context): Effects {
  const isMessage = committed.type === 'message:created';
  const event = committed.changes === undefined ? committed : withQuote(state, committed);
  const isPlain = committed.shadow === undefined && committed.changes === undefined;
  const encoded = encodeEvent(state.id, event, isPlain ? 'no' : undefined);
  state.ring.push(encoded);
  state.head = event.seq;
  state.exists = true;
  const effects: Effect[] = [publication(state, encoded, ctx)];
  if (isMessage && state.speakers.size > 0) state.speakers.set(event.sender, true);
  if (!isMessage || event.changes !== undefined) {
    const change = applyChange(state, event, messageChanges(state.id));
    if (change?.kind === 'text') changeQuotes(state, change);
    ctx.pageTexts.forgetChannel(state.id);
    effects.push(...applyToTables(state, event, ctx));
  }
  if (isMessage) {
    if (event.changes !== undefined) applyFounding(state, event.changes, event.timestamp);
    if (state.settings.slowModeSeconds > 0) noteWritten(state, event.sender, event.timestamp);
    if (state.typing.size > 0) {
      effects.push(...stopTyping(state, event.sender, state.present.get(event.sender)?.user, ctx));
    }
  }
  if (state.ahead.length > 0) effects.push(...answerAhead(state, ctx));
  return effects;
}

/** Puts what the log held at load time into the ring; nothing is published. */
export function fillRing(state: ChannelState, events: readonly CommittedEvent[]): void {
  for (const event of events) state.ring.push(encodeEvent(state.id, event));
  countWriters(state);
}
