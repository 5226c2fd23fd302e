/**
 * What the owner sends, edits and deletes, in the order of asking: one whose recipient, or whose whisper, has to be found
 * first waits for that, and what comes behind waits too.
 */
import { refuse } from '../log/answers.ts';
import type { UserRef } from '../protocol/entities.ts';
import type { Failure } from '../protocol/errors.ts';
import { isStorable } from '../protocol/text.ts';
import { whisperIdOf } from '../protocol/whispers.ts';
import type { Ask, Effect, Effects } from './effects.ts';
import { NO_WHISPER } from './marks.ts';
import { ask, isFull, NO_RECIPIENT, TOO_MANY } from './outgoing.ts';
import { canExist, isNamedAlike } from '../protocol/person.ts';
import type { Context, InboxState, LocatedWhisper, Pending, PendingChange, PendingSend } from './state.ts';
import { headOf, type WhisperHead } from './whisper-change.ts';
import { whisperOf } from './whisper.ts';

/** For so long a recipient's name counts as known, and so many are kept. */
const PERSON_TTL_MS = 10_000;
const MAX_PEOPLE = 1_000;

/** A valid send: asked at once, or behind those that wait. */
export function send(state: InboxState, pending: PendingSend, ctx: Context): Effects {
  if (isFull(state)) return refuse(pending.waiter, undefined, ctx.now, TOO_MANY);
  if (!canExist(pending.to)) return refuse(pending.waiter, undefined, ctx.now, NO_RECIPIENT);
  pending.recipient = knownRecipient(state, pending, ctx);
  const isLookedFor = state.pending.some(
    (other) => other.kind === 'send' && other.recipient === null && isNamedAlike(other.to, pending.to),
  );
  state.pending.push(pending);
  if (pending.recipient !== null) return advance(state, ctx);
  return isLookedFor ? [] : [{ kind: 'find', person: pending.to, purpose: { kind: 'send', send: pending } }];
}

/** A valid edit or deletion: asked at once, or behind those that wait. */
export function change(state: InboxState, pending: PendingChange, ctx: Context): Effects {
  if (isFull(state)) return refuse(pending.waiter, undefined, ctx.now, TOO_MANY);
  if (!isStorable(pending.id)) return refuse(pending.waiter, undefined, ctx.now, NO_WHISPER);
  pending.whisper = recentOwn(state, pending.id);
  state.pending.push(pending);
  if (pending.whisper !== null) return advance(state, ctx);
  return [{ kind: 'locate', id: pending.id, with: null, purpose: { kind: 'change', pending } }];
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
    const isMeant = pending.kind === 'send' && pending.recipient === null && isNamedAlike(pending.to, to);
    if (isMeant && person === null) effects.push(...refuse(pending.waiter, undefined, ctx.now, problem));
    else state.pending.push(pending);
    if (isMeant) pending.recipient = person;
  }
  return [...effects, ...advance(state, ctx)];
}

/** The whisper that `pending` is to change, as it stands in the inbox: nowhere (null), or why that isn't known. */
export function whisperFound(
  state: InboxState,
  pending: PendingChange,
  found: LocatedWhisper | Failure | null,
  ctx: Context,
): Effects {
  if (found !== null && !('code' in found) && found.sent) {
    const head = headOf(JSON.parse(found.data) as WhisperHead);
    // The id of a copy isn't a whisper's.
    if (head.id === pending.id) {
      pending.whisper = head;
      return advance(state, ctx);
    }
  }
  state.pending.splice(state.pending.indexOf(pending), 1);
  const problem = found !== null && 'code' in found ? found : NO_WHISPER;
  return [...refuse(pending.waiter, undefined, ctx.now, problem), ...advance(state, ctx)];
}

/** Asks what is in front and needs nothing any more. */
function advance(state: InboxState, ctx: Context): Effects {
  const effects: Effect[] = [];
  for (let first = state.pending[0]; first !== undefined; first = state.pending[0]) {
    const next = askFor(first, ctx);
    if (next === null) break;
    state.pending.shift();
    const key = first.kind === 'send' ? first.clientMessageId : undefined;
    effects.push(...ask(state, next, key, first.waiter, ctx));
  }
  return effects;
}

/** Null: something has to be found yet. */
function askFor(pending: Pending, ctx: Context): Ask | null {
  if (pending.kind === 'change') {
    const { whisper, content } = pending;
    if (whisper === null) return null;
    return { kind: 'change', change: { id: ctx.newId(), whisper, content, timestamp: ctx.now } };
  }
  const { from, recipient: to, content, clientMessageId } = pending;
  if (to === null) return null;
  const key = clientMessageId === undefined ? {} : { clientMessageId };
  return { kind: 'send', whisper: whisperOf({ id: ctx.newId(), from, to, content, ...key }, ctx.now) };
}

/** The owner's whisper `id`, when the ring has it. */
function recentOwn(state: InboxState, id: string): WhisperHead | null {
  const event = state.ring
    .slice(1, state.head)
    .findLast(({ type, id: eventId }) => type === 'whisper:created' && whisperIdOf(eventId) === id);
  if (event === undefined || event.sender !== state.owner) return null;
  return headOf((JSON.parse(event.json) as { readonly data: WhisperHead }).data);
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
