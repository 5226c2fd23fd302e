/** Users: accounts with the password that they had, and those whom an issuer vouches for. */
import { randomBytes } from 'node:crypto';
import { parseAccountName } from '../auth/display-name.ts';
import type { PasswordHasher } from '../auth/password-hasher.ts';
import type { Result } from '../protocol/result.ts';
import { MAX_NAME_ATTEMPTS, nameCandidate, randomSuffix } from '../storage/name-suffix.ts';
import { PostgresAccounts } from '../storage/postgres-accounts.ts';
import { PostgresNames } from '../storage/postgres-names.ts';
import { PostgresUsers } from '../storage/postgres-users.ts';
import type { MovedOutcome, MovedUser } from './items.ts';
import {
  ADDED,
  deletedHere,
  found,
  KNOWN,
  leftOut,
  type MoveTarget,
  type MoveWriter,
} from './move-target.ts';
import { nearestName } from './read-value.ts';

const ROLES = ['user'] as const;
const EMAIL = /^[^\s@\p{Cc}]{1,64}@[^\s@\p{Cc}]{1,189}$/u;

/** See the head of the file. */
export class UserWriter implements MoveWriter<MovedUser> {
  readonly #target: MoveTarget;
  readonly #hasher: Pick<PasswordHasher, 'hash' | 'canVerify'>;
  readonly #accounts: PostgresAccounts;
  readonly #names: PostgresNames;
  readonly #users: PostgresUsers;
  /** Of a password that nobody knows. */
  #noPassword: string | null = null;

  constructor(target: MoveTarget, hasher: Pick<PasswordHasher, 'hash' | 'canVerify'>) {
    this.#target = target;
    this.#hasher = hasher;
    this.#accounts = new PostgresAccounts(target.database);
    this.#names = new PostgresNames(target.database);
    this.#users = new PostgresUsers(target.database);
  }

  async write(users: readonly MovedUser[]): Promise<readonly MovedOutcome[]> {
    const ids = users.map(({ id }) => id);
    const known = new Set(
      await found(
        this.#target,
        'select id from accounts where id = any ($1) union select id from users where id = any ($1)',
        ids,
      ),
    );
    const deleted = await deletedHere(this.#target, 'user', ids);
    const outcomes: MovedOutcome[] = [];
    for (const user of users) {
      if (known.has(user.id)) outcomes.push(KNOWN);
      else if (deleted.has(user.id)) outcomes.push(leftOut('was deleted here'));
      else {
        await (user.login.kind === 'password'
          ? this.#account(user, user.login)
          : this.#user(user, user.login));
        outcomes.push(ADDED);
      }
      known.add(user.id);
    }
    return outcomes;
  }

  async #account(user: MovedUser, login: MovedUser['login'] & { readonly kind: 'password' }): Promise<void> {
    const { remark } = this.#target;
    const { id, from } = user;
    const wanted = this.#wantedName(user);
    const email = await this.#email(user, login.email);
    const passwordHash = await this.#hash(user, login.hash);
    if (this.#target.dry) return;
    const createdAt = user.createdAt ?? this.#target.now();
    for (let attempt = 0; attempt < MAX_NAME_ATTEMPTS; attempt += 1) {
      const name = nameCandidate(wanted, attempt, randomSuffix);
      const account = { id, name, passwordHash, roles: ROLES, ...(email === null ? {} : { email }) };
      const made = await this.#accounts.create(account, createdAt);
      if (made.ok) {
        if (name !== user.name) remark('users', `is called ${name} here`, from);
        return;
      }
      if (made.failure.code !== 'conflict') throw new Error(made.failure.message);
    }
    throw new Error(`no free name was found for ${JSON.stringify(user.name)}`);
  }

  async #user(
    user: MovedUser,
    { issuer, subject }: MovedUser['login'] & { readonly kind: 'issuer' },
  ): Promise<void> {
    if (this.#target.dry) return;
    const at = user.createdAt ?? this.#target.now();
    // As their token will say it.
    const wanted = nearestName(user.name, 'user');
    const name = must(await this.#names.claim(user.id, wanted, false, at));
    if (name !== user.name) this.#target.remark('users', `is called ${name} here`, user.from);
    must(await this.#users.record([{ id: user.id, issuer, subject, name, roles: ROLES, seenAt: at }]));
  }

  #wantedName({ name, from }: MovedUser): string {
    const near = nearestName(name, `user-${from.slice(-6)}`);
    // Guests' kind of name isn't for accounts.
    return parseAccountName(near).ok ? near : nearestName(`user-${near}`, `user-${from.slice(-6)}`);
  }

  async #email({ from }: MovedUser, email: string | null): Promise<string | null> {
    const { remark } = this.#target;
    if (email === null || email === '') return null;
    const taken = EMAIL.test(email) ? must(await this.#accounts.findByEmail(email)) : null;
    if (EMAIL.test(email) && taken === null) return email;
    remark(
      'users',
      taken === null
        ? 'has an address that is none, and logs in by name'
        : 'has an address that another account has, and logs in by name',
      from,
    );
    return null;
  }

  async #hash({ from }: MovedUser, hash: string): Promise<string> {
    if (this.#hasher.canVerify(hash)) return hash;
    this.#target.remark('users', 'has a password that can’t be checked here, and needs another one', from);
    this.#noPassword ??= must(await this.#hasher.hash(randomBytes(32).toString('base64')));
    return this.#noPassword;
  }
}

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.failure.message);
  return result.value;
}
