/** Local accounts: made and logged in to with a password. */
import type { Role, UserRef } from '../protocol/entities.ts';
import { failure } from '../protocol/errors.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import { codePoints, isStorable, nameKey } from '../protocol/text.ts';
import { AttemptThrottle } from './attempt-throttle.ts';
import { parseAccountName } from './display-name.ts';
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

/** What {@link Accounts} need. `now` gives ms since the epoch. */
export interface AccountsDeps {
  readonly store: AccountStore;
  readonly hasher: PasswordHasher;
  readonly refreshTokens: RefreshTokens;
  readonly registration: 'open' | 'off';
  readonly now: () => number;
  readonly newId: () => string;
}

/** What `POST /register` brings. */
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

/** Makes accounts and logs in to them, slowly enough for who guesses. `address` is the client's. */
export class Accounts {
  readonly #deps: AccountsDeps;
  readonly #registrations = new AttemptThrottle({ burst: 100, intervalMs: 6_000 });
  readonly #logins = new AttemptThrottle({ burst: 60, intervalMs: 1_000 });
  /** Failures only: who knows the password can log in as often as the address may. */
  readonly #failures = new AttemptThrottle({ burst: 10, intervalMs: 30_000 });

  constructor(deps: AccountsDeps) {
    this.#deps = deps;
  }

  /** Whether anyone may register. */
  get open(): boolean {
    return this.#deps.registration === 'open';
  }

  /**
   * Makes an account. `forbidden` where registration is off, `rate_limited`, `bad_request` for what can't be a name,
   * password or address, `conflict` for what is taken, `overloaded`, `unavailable`.
   */
  async register(registration: Registration, address: string): Promise<Result<UserRef>> {
    const { store, hasher, now, newId } = this.#deps;
    if (!this.open) return fail(failure('forbidden', 'This server takes no registrations.'));
    const name = parseAccountName(registration.username);
    if (!name.ok) return name;
    const { password, email } = registration;
    const problem = passwordProblem(password) ?? (email === undefined ? null : emailProblem(email));
    if (problem !== null) return fail(failure('bad_request', problem));
    const wait = this.#registrations.take(address, now());
    if (wait > 0) return tooOften(wait);
    // Spares the hash where it would be for nothing; the store decides.
    const taken = await store.findByName(name.value);
    if (!taken.ok) return taken;
    if (taken.value !== null) return fail(failure('conflict', 'This name is taken.'));
    const passwordHash = await hasher.hash(password);
    if (!passwordHash.ok) return passwordHash;
    const account: Account = {
      id: newId(),
      name: name.value,
      passwordHash: passwordHash.value,
      roles: NEW_ACCOUNT_ROLES,
      ...(email === undefined ? {} : { email }),
    };
    const created = await store.create(account, now());
    return created.ok ? ok({ id: account.id, name: account.name }) : created;
  }

  /**
   * Tokens for who knows the password. Every wrong part gets the same `unauthorized` after the same work;
   * `rate_limited`, `overloaded`, `unavailable`.
   */
  async login(credentials: Credentials, address: string): Promise<Result<Login>> {
    const { hasher, refreshTokens, now } = this.#deps;
    const byAddress = this.#logins.take(address, now());
    if (byAddress > 0) return tooOften(byAddress);
    const found = await this.#find(credentials);
    if (!found.ok) return found;
    const account = found.value;
    // By account where there is one, so that other spellings of its name or its address don't count anew.
    const key =
      account?.id ?? nameKey(credentials.username ?? credentials.email ?? '').slice(0, MAX_EMAIL_LENGTH);
    const byAccount = this.#failures.take(key, now());
    if (byAccount > 0) return tooOften(byAccount);
    const matches = await hasher.verify(account?.passwordHash, credentials.password);
    if (!matches.ok) {
      this.#failures.giveBack(key);
      return matches;
    }
    if (!matches.value || account === null) {
      return fail(failure('unauthorized', 'The name or the password is wrong.'));
    }
    this.#failures.giveBack(key);
    return refreshTokens.begin(account);
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

function tooOften(waitMs: number) {
  return fail(failure('rate_limited', 'Too many attempts.', waitMs));
}
