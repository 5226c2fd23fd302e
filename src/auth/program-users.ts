/**
 * Users whom another program keeps here by its own ids: accounts that nobody logs in to with a password. Tokens of this server are
 * theirs when the program asks for them. No program makes, changes or speaks for an administrator.
 */
import { actBy, type AuditActor } from '../protocol/audit-act.ts';
import type { Role } from '../protocol/entities.ts';
import { failure } from '../protocol/errors.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import { type AccessToken, type AccountIssuer, LONGEST_ACCESS_TOKEN_SECONDS } from './account-issuer.ts';
import type { Person } from './access-changes.ts';
import { parseAvatarAddress } from './avatar-address.ts';
import { parseAccountName } from './display-name.ts';
import type { Account, AccountStore } from './ports.ts';

/** An id that a program gives: it stands in addresses and logs. */
export const PROGRAM_USER_ID = '^[A-Za-z0-9_.:@-]{1,64}$';
/** Ids that stand for the server itself. */
const RESERVED: ReadonlySet<string> = new Set(['system', 'automod', 'terminal']);
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** What {@link ProgramUsers} need. `now` gives ms since the epoch. */
export interface ProgramUsersDeps {
  readonly accounts: Pick<AccountStore, 'create' | 'findById' | 'changeProfile' | 'setRoles'>;
  readonly issuer: Pick<AccountIssuer, 'issue'>;
  readonly findPerson: (nameOrId: string) => Promise<Result<Person | null>>;
  /** Resolves when what was stored holds in this process; others follow within a second. */
  readonly applied: () => Promise<void>;
  readonly random: (bytes: number) => Buffer;
  readonly now: () => number;
}

/** How a user is to be. What is absent stays; a new one has then no avatar and no role but `user`. */
export interface ProgramUser {
  readonly name: string;
  /** Null takes it away. */
  readonly avatar?: string | null | undefined;
  readonly roles?: readonly 'moderator'[] | undefined;
}

/** See the head of the file. */
export class ProgramUsers {
  readonly #deps: ProgramUsersDeps;

  constructor(deps: ProgramUsersDeps) {
    this.#deps = deps;
  }

  /**
   * Makes the user `id`, or changes them; `created` tells which. `bad_request` for what can be no name or avatar, `conflict` for a
   * name that is taken and for an id of a guest or another issuer's user, `forbidden` for an administrator.
   */
  async put(
    id: string,
    { name, avatar, roles }: ProgramUser,
    by: AuditActor,
  ): Promise<Result<{ readonly account: Account; readonly created: boolean }>> {
    if (RESERVED.has(id)) return fail(failure('conflict', 'This id is the server’s own.'));
    const wantedName = parseAccountName(name);
    if (!wantedName.ok) return wantedName;
    const wantedAvatar = typeof avatar === 'string' ? parseAvatarAddress(avatar) : ok(avatar);
    if (!wantedAvatar.ok) return wantedAvatar;
    const known = await this.#account(id);
    if (!known.ok) return known;
    const wanted = { name: wantedName.value, avatar: wantedAvatar.value };
    return known.value === null
      ? this.#create(id, wanted, ['user', ...(roles ?? [])], by)
      : this.#change(known.value, wanted, roles === undefined ? null : ['user', ...roles], by);
  }

  /** The user as they are; `not_found`. */
  async read(id: string): Promise<Result<Account>> {
    const found = await this.#account(id);
    if (!found.ok) return found;
    return found.value === null
      ? fail(failure('not_found', 'There is no account with this id.'))
      : ok(found.value);
  }

  /** A token of this server for the user, for so many seconds, and their name; `not_found`, `forbidden` for an administrator. */
  async token(
    id: string,
    seconds: number | undefined,
  ): Promise<Result<AccessToken & { readonly name: string }>> {
    const account = await this.read(id);
    if (!account.ok) return account;
    if (isAdministrator(account.value)) return fail(NO_ADMINISTRATORS);
    const issued = await this.#deps.issuer.issue(account.value, seconds === undefined ? {} : { seconds });
    return ok({ ...issued, name: account.value.name });
  }

  async #account(id: string): Promise<Result<Account | null>> {
    return this.#deps.accounts.findById(id);
  }

  async #create(
    id: string,
    { name, avatar }: { readonly name: string; readonly avatar: string | null | undefined },
    roles: readonly Role[],
    by: AuditActor,
  ) {
    const { accounts, findPerson, now } = this.#deps;
    const taken = await findPerson(id);
    if (!taken.ok) return taken;
    if (taken.value?.id === id)
      return fail(failure('conflict', 'This id is somebody’s who has no account here.'));
    const account: Account = {
      ...{ id, name, roles, passwordHash: this.#noPassword() },
      ...(typeof avatar === 'string' ? { avatar } : {}),
    };
    const at = now();
    const act = actBy(by, at, {
      ...{ action: 'user:created', target: { kind: 'user', id, name } },
      after: { roles },
    });
    const created = await accounts.create(account, at, act);
    return created.ok ? ok({ account, created: true }) : created;
  }

  async #change(
    known: Account,
    { name, avatar }: { readonly name: string; readonly avatar: string | null | undefined },
    roles: readonly Role[] | null,
    by: AuditActor,
  ) {
    if (isAdministrator(known)) return fail(NO_ADMINISTRATORS);
    const { accounts, applied, now } = this.#deps;
    const { id } = known;
    const at = now();
    const until = at + LONGEST_ACCESS_TOKEN_SECONDS * 1_000;
    let account: Account | null = known;
    if (name !== known.name || (avatar !== undefined && avatar !== (known.avatar ?? null))) {
      const wanted = { name, ...(avatar === undefined ? {} : { avatar }) };
      const act = actBy(by, at, {
        ...{ action: 'profile:changed', target: { kind: 'user', id, name } },
        after: wanted,
      });
      const changed = await accounts.changeProfile(id, wanted, until, at, act);
      if (!changed.ok) return changed;
      account = changed.value;
    }
    if (account !== null && roles !== null && !isSame(roles, account.roles)) {
      const act = actBy(by, at, {
        ...{ action: 'roles:changed', target: { kind: 'user', id, name } },
        after: { roles },
      });
      const changed = await accounts.setRoles(id, roles, until, act);
      if (!changed.ok) return changed;
      account = changed.value;
    }
    if (account === null) return fail(failure('unavailable', 'The account was taken away meanwhile.', 1_000));
    if (account !== known) await applied();
    return ok({ account, created: false });
  }

  /** Of the form of a hash, so that a login is refused as any wrong password is; no password has it. */
  #noPassword(): string {
    const part = (bytes: number): string => this.#deps.random(bytes).toString('base64').replaceAll('=', '');
    return `$argon2id$v=19$m=19456,t=2,p=1$${part(SALT_BYTES)}$${part(HASH_BYTES)}`;
  }
}

const NO_ADMINISTRATORS = failure('forbidden', 'No program makes, changes or speaks for an administrator.');

function isAdministrator({ roles }: Pick<Account, 'roles'>): boolean {
  return roles.includes('admin');
}

function isSame(some: readonly Role[], others: readonly Role[]): boolean {
  return some.length === others.length && some.every((role) => others.includes(role));
}
