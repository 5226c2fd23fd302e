/**
 * What moderators do to a person: who may is decided first, then the person is looked for, here or by name in the store,
 * and decided on again with who they are. The act is an entry of the log, and holds when it is shown (docs/adr/0020).
 */
import { refuse } from '../log/answers.ts';
import type { AppendEntry, ChannelChange, Sanction } from '../log/entry.ts';
import type { Waiter } from '../log/waiter.ts';
import { type ActionName, type ActOnPerson, decide, isHolding } from '../protocol/decide.ts';
import type { ChannelRole, Principal, Role, UserRef } from '../protocol/entities.ts';
import { failure, type Failure } from '../protocol/errors.ts';
import type { DurableEvents } from '../protocol/events.ts';
import { canExist, type PersonKey } from '../protocol/person.ts';
import { isStorable, nameKey } from '../protocol/text.ts';
import { leaveProblem } from './leave.ts';
import { begin } from './log-events.ts';
import { purge, type PurgeOrder } from './purge.ts';
import type { ChannelState, Context, Effects } from './state.ts';

/** What is to be done to somebody. */
export type Act =
  | {
      readonly kind: Sanction['kind'];
      readonly reason?: string | undefined;
      /** Absent: without end; of a kick, that they may come back at once. */
      readonly seconds?: number | undefined;
      /** Of a ban: what they sent in the last so many seconds is deleted. */
      readonly deleteSeconds?: number | undefined;
    }
  | { readonly kind: 'unmute' | 'unban' | 'invite' }
  | { readonly kind: 'unshadow'; readonly reason?: string | undefined }
  | { readonly kind: 'role'; readonly role: ChannelRole };

/** What somebody sent in the last so many seconds is deleted. */
export interface PurgeAct {
  readonly kind: 'purge';
  readonly seconds: number;
}

type AnyAct = Act | PurgeAct;

/** An act that waits for whom it is about. */
export interface PendingAct {
  readonly act: AnyAct;
  readonly from: Principal;
  readonly waiter: Waiter;
  /** Whom the channel knows, where it doesn't know their global roles. */
  readonly known?: UserRef;
}

/** Somebody on whom others act, with the roles that hold of them everywhere. */
export type TargetUser = UserRef & { readonly roles: readonly Role[] };

const NOBODY = failure('not_found', 'no such user');

const ACTION_OF = {
  kick: 'kick',
  mute: 'mute',
  unmute: 'mute',
  ban: 'ban',
  unban: 'ban',
  shadow: 'shadowban',
  unshadow: 'shadowban',
  invite: 'invite',
  role: 'channel:role',
  purge: 'message:remove',
} as const satisfies Record<AnyAct['kind'], ActionName>;

/** Does `pending` to `person`: at once where they are here, else when they were found. */
export function actOn(state: ChannelState, person: PersonKey, pending: PendingAct, ctx: Context): Effects {
  const { act, from, waiter } = pending;
  const problem =
    leaveProblem(state, from, ACTION_OF[act.kind], ctx) ??
    reasonProblem(act) ??
    (canExist(person) ? null : NOBODY);
  if (problem !== null) return refuse(waiter, state.id, ctx.now, problem);
  if (isNamed(from, person)) return actOnKnown(state, from, pending, ctx);
  const known = knownHere(state, person);
  // Of an invitation the store knows whether they want to hear of who invites.
  if (known === null || act.kind === 'invite') return [{ kind: 'findPerson', person, pending }];
  const roles = rolesHere(state, known.id);
  if (roles !== null) return actOnKnown(state, { ...known, roles }, pending, ctx);
  return [{ kind: 'findPerson', person: { id: known.id }, pending: { ...pending, known } }];
}

