/**
 * Who may do what in a channel: one pure function over the actor's global roles, their role and sanctions in the channel,
 * and its settings. WebSocket, REST and slash commands ask it, so they can't differ (docs/adr/0020).
 */
import type { ChannelSettings } from './channel-settings.ts';
import type { ChannelRole, Principal, Role } from './entities.ts';
import { failure, type Failure } from './errors.ts';
import { type ChatPolicy, isStaff, maySee, mayWrite } from './permissions.ts';
import { isInForce, mutedFailure } from './sanctions.ts';

/** Ranks, lowest first: nobody acts on someone of their own rank or above. */
export const RANKS = { guest: 0, member: 1, moderator: 2, owner: 3, staff: 4, admin: 5 } as const;
/** One of {@link RANKS}. */
export type Rank = (typeof RANKS)[keyof typeof RANKS];

interface Lookup<T> {
  get(userId: string): T | undefined;
}

/** What a member is in a channel. */
export interface Standing {
  readonly role: ChannelRole;
  /** ms since the epoch. */
  readonly joinedAt: number;
}

/** What ends by itself at `until`, ms since the epoch; null: without end. */
export interface Limited {
  readonly until: number | null;
}

/** A channel as the decision looks at it; by user id. What is over by its time counts as if it weren't there. */
export interface Place {
  readonly id: string;
  readonly private: boolean;
  /** Nobody knows of it any more but staff, who may bring it back. */
  readonly deleted?: boolean;
  readonly settings: ChannelSettings;
  readonly members: Lookup<Standing>;
  readonly sanctions: Readonly<Record<'mute' | 'ban' | 'kick', Lookup<Limited> & { readonly size: number }>>;
  /** Who is in it now, and since when (ms since the epoch). Absent where that isn't known. */
  readonly present?: Lookup<{ readonly since: number }>;
}

/** What an act may depend on beside who and where. */
export interface Circumstances {
  /** ms since the epoch. */
  readonly now: number;
  readonly policy: ChatPolicy;
}

interface Rule {
  /** Least rank. */
  readonly least: Rank;
  /** A mute keeps from it. */
  readonly speaks?: true;
  /** It puts text before everyone: not where only moderators write, and not by newcomers. */
  readonly publishes?: true;
  /** Not where guests only read. */
  readonly writes?: true;
  /** An archived channel takes it too. */
  readonly archived?: true;
  /** Staff does it to a deleted channel too. */
  readonly deleted?: true;
}

const RULES = {
  join: { least: RANKS.guest, archived: true },
  /** To look at what is there. */
  read: { least: RANKS.guest, archived: true },
  'message:send': { least: RANKS.guest, speaks: true, publishes: true, writes: true },
  'message:update': { least: RANKS.guest, speaks: true, publishes: true, writes: true },
  'message:delete': { least: RANKS.guest, writes: true, archived: true },
  /** Of somebody else. */
  'message:remove': { least: RANKS.moderator, writes: true, archived: true },
  reaction: { least: RANKS.guest, speaks: true, writes: true },
  typing: { least: RANKS.guest, speaks: true, publishes: true, writes: true },
  /** What waits for a moderator. */
  'message:review': { least: RANKS.moderator, writes: true, archived: true },
  /** What a message said before. */
  'message:versions': { least: RANKS.moderator, writes: true, archived: true },
  /** To tell moderators of a message. */
  'message:report': { least: RANKS.guest, writes: true, archived: true },
  /** To see reports, take them on and resolve them. */
  'report:handle': { least: RANKS.moderator, writes: true, archived: true },
  pin: { least: RANKS.moderator, writes: true },
  invite: { least: RANKS.moderator, writes: true },
  kick: { least: RANKS.moderator, writes: true, archived: true },
  /** And the end of a mute. */
  mute: { least: RANKS.moderator, writes: true, archived: true },
  /** And the end of a ban. */
  ban: { least: RANKS.moderator, writes: true, archived: true },
  /** To hide from others what somebody sends, and the end of that. */
  shadowban: { least: RANKS.moderator, writes: true, archived: true },
  /** Topic and modes. */
  'channel:update': { least: RANKS.moderator, writes: true },
  /** Name and privacy. */
  'channel:configure': { least: RANKS.owner, writes: true },
  /** Out of use, and back; and how long its messages are kept. */
  'channel:archive': { least: RANKS.owner, writes: true, archived: true },
  /** Its place in lists. */
  'channel:order': { least: RANKS.staff, writes: true, archived: true },
  'channel:role': { least: RANKS.owner, writes: true, archived: true },
  /** With or without all that it has. */
  'channel:delete': { least: RANKS.owner, writes: true, archived: true, deleted: true },
  /** Back from being deleted. */
  'channel:restore': { least: RANKS.staff, writes: true, archived: true, deleted: true },
} as const satisfies Record<string, Rule>;

/** What people do in channels. */
export type ActionName = keyof typeof RULES;

/** Every {@link ActionName}. */
export const ACTIONS = Object.keys(RULES) as readonly ActionName[];

/** Somebody on whom others act, and what they are everywhere. */
export interface Target {
  readonly id: string;
  readonly roles: readonly Role[];
}

