/**
 * What identity needs from a store. Outages come back as `unavailable`, never as exceptions. A method that takes an `act`
 * keeps it in the audit log in the transaction of what it does; where that is nothing, nothing is kept.
 */
import type { AuditAct } from '../protocol/audit-act.ts';
import type { Role } from '../protocol/entities.ts';
import type { Result } from '../protocol/result.ts';
import type { SanctionChange } from './sanction-store.ts';

/** A local account. */
export interface Account {
  readonly id: string;
  readonly name: string;
  readonly email?: string;
  /** An http or https address of at most 2,048 characters. */
  readonly avatar?: string;
  /** argon2id, PHC string format. */
  readonly passwordHash: string;
  readonly roles: readonly Role[];
}

/** What an access token says of its account. */
export type AccountSummary = Pick<Account, 'id' | 'name' | 'roles' | 'avatar'>;

/** An account that is made without anyone's asking. */
export type FirstAdministrator = Omit<Account, 'email' | 'avatar'>;

/** What changes of an account's profile: absent stays as it is, an avatar of null is taken away. */
export interface ProfileChange {
  readonly name?: string;
  readonly avatar?: string | null;
}

/** Local accounts. Names and e-mail addresses are unique without regard to case (`nameKey`). */
export interface AccountStore {
  /**
   * Creates the account; `conflict` when its e-mail, its name or one that looks like it (`nameLooks`; of anyone:
   * accounts, guests, token users) is taken.
   */
  create(account: Account, createdAt: number, act?: AuditAct): Promise<Result<void>>;
  /** Null when there is none. */
  findByName(name: string): Promise<Result<Account | null>>;
  findByEmail(email: string): Promise<Result<Account | null>>;
  findById(id: string): Promise<Result<Account | null>>;
  /**
   * Changes name and avatar, everyone's names and the user's standing with them, which tells of it until `until` (ms
   * since the epoch); the account as it is then. Null when there is none, `conflict` as with {@link create}. `act` says how
   * it was before.
   */
  changeProfile(
    id: string,
    change: ProfileChange,
    until: number,
    now: number,
    act?: AuditAct,
  ): Promise<Result<Account | null>>;
  /**
   * Deletes the account, or the guest, of this id with the name, which others may take then; ends its logins and revokes
   * its tokens until `until`, as {@link SecurityStore.revokeUser} does. Whether there was one.
   */
  remove(id: string, until: number, now: number, act?: AuditAct): Promise<Result<boolean>>;
  /** The same for its roles; `act` says which they were before. */
  setRoles(
    id: string,
    roles: readonly Role[],
    until: number,
    act?: AuditAct,
  ): Promise<Result<Account | null>>;
  /** Another hash of the same password in the place of `known`, unless that was changed meanwhile; whether it was put there. */
  replaceHash(id: string, known: string, next: string): Promise<Result<boolean>>;
  /** Whether any account has the role admin. */
  hasAdministrator(): Promise<Result<boolean>>;
  /**
   * Creates the account unless one with the role admin exists; whether it did. `conflict` as with {@link create}. Of
   * several servers that do so at once one creates its own.
   */
  createFirstAdministrator(account: FirstAdministrator, createdAt: number): Promise<Result<boolean>>;
}

/** A refresh token as a store knows it: SHA-256 of each of its two parts. */
export interface RefreshTokenHash {
  /** Names the family: all tokens that came of one login. */
  readonly family: string;
  /** Sets the token apart from the others of its family. */
  readonly secret: string;
}

/** A new family. Times are ms since the epoch. */
export interface RefreshFamily {
  readonly accountId: string;
  readonly token: RefreshTokenHash;
  /** The token is good before. */
  readonly expiresAt: number;
}

/** Replaces a password. Durations in ms. */
export interface PasswordChange {
  readonly accountId: string;
  /** The hash that is to be replaced; null: whichever it is. */
  readonly knownHash: string | null;
  readonly nextHash: string;
  /** The one family that the account has then; null: none. */
  readonly token: RefreshTokenHash | null;
  /** That token is good for so long. */
  readonly lifetimeMs: number;
  /** No access token of the account is good for longer. */
  readonly longestTokenMs: number;
}

/** How the access tokens of a family are revoked (see {@link SecurityStore}). */
export interface RefreshSession {
  /** Stands for all of them. */
  readonly tokenId: string;
  /** None of them is good for longer, ms. */
  readonly longestTokenMs: number;
}

/** The use of a refresh token. */
export interface RefreshTokenUse {
  readonly token: RefreshTokenHash;
  readonly nextSecret: string;
  /** The next token is good before, ms since the epoch. */
  readonly expiresAt: number;
  readonly session: RefreshSession;
}

/** A refresh token that was good: whose, and when the access token is to be signed that goes with the next one. */
export interface RefreshedAccount {
  readonly account: AccountSummary;
  /** ms since the epoch. */
  readonly signedAt: number;
}

/**
 * Families of refresh tokens, each with its newest token, the only one that is good. Times are ms since the epoch. Access
 * tokens that go with refresh tokens are signed at the time that comes back: `now`, or later where another server's
 * clock is ahead, so that what is revoked is always older than what isn't.
 */