/** Who it is that `findPerson` asked for, nobody (null), or why that isn't known. */
export function personFound(
  state: ChannelState,
  pending: PendingAct,
  found: TargetUser | Failure | null,
  ctx: Context,
): Effects {
  const { known, waiter } = pending;
  if (found !== null && 'code' in found) return refuse(waiter, state.id, ctx.now, found);
  // Tables of the channel may know somebody whom nobody knows any more.
  const user = found ?? (known === undefined ? null : { ...known, roles: [] });
  if (user === null) return refuse(waiter, state.id, ctx.now, NOBODY);
  return actOnKnown(state, { ...user, roles: rolesHere(state, user.id) ?? user.roles }, pending, ctx);
}

function actOnKnown(state: ChannelState, user: TargetUser, pending: PendingAct, ctx: Context): Effects {
  const { act, from, waiter } = pending;
  const problem = decide(from, actionOn(user, act), state, ctx) ?? pointless(state, user.id, act, ctx.now);
  if (problem !== null) return refuse(waiter, state.id, ctx.now, problem);
  if (act.kind === 'purge') return purge(orderOf(user, from, act.seconds, ctx), waiter);
  const entry = actEntry(state, user, { act, from }, ctx);
  if ('deleteSeconds' in act && act.deleteSeconds !== undefined) {
    state.purgeAfter.set(entry, orderOf(user, from, act.deleteSeconds, ctx));
  }
  return begin(state, entry, waiter);
}

function orderOf(user: UserRef, from: Principal, seconds: number, { now }: Context): PurgeOrder {
  return { user: user.id, by: { id: from.id, name: from.name }, since: now - seconds * 1_000, until: now };
}

function isNamed(user: UserRef, person: PersonKey): boolean {
  return 'id' in person ? user.id === person.id : nameKey(user.name) === nameKey(person.name.trim());
}

/** Who is present goes by the name of now. Names in the tables may be somebody else's by now, ids never are. */
function knownHere(state: ChannelState, person: PersonKey): UserRef | null {
  if (!('id' in person)) {
    const key = nameKey(person.name.trim());
    for (const { user } of state.present.values()) if (nameKey(user.name) === key) return user;
    return null;
  }
  const { id } = person;
  const { mute, ban, kick, shadow } = state.sanctions;
  const sanction = mute.get(id) ?? ban.get(id) ?? kick.get(id) ?? shadow.get(id);
  const known = state.members.get(id) ?? sanction;
  return state.present.get(id)?.user ?? (known === undefined ? null : { id, name: known.name });
}

/** Whoever may invite may invite anybody. */
function actionOn({ id, roles }: TargetUser, act: AnyAct): ActionName | ActOnPerson {
  if (act.kind === 'invite') return 'invite';
  const action = { act: ACTION_OF[act.kind], on: { id, roles } };
  return act.kind === 'role' ? { ...action, role: act.role } : action;
}

/** The global roles of somebody who is here; null: they aren't. */
function rolesHere(state: ChannelState, id: string): readonly Role[] | null {
  for (const user of state.userOf.values()) if (user.id === id) return user.roles;
  return null;
}

/** What there is nothing to be done about. */
function pointless(state: ChannelState, userId: string, act: AnyAct, now: number): Failure | null {
  switch (act.kind) {
    case 'unmute':
      return isHolding(state.sanctions.mute.get(userId), now)
        ? null
        : failure('not_found', 'they are not muted here');
    case 'unshadow':
      return isHolding(state.sanctions.shadow.get(userId), now)
        ? null
        : failure('not_found', 'they are not shadow-banned here');
    case 'unban':
      return isBanned(state, userId, now) ? null : failure('not_found', 'they are not banned from here');
    case 'kick':
      return act.seconds !== undefined || state.present.has(userId) || state.members.has(userId)
        ? null
        : failure('not_found', 'they are not here');
    case 'invite':
      if (state.members.has(userId)) return failure('conflict', 'they are a member already');
      return isBanned(state, userId, now) ? failure('conflict', 'they are banned from here') : null;
    case 'role':
      if (isBanned(state, userId, now)) return failure('conflict', 'they are banned from here');
      return state.members.get(userId)?.role === act.role
        ? failure('conflict', 'they have that role already')
        : null;
    default:
      return null;
  }
}