/** An act on a person, who may become a `role` by it. */
export interface ActOnPerson {
  readonly act: ActionName;
  readonly on: Target;
  readonly role?: ChannelRole;
}

/** Whose acts are decided on. */
export type Actor = Pick<Principal, 'id' | 'guest' | 'roles' | 'channels' | 'mutedUntil'>;

const NO_CHANNEL = failure('not_found', 'no such channel');

/** Why `actor` may not do this in that place, or null: they may. */
export function decide(
  actor: Actor,
  action: ActionName | ActOnPerson,
  place: Place,
  { now, policy }: Circumstances,
): Failure | null {
  const name = typeof action === 'string' ? action : action.act;
  const rule: Rule = RULES[name];
  const standing = place.members.get(actor.id);
  if (!maySee(actor, place, standing !== undefined)) return NO_CHANNEL;
  if (place.deleted === true && (rule.deleted === undefined || !isStaff(actor))) return NO_CHANNEL;
  const rank = rankOf(actor.roles, standing?.role);
  return (
    outOfChannel(actor, rank, place, now) ??
    (name === 'join' ? shutOut(actor, standing, rank, place) : null) ??
    unpermitted(actor, rank, rule, policy) ??
    (typeof action === 'string' ? null : outranked(actor, rank, action, place)) ??
    (rule.archived === undefined && place.settings.archived ? ARCHIVED : null) ??
    (rule.speaks === undefined ? null : muted(actor, rank, place, now)) ??
    (rule.publishes === undefined ? null : unheard(actor, standing, rank, place, now))
  );
}

/** What somebody's roles, everywhere and in one channel, come to. */
export function rankOf(roles: readonly Role[], role?: ChannelRole): Rank {
  if (roles.includes('admin')) return RANKS.admin;
  if (roles.includes('moderator')) return RANKS.staff;
  if (role === 'owner' || role === 'moderator') return RANKS[role];
  return roles.includes('guest') ? RANKS.guest : RANKS.member;
}

/** Whether it is there and not over. */
export function isHolding<T extends Limited>(limited: T | undefined, now: number): limited is T {
  return limited !== undefined && isInForce(limited.until, now);
}

const ARCHIVED = failure('forbidden', 'this channel is archived');

/** Whoever was kicked for a time is out as long as one who was banned. No sanction of a channel holds an admin. */
function outOfChannel(actor: Actor, rank: Rank, { sanctions }: Place, now: number): Failure | null {
  if ((sanctions.ban.size === 0 && sanctions.kick.size === 0) || rank === RANKS.admin) return null;
  for (const kind of ['ban', 'kick'] as const) {
    const sanction = sanctions[kind].get(actor.id);
    // A kick without a time is over with itself.
    if (isHolding(sanction, now)) return limitedFailure('banned', 'you are banned from here', sanction, now);
  }
  return null;
}

function shutOut(actor: Actor, standing: Standing | undefined, rank: Rank, place: Place): Failure | null {
  if (!place.settings.closed || standing !== undefined || rank >= RANKS.staff) return null;
  if (place.present?.get(actor.id) !== undefined) return null;
  return failure('forbidden', 'nobody new comes in for now');
}

function unpermitted(actor: Actor, rank: Rank, rule: Rule, policy: ChatPolicy): Failure | null {
  if (rule.writes !== undefined && !mayWrite(actor, policy)) {
    return failure('forbidden', 'guests may read here, but not write');
  }
  return rank < rule.least ? failure('forbidden', 'your role does not allow this') : null;
}

function outranked(actor: Actor, rank: Rank, { on, role }: ActOnPerson, { members }: Place): Failure | null {
  const theirs = rankOf(on.roles, members.get(on.id)?.role);
  const isAbove = rank > theirs && (role === undefined || role === 'member' || rank > RANKS[role]);
  return isAbove && on.id !== actor.id
    ? null
    : failure('forbidden', 'nobody acts on someone of their own rank or above');
}

function muted(actor: Actor, rank: Rank, { sanctions }: Place, now: number): Failure | null {
  const everywhere = actor.mutedUntil === undefined ? null : mutedFailure(actor, now);
  if (everywhere !== null) return everywhere;
  if (sanctions.mute.size === 0 || rank === RANKS.admin) return null;
  const mute = sanctions.mute.get(actor.id);
  return isHolding(mute, now) ? limitedFailure('muted', 'you are muted here', mute, now) : null;
}

/** Why nobody is to hear `actor` here: only moderators write, or they haven't been here for long. */
function unheard(
  actor: Actor,
  standing: Standing | undefined,
  rank: Rank,
  { settings, present }: Place,
  now: number,
): Failure | null {
  if ((!settings.announcement && settings.newcomerSeconds === 0) || rank >= RANKS.moderator) return null;
  if (settings.announcement) return failure('forbidden', 'only moderators write here');
  const since = standing?.joinedAt ?? present?.get(actor.id)?.since ?? now;
  const left = since + settings.newcomerSeconds * 1_000 - now;
  return left > 0 ? failure('forbidden', 'newcomers may read here for now, but not write', left) : null;
}

function limitedFailure(code: 'banned' | 'muted', message: string, { until }: Limited, now: number): Failure {
  return until === null ? failure(code, message) : failure(code, message, until - now);
}
