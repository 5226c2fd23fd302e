/** Local accounts: made and logged in to with a password. */
import { type AuditActor, actBy } from '../protocol/audit-act.ts';
import type { Role, UserRef } from '../protocol/entities.ts';
import { failure } from '../protocol/errors.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import { codePoints, isStorable, nameKey } from '../protocol/text.ts';
import { AttemptThrottle } from './attempt-throttle.ts';
import { parseAccountName } from './display-name.ts';
import { PasswordCheck, tooManyAttempts } from './password-check.ts';
import type { PasswordHasher } from './password-hasher.ts';
import type { Account, AccountStore } from './ports.ts';
import type { Login, RefreshTokens } from './refresh-tokens.ts';

/** Bounds of a password, code points. */
export const MIN_PASSWORD_LENGTH = 8;
export const MAX_PASSWORD_LENGTH = 128;
/** Longest e-mail address, code units (RFC 5321, section 4.5.3.1.3). */
export const MAX_EMAIL_LENGTH = 254;

// Only that it can be one: whether it works, a message to it tells.
const EMAIL = /^[^\s@\p{Cc}]+@[^\s@.\p{Cc}]+(\.[^\s@.\p{Cc}]+)*$/u;
const NEW_ACCOUNT_ROLES: readonly Role[] = ['user'];

/** What {@link Accounts} need. `now` gives ms since the epoch, `mono` ms on a clock that nobody sets. */
export interface AccountsDeps {
  readonly store: AccountStore;
  readonly hasher: PasswordHasher;
  readonly refreshTokens: RefreshTokens;
  readonly registration: 'open' | 'off';
  readonly now: () => number;
  readonly mono: () => number;
  readonly newId: () => string;
}

/** What an account is made of. */
export interface Registration {
  readonly username: string;
  readonly password: string;
  readonly email?: string | undefined;
}

/** What `POST /login` brings: one of the two names. */
export interface Credentials {
  readonly username?: string | undefined;
  readonly email?: string | undefined;
  readonly password: string;
}

/** What `POST /change-password` brings. */
export interface PasswordReplacement {
  readonly current: string;
  readonly next: string;
}

/** Makes accounts and logs in to them, slowly enough for who guesses. `address` is the client's. */
export class Accounts {
  readonly #deps: AccountsDeps;
  readonly #registrations = new AttemptThrottle({ burst: 100, intervalMs: 6_000 });
  readonly #passwords: PasswordCheck;

  constructor(deps: AccountsDeps) {
    this.#deps = deps;
    this.#passwords = new PasswordCheck(deps.hasher, deps.mono);
  }

  /** Whether anyone may register. */
  get open(): boolean {
    return this.#deps.registration === 'open';
  }

  /**
   * Makes an account. `forbidden` where registration is off, `rate_limited`, and what {@link create} fails with. That an
   * address is taken can be told from the answer: without messages to addresses nothing else could be said.
   */
  async register(registration: Registration, address: string): Promise<Result<UserRef>> {
    if (!this.open) return fail(failure('forbidden', 'This server takes no registrations.'));
    const problem = registrationProblem(registration);
    if (!problem.ok) return problem;
    const wait = this.#registrations.take(address, this.#deps.mono());
    return wait > 0 ? fail(tooManyAttempts(wait)) : this.create(registration, NEW_ACCOUNT_ROLES);
  }

  /**
   * Makes an account with these roles, whoever may register; the audit log has it where it is `by` someone. `bad_request` for what can't be a name, password or
   * address, `conflict` for what is taken, `overloaded`, `unavailable`.
   */
  async create(
    registration: Registration,
    roles: readonly Role[],
    by?: AuditActor,
  ): Promise<Result<UserRef>> {
    const { store, hasher, now, newId } = this.#deps;
    const name = registrationProblem(registration);
    if (!name.ok) return name;
    const { password, email } = registration;
    // Spares the hash where it would be for nothing; the store decides.
    const taken = await store.findByName(name.value);
    if (!taken.ok) return taken;
    if (taken.value !== null) return fail(failure('conflict', 'This name is taken.'));
    const passwordHash = await hasher.hash(password);
    if (!passwordHash.ok) return passwordHash;
    const account: Account = {
      ...{ id: newId(), name: name.value, passwordHash: passwordHash.value, roles },
      ...(email === undefined ? {} : { email }),
    };
    const at = now();
    const target = { kind: 'user', id: account.id, name: account.name } as const;
    const act =
      by === undefined ? undefined : actBy(by, at, { action: 'account:created', target, after: { roles } });
    const created = await store.create(account, at, act);
    return created.ok ? ok({ id: account.id, name: account.name }) : created;
  }

