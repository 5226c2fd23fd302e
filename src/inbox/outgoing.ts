/**
 * The inbox as sender. A whisper whose recipient is found is asked of the recipient's inbox, in the order of sending. It
 * is kept until it was answered: asked again when the way there is back, given up after GIVE_UP_MS. One that was given
 * up may still land; it is shown then, since what is in the log is shown.
 */
import { refuse } from '../log/answers.ts';
import type { UserRef } from '../protocol/entities.ts';
import { failure, type Failure } from '../protocol/errors.ts';
import { arrive, catchUp } from './arrivals.ts';
import type { Answer, Effect, Effects } from './effects.ts';
import { canExist, isNamedAlike } from './person.ts';
import type { Context, InboxState, Outgoing, PendingSend } from './state.ts';
import { sentEvent, type Whisper } from './whisper.ts';

const GIVE_UP_MS = 10_000;
/** Whispers of one user that may be under way. */
const MAX_OUTGOING = 1_000;
/** For so long a recipient's name counts as known, and so many are kept. */
const PERSON_TTL_MS = 10_000;
const MAX_PEOPLE = 1_000;

/** Unknown, blocking the sender, taking no whispers: one answer, so that nobody learns which (docs/adr/0018). */
export const NO_RECIPIENT = failure('not_found', 'no such user, or they take no whispers from you');

/** A valid send: asked at once, or behind those whose recipient is being looked for. */
export function send(state: InboxState, pending: PendingSend, ctx: Context): Effects {
  if (state.asked.size + state.pending.length >= MAX_OUTGOING) {
    const problem = failure('overloaded', 'too many of your whispers are under way', 1_000);
    return refuse(pending.waiter, undefined, ctx.now, problem);
  }
  if (!canExist(pending.to)) return refuse(pending.waiter, undefined, ctx.now, NO_RECIPIENT);
  pending.recipient = knownRecipient(state, pending, ctx);
  if (pending.recipient !== null && state.pending.length === 0) {
    return ask(state, pending, pending.recipient, ctx);
  }
  const isLookedFor = state.pending.some(
    (other) => other.recipient === null && isNamedAlike(other.to, pending.to),
  );
  state.pending.push(pending);
  if (pending.recipient !== null || isLookedFor) return [];
  return [{ kind: 'find', person: pending.to, purpose: { kind: 'send', send: pending } }];
}

/** The recipient of `pending`, and of all sends to the same: found, nobody (null), or why that isn't known. */
export function recipientFound(
  state: InboxState,
  { to }: PendingSend,
  found: UserRef | Failure | null,
  ctx: Context,
): Effects {
  const person = found === null || 'code' in found ? null : found;
  const problem = found !== null && 'code' in found ? found : NO_RECIPIENT;
  const effects: Effect[] = [];
  if (person !== null) remember(state, person, ctx);
  for (const pending of state.pending.splice(0)) {
    const isMeant = pending.recipient === null && isNamedAlike(pending.to, to);
    if (isMeant && person === null) effects.push(...refuse(pending.waiter, undefined, ctx.now, problem));
    else state.pending.push(pending);
    if (isMeant) pending.recipient = person;
  }
  for (let first = state.pending[0]; first?.recipient != null; first = state.pending[0]) {
    state.pending.shift();
    effects.push(...ask(state, first, first.recipient, ctx));
  }
  return effects;
}

/** The recipient's inbox has placed a whisper, or says why not. */
export function answered(state: InboxState, { id, outcome }: Answer, ctx: Context): Effects {
  const outgoing = state.asked.get(id);
  if (outgoing === undefined) {
    return 'code' in outcome ? [] : arrive(state, outcome.seq, null, [], [], ctx);
  }
  const waiters = end(state, outgoing);
  if ('code' in outcome) {
    if (outcome.code === 'unavailable') state.doubtful.add(outgoing.whisper.to.id);
    return waiters.flatMap((waiter) => refuse(waiter, undefined, ctx.now, outcome));
  }
  const { seq, delivered } = outcome;
  const isNew = outcome.id === id;
  const [first] = waiters;
  // Only the first of those who waited may be no duplicate. In place of the event it is told its number.
  const then = waiters.map((waiter) => {
    const data = { id: outcome.id, seq, delivered };
    return {
      kind: 'ack' as const,
      waiter,
      data: isNew && waiter === first ? data : { ...data, duplicate: true },
    };
  });
  const except = isNew && first?.ref !== undefined ? [first.connection] : [];
  return arrive(state, seq, isNew ? sentEvent(outgoing.whisper, seq) : null, except, then, ctx);
}

/** The way to the inboxes of all whom `reaches` names is there again: what wasn't answered is asked again. */
export function wayBack(state: InboxState, reaches: (userId: string) => boolean): Effects {
  const effects: Effect[] = [];
  for (const { whisper } of state.asked.values()) {
    if (reaches(whisper.to.id)) effects.push(askToSend(whisper));
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
    const problem = failure('unavailable', 'the whisper could not be delivered yet; try again', 1_000);
    for (const waiter of end(state, outgoing)) effects.push(...refuse(waiter, undefined, ctx.now, problem));
    state.doubtful.add(outgoing.whisper.to.id);
  }
  return effects.length === 0 ? [] : [...effects, ...catchUp(state)];
}

/** When {@link giveUp} has something to do next (monotonic ms), or null. */
export function nextGiveUp(state: InboxState): number | null {
  const first = state.asked.values().next();
  return first.done === true ? null : first.value.until;
}

function ask(state: InboxState, pending: PendingSend, to: UserRef, ctx: Context): Effects {
  const { from, content, clientMessageId, waiter } = pending;
  if (state.outgoing.join(to.id, clientMessageId, waiter)) return [];
  const key = clientMessageId === undefined ? {} : { clientMessageId };
  const whisper: Whisper = { id: ctx.newId(), from, to, content, ...key, timestamp: ctx.now };
  const outgoing = { whisper, until: ctx.mono + GIVE_UP_MS };
  state.outgoing.begin(outgoing, to.id, clientMessageId, waiter);
  state.asked.set(whisper.id, outgoing);
  return [askToSend(whisper)];
}

function askToSend(whisper: Whisper): Effect {
  return { kind: 'ask', to: whisper.to.id, ask: { kind: 'send', whisper } };
}

function end(state: InboxState, outgoing: Outgoing): readonly PendingSend['waiter'][] {
  state.asked.delete(outgoing.whisper.id);
  return state.outgoing.end(outgoing) ?? [];
}

function knownRecipient(state: InboxState, { to, from }: PendingSend, ctx: Context): UserRef | null {
  if (!('id' in to)) return null;
  if (to.id === state.owner) return from;
  const known = state.people.get(to.id);
  return known === undefined || known.until <= ctx.mono ? null : known.person;
}

function remember(state: InboxState, person: UserRef, ctx: Context): void {
  // Every one is kept as long, so the map is in order of ending.
  state.people.delete(person.id);
  state.people.set(person.id, { person, until: ctx.mono + PERSON_TTL_MS });
  for (const [id, { until }] of state.people) {
    if (until > ctx.mono && state.people.size <= MAX_PEOPLE) break;
    state.people.delete(id);
  }
}
