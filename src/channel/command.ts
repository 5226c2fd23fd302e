/** The form of a request that a channel handles: schema, route, rate class, permission and handler in one value. */
import type { Static, TSchema } from 'typebox';
import { type ActionName, decide } from '../protocol/decide.ts';
import type { Principal } from '../protocol/entities.ts';
import type { Failure } from '../protocol/errors.ts';
import { failure } from '../protocol/errors.ts';
import type { Effects, ChannelState, Context, Sender } from './state.ts';
import { isJoined } from './state.ts';
import type { Waiter } from '../log/waiter.ts';

/** Requests are limited by class: sends, signals such as typing, and everything that asks. */
export type CommandRate = 'message' | 'signal' | 'query';

/** What a sender needs before the handler runs: nothing, to be in the channel, or to be in it and allowed to do that there. */
export type Requirement = 'none' | 'joined' | ActionName;

/** One request, parsed and valid. */
export interface Request<Data> {
  readonly from: Sender;
  readonly waiter: Waiter;
  readonly data: Data;
}

/** A message type that routes by channel. */
export interface ChannelCommand<Type extends string = string, Schema extends TSchema = TSchema> {
  readonly type: Type;
  readonly route: 'channel';
  readonly rate: CommandRate;
  readonly requires: Requirement;
  /**
   * Where nothing is required: what `handle` decides first. It is asked when `data` doesn't fit, too, so that whoever may not
   * learns nothing about what they sent.
   */
  readonly may?: (state: ChannelState, user: Principal, ctx: Context) => Failure | null;
  /** Whether it is answered with a page of events, out of the ring or out of the log. */
  readonly pages?: boolean;
  /** Shape of `data`; an absent `data` is checked as `{}`. Unknown members are ignored. */
  readonly data: Schema;
  readonly handle: (state: ChannelState, request: Request<Static<Schema>>, ctx: Context) => Effects;
}

const NOT_MEMBER = failure('not_member', 'join the channel first');

/** Gives a command its exact types. */
export function defineChannelCommand<Type extends string, Schema extends TSchema>(
  command: Omit<ChannelCommand<Type, Schema>, 'route'>,
): ChannelCommand<Type, Schema> {
  return { ...command, route: 'channel' };
}

/** Why `from` may not do what the command requires, or null. */
export function missingRequirement(
  requirement: Requirement,
  state: ChannelState,
  from: Sender,
  ctx: Context,
): Failure | null {
  if (requirement === 'none') return null;
  if (!isJoined(state, from.connection)) return NOT_MEMBER;
  return requirement === 'joined' ? null : decide(from.user, requirement, state, ctx);
}

/** The same for who asks over no connection, and so is in no channel: what takes being in it and a right takes the right. */
export function missingOutside(
  requirement: Requirement,
  state: ChannelState,
  user: Principal,
  ctx: Context,
): Failure | null {
  if (requirement === 'none') return null;
  return requirement === 'joined' ? NOT_MEMBER : decide(user, requirement, state, ctx);
}
