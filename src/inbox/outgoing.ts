/**
 * The inbox as sender. Whispers and changes of them are asked of the recipient's inbox, in order, and kept until they were
 * answered: asked again when the way there is back, given up after GIVE_UP_MS. What was given up may still land; it is
 * shown then, since what is in the log is shown.
 */
import { refuse } from '../log/answers.ts';
import type { Waiter } from '../log/waiter.ts';
import { failure } from '../protocol/errors.ts';
import { arrive, catchUp } from './arrivals.ts';
import { askId, ownEvent, partiesOf } from './ask.ts';
import type { Answer, Ask, Effect, Effects, WhisperPlaced } from './effects.ts';
import type { Context, InboxState, Outgoing } from './state.ts';

const GIVE_UP_MS = 10_000;
/** Whispers, and changes of them, of one user that may be under way. */
const MAX_OUTGOING = 1_000;

/** Unknown, banned, blocking the sender, taking no whispers: one answer, so that nobody learns which (docs/adr/0018). */
export const NO_RECIPIENT = failure('not_found', 'no such user, or they take no whispers from you');

/** The answer to more than an owner may have under way. */
export const TOO_MANY = failure('overloaded', 'too many of your whispers are under way', 1_000);

/** Whether as much of the owner is under way as may be. */
export function isFull(state: InboxState): boolean {
  return state.asked.size + state.pending.length >= MAX_OUTGOING;
}

/** Asks, or waits for the twin with the same `key` that is under way to the same recipient. */
export function ask(
  state: InboxState,
  wanted: Ask,
  key: string | undefined,
  waiter: Waiter,
  ctx: Context,
): Effects {
  const to = partiesOf(wanted).to.id;
  if (state.outgoing.join(to, key, waiter)) return [];
  const outgoing = { ask: wanted, until: ctx.mono + GIVE_UP_MS };
  state.outgoing.begin(outgoing, to, key, waiter);
  state.asked.set(askId(wanted), outgoing);
  return [{ kind: 'ask', to, ask: wanted }];
}

/** The recipient's inbox has committed what it was asked for, or says why not. */
export function answered(state: InboxState, { id, outcome }: Answer, ctx: Context): Effects {
  const outgoing = state.asked.get(id);
  if (outgoing === undefined) {
    return 'code' in outcome ? [] : arrive(state, outcome.seq, null, [], [], ctx);
  }
  const waiters = end(state, outgoing);
  if ('code' in outcome) {
    if (outcome.code === 'unavailable') state.doubtful.add(partiesOf(outgoing.ask).to.id);
    return waiters.flatMap((waiter) => refuse(waiter, undefined, ctx.now, outcome));
  }
  const { seq } = outcome;
  const isNew = outcome.id === id;
  const event = isNew ? ownEvent(outgoing.ask, seq) : null;
  const at = event?.timestamp ?? null;
  const [first] = waiters;
  // Only the first of those who waited may be no duplicate. In place of the event it is told its number.
  const then = waiters.map((waiter) => {
    const data = acknowledged(outgoing.ask, outcome);
    return {
      kind: 'ack' as const,
      ...{ waiter, at },
      data: isNew && waiter === first ? data : { ...data, duplicate: true },
    };
  });
  const except = isNew && first?.ref !== undefined ? [first.connection] : [];
  return arrive(state, seq, event, except, then, ctx);
}

/** The way to the inboxes of all whom `reaches` names is there again: what wasn't answered is asked again. */
export function wayBack(state: InboxState, reaches: (userId: string) => boolean): Effects {
  const effects: Effect[] = [];
  for (const { ask: wanted } of state.asked.values()) {
    const to = partiesOf(wanted).to.id;
    if (reaches(to)) effects.push({ kind: 'ask', to, ask: wanted });
  }
  const cleared = [...state.doubtful].filter((userId) => reaches(userId));
  for (const userId of cleared) state.doubtful.delete(userId);
  // Nothing that the shard before had under way can land any more, so the log has the last word.
  if (cleared.length > 0 || state.isHeir) effects.push(...catchUp(state));
  return effects;
}

/** Gives up what wasn't answered for too long; the log says what of it landed so far. */
export function giveUp(state: InboxState, ctx: Context): Effects {
  const effects: Effect[] = [];
  for (const outgoing of state.asked.values()) {
    if (outgoing.until > ctx.mono) break;
    const problem = failure('unavailable', 'the recipient could not be reached yet; try again', 1_000);
    for (const waiter of end(state, outgoing)) effects.push(...refuse(waiter, undefined, ctx.now, problem));
    state.doubtful.add(partiesOf(outgoing.ask).to.id);
  }
  return effects.length === 0 ? [] : [...effects, ...catchUp(state)];
}

/** When {@link giveUp} has something to do next (monotonic ms), or null. */
export function nextGiveUp(state: InboxState): number | null {
  const first = state.asked.values().next();
  return first.done === true ? null : first.value.until;
}

/** What the `ack` tells. */
function acknowledged(wanted: Ask, { id, seq, delivered }: WhisperPlaced): object {
  return wanted.kind === 'send' ? { id, seq, delivered } : { id: wanted.change.whisper.id, seq };
}

function end(state: InboxState, outgoing: Outgoing): readonly Waiter[] {
  state.asked.delete(askId(outgoing.ask));
  return state.outgoing.end(outgoing) ?? [];
}