export interface RefreshTokenStore {
  /**
   * Begins a family of an account whose password hash is still `passwordHash`, and answers when its access token is
   * signed; else does nothing (null). Of the account's families the `most` that expire last stay, this one among them.
   * Deletes some of those that ended, more than it adds.
   */
  begin(
    family: RefreshFamily,
    passwordHash: string,
    most: number,
    now: number,
  ): Promise<Result<number | null>>;
  /**
   * Uses `token` up: `nextSecret` takes its place, and its account is answered as it is now. Null for any token that
   * isn't good; one that isn't the newest of its family ends the family and revokes its session. Atomic: of several
   * uses of one token at most one succeeds.
   */
  rotate(use: RefreshTokenUse, now: number): Promise<Result<RefreshedAccount | null>>;
  /** Ends the family if there is one, and revokes its session. */
  end(family: string, session: RefreshSession, now: number): Promise<Result<void>>;
  /**
   * Replaces the password of an account, ends all its families and revokes all its tokens, in one. Answers with the time
   * before which tokens are revoked, `now` or later: what is signed at that time is good. Null when there is no such
   * account, or another change was faster.
   */
  changePassword(change: PasswordChange, now: number, act?: AuditAct): Promise<Result<number | null>>;
}

/** Names, and what they look like, are unique over accounts, guests and users of every issuer. */
export interface NameStore {
  /**
   * Gives `userId` the name `wanted`, or `wanted` with a suffix (`-` and some letters or digits, within
   * MAX_NAME_LENGTH) where another user has it, or one that looks like it (`nameLooks`). Who has a name already keeps
   * it when `wanted` leads to it again.
   */
  claim(userId: string, wanted: string, guest: boolean, now: number): Promise<Result<string>>;
}

/** A user whom another issuer vouches for, as a token told of them at one time (ms since the epoch). */
export interface SeenUser {
  readonly id: string;
  readonly issuer: string;
  readonly subject: string;
  readonly name: string;
  readonly avatar?: string;
  /** Those of the token. */
  readonly roles: readonly Role[];
  readonly clientId?: string;
  readonly seenAt: number;
}

/** The same as it is kept. Times are ms since the epoch. */
export interface StoredUser extends Omit<SeenUser, 'seenAt'> {
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
}

/** Users whom other issuers vouch for. */
export interface UserStore {
  /** Keeps `users`, no two with one id; what was seen later stays. */
  record(users: readonly SeenUser[]): Promise<Result<void>>;
  /** Null when there is none. */
  find(id: string): Promise<Result<StoredUser | null>>;
}

/** A local account as its record says it now. */
export interface AccountProfile {
  readonly name: string;
  readonly avatar?: string;
  readonly roles: readonly Role[];
}

/** What holds of a user beside what the token says. Times are ms since the epoch. */
export interface Standing {
  readonly userId: string;
  /** Tokens that were signed before are of no use any more; 0: none. */
  readonly revokedBefore: number;
  /** The account's record, where it changed while older tokens are about. */
  readonly profile: AccountProfile | null;
  /** Roles that this server gave to a user of another issuer, beside those of the token; null: none. */
  readonly roles: readonly Role[] | null;
  /** From then on no token is left that this could concern. */
  readonly until: number;
}

/** What changed in who may do what. */
export interface SecurityChanges {
  /** Number of the newest change that is in it; changes are numbered in the order of their commits. */
  readonly change: number;
  /** Number of the change that touched the signing keys last. */
  readonly keysChange: number;
  /** Ids of tokens and of sessions that are revoked, and when the last of their tokens ends. */
  readonly tokens: readonly { readonly tokenId: string; readonly until: number }[];
  readonly standings: readonly Standing[];
  /** Bans and mutes that hold everywhere; those that ended are told as such, at most one of a kind and user isn't over. */
  readonly sanctions: readonly SanctionChange[];
}

/** What ends or changes the rights that tokens gave, kept for as long as such tokens can be about. */
export interface SecurityStore {
  /** What changed behind the change numbered `after` and still matters at `now`; -1: everything. Null: nothing. */
  changesAfter(after: number, now: number): Promise<Result<SecurityChanges | null>>;
  /** Revokes a token, or all tokens of a session, until `until`. */
  revokeToken(tokenId: string, until: number, now: number, act?: AuditAct): Promise<Result<void>>;
  /**
   * Revokes the user's tokens that were signed before `before` (null: all that were signed, also by servers whose clocks
   * are ahead), and ends the logins of an account; an earlier revocation never shrinks.
   */
  revokeUser(
    userId: string,
    before: number | null,
    until: number,
    now: number,
    act?: AuditAct,
  ): Promise<Result<void>>;
  /** Gives a user of another issuer these roles beside the token's; none: takes them back. `act` says which they were. */
  grantRoles(userId: string, roles: readonly Role[], now: number, act?: AuditAct): Promise<Result<void>>;
}

/** One of the server's own signing keys, as a private JWK. */
export interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateJwk: Readonly<Record<string, unknown>>;
}

/** The server's own keys, newest first. */
export interface SigningKeyStore {
  /**
   * All keys; when there is none, stores and returns `candidate` (one wins when several servers start at once). Deletes
   * those that a newer one took the place of before `replacedBefore` (ms since the epoch).
   */
  loadOrCreate(
    candidate: () => Promise<SigningKey>,
    replacedBefore: number,
    now: number,
  ): Promise<Result<readonly SigningKey[]>>;
  /** Makes `next` the newest key; servers are told of it as of any change of who may do what. */
  rotate(next: SigningKey, now: number, act?: AuditAct): Promise<Result<void>>;
}
