/** How the permission matrix is written: who asks, about what, and what they get. */

/** Who asks. In `lobby`, a public channel, all of them were members or guests before the sanctions. */
export const ACTORS = {
  guest: 'has no account',
  member: 'an account, in the channel',
  muted: 'muted in the channel',
  banned: 'banned from the channel',
  moderator: 'a moderator of the channel',
  owner: 'an owner of the channel',
  staff: 'a moderator everywhere',
  administrator: 'an administrator',
  revoked: 'somebody whose tokens were revoked',
  foreign: 'another issuer’s user, with the subject of the owner',
} as const;
/** One of {@link ACTORS}. */
export type ActorName = keyof typeof ACTORS;
/** All of them, in the order of the columns. */
export const ACTOR_NAMES = Object.keys(ACTORS) as readonly ActorName[];

/** About what they ask. */
export const SCOPES = {
  own: 'one’s own: oneself, what one wrote, a channel that one is in',
  others: 'somebody else’s, or a public channel that one isn’t in',
  private: 'in a private channel that one isn’t a member of',
  missing: 'what isn’t there',
} as const;
/** One of {@link SCOPES}. */
export type ScopeName = keyof typeof SCOPES;
/** All of them. */
export const SCOPE_NAMES = Object.keys(SCOPES) as readonly ScopeName[];

/** By actor: `ok`, or a code of the protocol, or an HTTP status. */
export type Outcomes = Readonly<Record<ActorName, string>>;

/** A cell that can't be: why. */
export interface NotApplicable {
  readonly because: string;
}

/** What each actor gets for one scope. */
export type Cells = Outcomes | NotApplicable;

/** What a row of any table says: by scope, what each actor gets. */
export type ScopedCells = Readonly<Record<ScopeName, Cells>>;

/** Whether the cells of the scope can be. */
export function isApplicable(cells: Cells): cells is Outcomes {
  return !('because' in cells);
}

/** Why there is no such cell. */
export const NO_CHANNEL_NAMED: NotApplicable = { because: 'it names no channel' };
export const NOBODYS: NotApplicable = { because: 'nothing of somebody else can be named' };
export const NOTHING_NAMED: NotApplicable = { because: 'it names nothing' };

/** `outcome` for all, but for some; nobody who was revoked is let in. */
export function everyone(outcome: string, but: Partial<Outcomes> = {}): Outcomes {
  return {
    ...{ guest: outcome, member: outcome, muted: outcome, banned: outcome, moderator: outcome },
    ...{ owner: outcome, staff: outcome, administrator: outcome, revoked: 'unauthorized', foreign: outcome },
    ...but,
  };
}

/** The same cells, but for some. */
export function but(cells: Outcomes, other: Partial<Outcomes>): Outcomes {
  return { ...cells, ...other };
}

/** Whoever may gets `outcome` in place of `ok`: it is allowed, and there is nothing to do it to. */
export function allowed(cells: Outcomes, outcome: string): Outcomes {
  const entries = Object.entries(cells).map(([actor, code]) => [actor, code === 'ok' ? outcome : code]);
  return Object.fromEntries(entries);
}
