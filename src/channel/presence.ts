/**
 * Who is connected to the channel: by user, with any number of connections each. The first connection of a user is
 * told, further ones are silent; a user is gone when the last connection left on purpose, or broke and none came for
 * PRESENCE_GRACE_MS. The first few who come or go are told at once, those of a storm may wait to be told together. With
 * more than LARGE_CHANNEL_PRESENT users only the count is told, at most once a second. Hidden ones are in the channel
 * and are never present.
 */
import { encodeEphemeralEvent } from '../protocol/encode.ts';
import type { Principal, UserRef } from '../protocol/entities.ts';
import {
  LARGE_CHANNEL_PRESENT,
  PRESENCE_BURST,
  PRESENCE_BURST_INTERVAL_MS,
  PRESENCE_COUNT_INTERVAL_MS,
  PRESENCE_GRACE_MS,
  PRESENCE_PATIENCE_MS,
} from '../protocol/limits.ts';
import { nameKey } from '../protocol/text.ts';
import type { Effect } from './effects.ts';
import type { ConnectionKey } from '../log/waiter.ts';
import type { ChannelState, Context } from './state.ts';
import { stopTyping } from './typing.ts';

/** When they came whom a state has from the one before. */
const LONG_AGO = 0;

/**
 * A connection comes; a user's first one at `since`, ms since the epoch. Returns what the others see; the newcomer isn't
 * subscribed yet.
 */
export function enter(
  state: ChannelState,
  connection: ConnectionKey,
  user: Principal,
  ctx: Context,
  since = ctx.now,
): Effect[] {
  if (state.userOf.has(connection)) return [];
  state.userOf.set(connection, user);
  if (user.hidden === true) return [];
  state.leaving.delete(user.id);
  const known = state.present.get(user.id);
  if (known !== undefined) {
    known.connections.add(connection);
    return [];
  }
  const connections = new Set([connection]);
  state.present.set(user.id, { user: { id: user.id, name: user.name }, since, connections });
  state.presentNames.set(nameKey(user.name), user.id);
  return tellPresence(state, 'presence:join', user, ctx);
}

/** A connection that was in the channel before this state came to be: nobody came, so nobody is told. */
export function restore(state: ChannelState, connection: ConnectionKey, user: Principal, ctx: Context): void {
  enter(state, connection, user, ctx, LONG_AGO);
  state.listening.add(connection);
}

/** A user whose last connection broke before this state came to be: here, silently, until the grace is over. */
export function linger(state: ChannelState, { id, name, hidden }: Principal, ctx: Context): void {
  if (hidden === true || state.present.has(id)) return;
  state.present.set(id, { user: { id, name }, since: LONG_AGO, connections: new Set() });
  state.presentNames.set(nameKey(name), id);
  state.leaving.set(id, ctx.mono + PRESENCE_GRACE_MS);
}

/** A connection leaves: `left` on purpose, or `broken`, which gives its user the grace. */
export function exit(
  state: ChannelState,
  connection: ConnectionKey,
  how: 'left' | 'broken',
  ctx: Context,
): Effect[] {
  const userId = state.userOf.get(connection)?.id;
  if (userId === undefined) return [];
  state.userOf.delete(connection);
  state.listening.delete(connection);
  const present = state.present.get(userId);
  if (present?.connections.delete(connection) !== true || present.connections.size > 0) return [];
  if (how === 'broken') {
    state.leaving.set(userId, ctx.mono + PRESENCE_GRACE_MS);
    return [];
  }
  return depart(state, present.user, ctx);
}

/** A user without a connection here is gone before the grace is over. */
export function endGrace(state: ChannelState, userId: string, ctx: Context): Effect[] {
  const present = state.present.get(userId);
  return present?.connections.size === 0 ? depart(state, present.user, ctx) : [];
}