function isBanned({ sanctions }: ChannelState, userId: string, now: number): boolean {
  return isHolding(sanctions.ban.get(userId), now) || isHolding(sanctions.kick.get(userId), now);
}

function reasonProblem(act: AnyAct): Failure | null {
  return !('reason' in act) || act.reason === undefined || isStorable(act.reason)
    ? null
    : failure('bad_request', 'reason must be well-formed Unicode without U+0000');
}

const EVENTS = {
  kick: 'member:kicked',
  mute: 'member:muted',
  unmute: 'member:unmuted',
  ban: 'member:banned',
  unban: 'member:unbanned',
  shadow: 'member:shadowbanned',
  unshadow: 'member:unshadowbanned',
  invite: 'member:added',
  role: 'member:role',
} as const satisfies Record<Act['kind'], keyof DurableEvents>;

/** The entry by which `from` does it to `user`, whoever may. */
export function actEntry(
  state: ChannelState,
  user: UserRef,
  { act, from }: { readonly act: Act; readonly from: UserRef },
  ctx: Context,
): AppendEntry {
  const { now } = ctx;
  const by = { id: from.id, name: from.name };
  const until = 'seconds' in act && act.seconds !== undefined ? now + act.seconds * 1_000 : undefined;
  const reason = 'reason' in act && act.reason !== '' ? act.reason : undefined;
  const role = roleBy(act);
  // For moderators alone: whom it is about must not learn of it.
  const hidden = act.kind === 'shadow' || act.kind === 'unshadow' ? ({ shadow: true } as const) : {};
  const data = { user: { id: user.id, name: user.name }, by, role, reason, until, ...hidden };
  return {
    log: state.log,
    id: ctx.newId(),
    type: EVENTS[act.kind],
    sender: from.id,
    timestamp: now,
    data: JSON.stringify(data),
    ...hidden,
    changes: changesOf(user, act, { by, reason, until }, now),
    audit: {
      ...{ action: EVENTS[act.kind], by: from.name },
      target: { kind: 'user', id: user.id, name: user.name },
      ...(reason === undefined ? {} : { reason }),
      ...(until === undefined ? {} : { after: { until } }),
    },
  };
}

/** The role that somebody has then. */
function roleBy(act: Act): ChannelRole | undefined {
  if (act.kind === 'role') return act.role;
  return act.kind === 'invite' ? 'member' : undefined;
}

interface Terms {
  readonly by: UserRef;
  readonly reason: string | undefined;
  readonly until: number | undefined;
}

function changesOf(user: UserRef, act: Act, { by, reason, until }: Terms, now: number): ChannelChange[] {
  const whom = { user: user.id, name: user.name };
  if (act.kind === 'unmute') return [pardon('mute', user, by)];
  if (act.kind === 'unshadow') return [pardon('shadow', user, by)];
  const role = roleBy(act);
  if (role !== undefined) return [{ kind: 'member', ...whom, role }];
  if (act.kind === 'unban') return [pardon('ban', user, by), pardon('kick', user, by)];
  const kind = act.kind as Sanction['kind'];
  const sanction: Sanction = {
    ...{ kind, ...whom, by: by.id, byName: by.name },
    ...(reason === undefined ? {} : { reason }),
    until: until ?? (act.kind === 'kick' ? now : null),
  };
  const change = { kind: 'sanction', sanction } as const;
  return act.kind === 'mute' || act.kind === 'shadow'
    ? [change]
    : [{ kind: 'member', ...whom, role: null }, change];
}

function pardon(kind: Sanction['kind'], user: UserRef, by: UserRef): ChannelChange {
  return { kind: 'pardon', sanction: kind, user: user.id, by: by.id, byName: by.name };
}
