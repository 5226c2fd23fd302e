/**
 * The inbox as recipient. It alone decides who may whisper to its owner, and commits both copies. What it is asked for
 * again, or whose twin is on its way into the log, waits for that; what stands there is found by the log, which also
 * decides what an edit or a deletion comes to (docs/adr/0019).
 */
import type { AppendEntry } from '../log/entry.ts';
import type { Placed } from '../log/committed-event.ts';
import { failure, type Failure } from '../protocol/errors.ts';
import { arrive } from './arrivals.ts';
import { askId, entryFor, isUnconditional, partiesOf } from './ask.ts';
import type { Answer, Ask, Effect, Effects } from './effects.ts';
import { NO_WHISPER } from './marks.ts';
import { NO_RECIPIENT } from './outgoing.ts';
import type { Context, InboxState } from './state.ts';

/** Where an entry and its companions stand, these in their order. */
export interface GroupPlaced extends Placed {
  readonly companions: readonly Placed[];
}

/** A sender's inbox, or this one for a note, asks to commit something. */
export function asked(state: InboxState, ask: Ask, ctx: Context): Effects {
  const { from } = partiesOf(ask);
  // What comes behind one that waits to be vetted waits too, so that what a sender does stays in order.
  const waiting = state.vetting.get(from.id);
  if (waiting !== undefined) {
    waiting.push(ask);
    return [];
  }
  if (isUnconditional(ask) || state.policy !== 'shared' || state.blocked.has(from.id)) {
    return admit(state, ask, ctx);
  }
  state.vetting.set(from.id, [ask]);
  return [{ kind: 'vet', user: from.id }];
}

/** Whether `user` is in a channel with the owner, or why that isn't known. */
export function vetted(state: InboxState, user: string, isSharing: boolean | Failure, ctx: Context): Effects {
  const waiting = state.vetting.get(user) ?? [];
  state.vetting.delete(user);
  return waiting.flatMap((ask): Effects => {
    if (isUnconditional(ask)) return admit(state, ask, ctx);
    if (typeof isSharing !== 'boolean') return [refusal(ask, isSharing)];
    // The owner may take whispers from anyone by now.
    if (!isSharing && state.policy === 'shared') return [refusal(ask, NO_RECIPIENT)];
    return admit(state, ask, ctx);
  });
}

/** What became of an entry: answers all who ask for it, and shows it. One that was given up may be placed later. */
export function settled(
  state: InboxState,
  entry: AppendEntry,
  outcome: GroupPlaced | Failure,
  ctx: Context,
): Effects {
  const ids = state.incoming.end(entry) ?? [entry.id];
  const { sender } = entry;
  if ('code' in outcome) return ids.map((id) => answer(sender, id, outcome));
  const { seq } = outcome;
  if (seq === 0) return ids.map((id) => answer(sender, id, NO_WHISPER));
  const isDelivered = state.connections.size > 0 || seq <= (state.conversations.get(sender)?.delivered ?? 0);
  const placed = { id: outcome.id, seq: (outcome.companions[0] ?? outcome).seq, delivered: isDelivered };
  const answers = ids.map((id) => answer(sender, id, placed));
  // A note is shown by the sender's side, which knows who wrote it.
  if (sender === state.owner) return answers;
  const { id, type, timestamp, data } = entry;
  const event = outcome.id === id ? { id, type, sender, seq, timestamp, data } : null;
  return [...arrive(state, seq, event, [], [], ctx), ...answers];
}

/** The answer to an ask that no inbox could look at. */
export function refusal(ask: Ask, problem: Failure): Extract<Effect, { kind: 'answer' }> {
  return answer(partiesOf(ask).from.id, askId(ask), problem);
}

function admit(state: InboxState, ask: Ask, ctx: Context): Effects {
  const { from } = partiesOf(ask);
  if (!isUnconditional(ask)) {
    const takesNone = state.policy === 'nobody' || ctx.isBanned(state.owner);
    if (takesNone || state.blocked.has(from.id)) return [refusal(ask, NO_RECIPIENT)];
    if (ask.kind === 'send' && ctx.unreadLimit !== null && state.unread >= ctx.unreadLimit) {
      return [refusal(ask, failure('conflict', 'the inbox of this user is full'))];
    }
  }
  const id = askId(ask);
  const clientMessageId = ask.kind === 'send' ? ask.whisper.clientMessageId : undefined;
  // Without a clientMessageId it is its own twin, when it is asked for again. Nobody's id is empty.
  const [party, key] = clientMessageId === undefined ? ['', id] : [from.id, clientMessageId];
  if (state.incoming.join(party, key, id)) return [];
  const entry = entryFor(ask);
  state.incoming.begin(entry, party, key, id);
  return [{ kind: 'append', entry }];
}

function answer(to: string, id: string, outcome: Answer['outcome']): Extract<Effect, { kind: 'answer' }> {
  return { kind: 'answer', to, answer: { id, outcome } };
}