/** A present user has another name from now on; in a large channel nobody is told names. */
export function rename(state: ChannelState, { id, name }: UserRef, ctx: Context): Effect[] {
  const present = state.present.get(id);
  if (present === undefined || present.user.name === name) return [];
  forgetName(state, present.user);
  present.user = { id, name };
  state.presentNames.set(nameKey(name), id);
  if (state.present.size > LARGE_CHANNEL_PRESENT) return [];
  const frame = encodeEphemeralEvent('presence:updated', state.id, ctx.now, { user: present.user });
  return [{ kind: 'broadcast', frame, except: [], patienceMs: 0 }];
}

/** Ends graces that are over and tells a count that is due. */
export function presenceTick(state: ChannelState, ctx: Context): Effect[] {
  const effects: Effect[] = [];
  for (const [userId, until] of state.leaving) {
    // Every grace is as long, so the map is in order of ending; a wall clock that steps back only delays.
    if (until > ctx.mono) break;
    const present = state.present.get(userId);
    state.leaving.delete(userId);
    if (present !== undefined) effects.push(...depart(state, present.user, ctx));
  }
  if (state.presence.countDue !== null && state.presence.countDue <= ctx.mono)
    effects.push(...sayCount(state, ctx));
  return effects;
}

/** When {@link presenceTick} has something to do next, ms; or null. */
export function nextPresenceDeadline(state: ChannelState): number | null {
  const grace = state.leaving.values().next();
  const leaving = grace.done === true ? null : grace.value;
  if (leaving === null) return state.presence.countDue;
  return state.presence.countDue === null ? leaving : Math.min(leaving, state.presence.countDue);
}

/** The first `limit` present users. */
export function listPresent(state: ChannelState, limit: number): UserRef[] {
  const members: UserRef[] = [];
  for (const { user } of state.present.values()) {
    if (members.length >= limit) break;
    members.push(user);
  }
  return members;
}

/** Somebody else may have the name by now. */
function forgetName({ presentNames }: ChannelState, { id, name }: UserRef): void {
  const key = nameKey(name);
  if (presentNames.get(key) === id) presentNames.delete(key);
}

function depart(state: ChannelState, user: UserRef, ctx: Context): Effect[] {
  state.present.delete(user.id);
  forgetName(state, user);
  state.leaving.delete(user.id);
  return [...stopTyping(state, user.id, user, ctx), ...tellPresence(state, 'presence:leave', user, ctx)];
}

function tellPresence(
  state: ChannelState,
  type: 'presence:join' | 'presence:leave',
  user: UserRef,
  ctx: Context,
): Effect[] {
  if (state.present.size > LARGE_CHANNEL_PRESENT) {
    if (state.presence.countDue !== null) return [];
    const due = state.presence.countedAt + PRESENCE_COUNT_INTERVAL_MS;
    if (due <= ctx.mono) return sayCount(state, ctx);
    state.presence.countDue = Math.min(due, ctx.mono + PRESENCE_COUNT_INTERVAL_MS);
    return [];
  }
  const frame = encodeEphemeralEvent(type, state.id, ctx.now, { user: { id: user.id, name: user.name } });
  return [{ kind: 'broadcast', frame, except: [], patienceMs: patience(state, ctx) }];
}

/** So many comings and goings are told at once, then one an interval; others may wait. */
function patience({ presence }: ChannelState, { mono }: Context): number {
  const paidUntil = Math.max(presence.paidUntil, mono);
  if (paidUntil - mono > (PRESENCE_BURST - 1) * PRESENCE_BURST_INTERVAL_MS) return PRESENCE_PATIENCE_MS;
  presence.paidUntil = paidUntil + PRESENCE_BURST_INTERVAL_MS;
  return 0;
}

function sayCount(state: ChannelState, ctx: Context): Effect[] {
  state.presence.countDue = null;
  state.presence.countedAt = ctx.mono;
  const frame = encodeEphemeralEvent('presence:count', state.id, ctx.now, { count: state.present.size });
  return [{ kind: 'broadcast', frame, except: [], patienceMs: 0 }];
}