  /**
   * Tokens for who knows the password. Every wrong part gets the same `unauthorized` after the same work;
   * `rate_limited`, `overloaded`, `unavailable`.
   */
  async login(credentials: Credentials, address: string): Promise<Result<Login>> {
    const { password } = credentials;
    const account = await this.#passwords.account({
      ...{ address, password, namedBy: namedBy(credentials) },
      find: () => this.#find(credentials),
    });
    if (!account.ok) return account;
    const own = account.value === null ? null : await this.#withOwnHash(account.value, password);
    const begun = own === null ? ok(null) : await this.#deps.refreshTokens.begin(own);
    if (!begun.ok) return begun;
    return begun.value === null
      ? fail(failure('unauthorized', 'The name or the password is wrong.'))
      : ok(begun.value);
  }

  /** The account with its hash made by this server, where another system made it: its password was right just now. */
  async #withOwnHash(account: Account, password: string): Promise<Account> {
    const { store, hasher } = this.#deps;
    if (!hasher.isForeign(account.passwordHash)) return account;
    const next = await hasher.hash(password);
    if (!next.ok) return account;
    const replaced = await store.replaceHash(account.id, account.passwordHash, next.value);
    if (!replaced.ok) return account;
    if (replaced.value) return { ...account, passwordHash: next.value };
    // Another login was faster, or the password was changed.
    const found = await store.findById(account.id);
    const now = found.ok ? found.value : null;
    if (now === null) return account;
    const holds = await hasher.verify(now.passwordHash, password);
    return holds.ok && holds.value ? now : account;
  }

  /**
   * Gives the account `id` another password, ends everything that came of the old one, and logs in with the new one.
   * `bad_request` for what can't be a password, `forbidden` when the current one is wrong, `conflict` when another change
   * was faster, `unauthorized` when the account is gone; `rate_limited`, `overloaded`, `unavailable`.
   */
  async changePassword(
    id: string,
    replacement: PasswordReplacement,
    address: string,
  ): Promise<Result<Login>> {
    const { store, hasher, refreshTokens } = this.#deps;
    const problem = passwordProblem(replacement.next);
    if (problem !== null) return fail(failure('bad_request', problem));
    const account = await this.#passwords.account({
      ...{ address, password: replacement.current, namedBy: `id:${id}` },
      find: () => store.findById(id),
    });
    if (!account.ok) return account;
    if (account.value === null) return fail(failure('forbidden', 'The current password is wrong.'));
    const hash = await hasher.hash(replacement.next);
    return hash.ok ? refreshTokens.changePassword(account.value, hash.value) : hash;
  }

  /**
   * The same for who has forgotten it, on an administrator's word, which the audit log has then: nobody is logged in with the new one. `bad_request`,
   * `unauthorized` when the account is gone, `overloaded`, `unavailable`.
   */
  async resetPassword({ id, name }: UserRef, password: string, by: AuditActor): Promise<Result<void>> {
    const problem = passwordProblem(password);
    if (problem !== null) return fail(failure('bad_request', problem));
    const hash = await this.#deps.hasher.hash(password);
    if (!hash.ok) return hash;
    const note = { action: 'password:reset', target: { kind: 'user', id, name } } as const;
    return this.#deps.refreshTokens.resetPassword(id, hash.value, actBy(by, this.#deps.now(), note));
  }

  async #find({ username, email }: Credentials): Promise<Result<Account | null>> {
    // What no account can have isn't asked for: the database can't even take some of it.
    if (username !== undefined) {
      const name = parseAccountName(username);
      return name.ok ? this.#deps.store.findByName(name.value) : ok(null);
    }
    return email === undefined || emailProblem(email) !== null
      ? ok(null)
      : this.#deps.store.findByEmail(email);
  }
}

/** One key for all spellings of a name, and of an address. */
function namedBy({ username, email }: Credentials): string {
  if (username === undefined) return `email:${nameKey(email ?? '').slice(0, MAX_EMAIL_LENGTH)}`;
  const name = parseAccountName(username);
  return `name:${nameKey(name.ok ? name.value : username).slice(0, MAX_EMAIL_LENGTH)}`;
}

/** The name in the form in which it is kept, unless something is wrong. */
function registrationProblem({ username, password, email }: Registration): Result<string> {
  const problem = passwordProblem(password) ?? (email === undefined ? null : emailProblem(email));
  const name = parseAccountName(username);
  return name.ok && problem !== null ? fail(failure('bad_request', problem)) : name;
}

function passwordProblem(password: string): string | null {
  if (!password.isWellFormed()) return 'A password has to be well-formed Unicode.';
  const length = codePoints(password);
  return length < MIN_PASSWORD_LENGTH || length > MAX_PASSWORD_LENGTH
    ? `A password has ${MIN_PASSWORD_LENGTH} to ${MAX_PASSWORD_LENGTH} characters.`
    : null;
}

function emailProblem(email: string): string | null {
  return email.length > MAX_EMAIL_LENGTH || !isStorable(email) || !EMAIL.test(email)
    ? 'This is no e-mail address.'
    : null;
}
