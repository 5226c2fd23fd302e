/**
 * The making, deleting and bringing back of the channel itself. These are no entries of its log: the record says whether there
 * is a channel, and the actor carries them out when nothing else of it is under way (docs/adr/0026).
 */
import { ack, refuse } from '../log/answers.ts';
import type { Waiter } from '../log/waiter.ts';
import { parseChannelName, parseDescription, parseTopic } from '../protocol/channel-text.ts';
import { encodeEphemeralEvent } from '../protocol/encode.ts';
import type { Principal, UserRef } from '../protocol/entities.ts';
import { failure, type Failure } from '../protocol/errors.ts';
import type { ChannelDeleted } from '../protocol/events.ts';
import { mayCreateChannel, reaches } from '../protocol/permissions.ts';
import { fail, ok, type Result } from '../protocol/result.ts';
import type { Effect } from './effects.ts';
import { leaveProblem, NO_CHANNEL } from './leave.ts';
import type { ChannelState, Context, Effects } from './state.ts';

/** What a channel is made of, beside its id. */
export interface ChannelMake {
  /** Absent: its id. */
  readonly name?: string;
  readonly topic?: string;
  readonly description?: string;
  readonly private?: boolean;
}

/** What is to become of the record, and who waits for it. */
export type RecordOrder = { readonly from: Principal; readonly waiter: Waiter } & (
  | {
      readonly do: 'create';
      readonly channel: {
        readonly name: string;
        readonly topic?: string;
        readonly description?: string;
        readonly private: boolean;
      };
    }
  | { readonly do: 'delete'; readonly purge: boolean }
  | { readonly do: 'restore' }
);

/** Why `user` may not make this channel, or null: they may, if it isn't there. */
export function createProblem(state: ChannelState, user: Principal, ctx: Context): Failure | null {
  if (!mayCreateChannel(user, ctx.policy)) return failure('forbidden', 'you may not make channels');
  return user.channels === undefined || reaches(user.channels, state.id)
    ? null
    : failure('forbidden', 'your token is for other channels');
}

/** Makes the channel; whoever does owns it. */
export function createChannel(
  state: ChannelState,
  make: ChannelMake,
  from: Principal,
  waiter: Waiter,
  ctx: Context,
): Effects {
  const problem = createProblem(state, from, ctx);
  if (problem !== null) return refuse(waiter, state.id, ctx.now, problem);
  const channel = madeOf(state.id, make);
  if (!channel.ok) return refuse(waiter, state.id, ctx.now, channel.failure);
  if (state.exists) return refuse(waiter, state.id, ctx.now, failure('conflict', 'this id is taken'));
  return [{ kind: 'record', order: { do: 'create', channel: channel.value, from, waiter } }];
}

function madeOf(id: string, make: ChannelMake): Result<Extract<RecordOrder, { do: 'create' }>['channel']> {
  const name = parseChannelName(make.name ?? id);
  if (!name.ok) return fail(name.failure);
  const topic = parseTopic(make.topic ?? '');
  if (!topic.ok) return fail(topic.failure);
  const description = parseDescription(make.description ?? '');
  if (!description.ok) return fail(description.failure);
  return ok({
    name: name.value,
    ...(topic.value === '' ? {} : { topic: topic.value }),
    ...(description.value === '' ? {} : { description: description.value }),
    private: make.private ?? false,
  });
}

/** Deletes the channel, with `purge` all that it has too. */
export function deleteChannel(
  state: ChannelState,
  purge: boolean,
  from: Principal,
  waiter: Waiter,
  ctx: Context,
): Effects {
  const problem =
    leaveProblem(state, from, 'channel:delete', ctx) ??
    (state.exists ? null : NO_CHANNEL) ??
    (state.deleted && !purge ? failure('conflict', 'it is deleted already') : null);
  if (problem !== null) return refuse(waiter, state.id, ctx.now, problem);
  return [{ kind: 'record', order: { do: 'delete', purge, from, waiter } }];
}

/** Brings the channel back. */
export function restoreChannel(state: ChannelState, from: Principal, waiter: Waiter, ctx: Context): Effects {
  const problem =
    leaveProblem(state, from, 'channel:restore', ctx) ??
    (state.exists ? null : NO_CHANNEL) ??
    (state.deleted ? null : failure('conflict', 'it is not deleted'));
  if (problem !== null) return refuse(waiter, state.id, ctx.now, problem);
  return [{ kind: 'record', order: { do: 'restore', from, waiter } }];
}

/** What came of it; false: the record was another one than this state knew. */
export function recordChanged(
  state: ChannelState,
  { do: what, waiter }: RecordOrder,
  outcome: Result<boolean>,
  ctx: Context,
): Effects {
  if (!outcome.ok) return refuse(waiter, state.id, ctx.now, outcome.failure);
  return outcome.value
    ? ack(waiter, state.id, ctx.now, { id: state.id })
    : refuse(waiter, state.id, ctx.now, what === 'create' ? TAKEN : NO_CHANNEL);
}

const TAKEN: Failure = failure('conflict', 'this id is taken');

/**
 * The channel is no more what this state has: everyone is out, and told behind all that was shown. Not by a broadcast, which
 * those who are behind don't get.
 */
export function channelEnded(state: ChannelState, { by, purged }: ChannelDeleted, ctx: Context): Effects {
  const data: ChannelDeleted = { ...(by === undefined ? {} : { by: refOf(by) }), purged };
  const frame = encodeEphemeralEvent('channel:deleted', state.id, ctx.now, data);
  // Who is in it is told there.
  const elsewhere = [...state.members.keys()].filter((user) => !state.present.has(user));
  const connections = [...state.userOf.keys()];
  for (const gone of [
    state.userOf,
    state.present,
    state.presentNames,
    state.leaving,
    state.typing,
    state.typists,
  ])
    gone.clear();
  state.listening.clear();
  state.presence.countDue = null;
  return [
    ...connections.flatMap((connection): Effects => [
      { kind: 'unsubscribe', connection },
      { kind: 'send', to: connection, frame },
    ]),
    ...elsewhere.map((user): Effect => ({ kind: 'tell', user, frame })),
  ];
}

function refOf({ id, name }: UserRef): UserRef {
  return { id, name };
}
