/** Ends and changes rights, and sees to it that it holds: for administrators, over REST and from the terminal. */
import { type AuditActor, actBy } from '../protocol/audit-act.ts';
import type { Role } from '../protocol/entities.ts';
import { failure } from '../protocol/errors.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import { isStorable } from '../protocol/text.ts';
import { LONGEST_ACCESS_TOKEN_SECONDS } from './account-issuer.ts';
import type { AccountStore, SecurityStore } from './ports.ts';

/** A role that is given beside `user`. */
export type GivenRole = Extract<Role, 'moderator' | 'admin'>;

/** Longest id of a token or of a user, code units. */
const MAX_ID_LENGTH = 256;
/** What was revoked by hand stays so for longer than any token lives. */
const REVOKED_FOR_MS = 10 * 365 * 24 * 3600 * 1000;

/** Who acts, and why as far as it was said. */
export interface Deed {
  readonly by: AuditActor;
  readonly reason?: string;
}

/** Someone who was here, by whatever way. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly kind: 'account' | 'guest' | 'issuer';
}

/** What {@link AccessChanges} need. `now` gives ms since the epoch. */
export interface AccessChangesDeps {
  readonly security: SecurityStore;
  readonly accounts: Pick<AccountStore, 'setRoles' | 'remove'>;
  /** By id, else by name; null when there is nobody. */
  readonly findPerson: (nameOrId: string) => Promise<Result<Person | null>>;
  /** Resolves when what was stored holds in this process; others follow within a second. */
  readonly applied: () => Promise<void>;
  readonly now: () => number;
}

/** See the head of the file. Each is kept in the audit log, with what it changes. */
export class AccessChanges {
  readonly #deps: AccessChangesDeps;

  constructor(deps: AccessChangesDeps) {
    this.#deps = deps;
  }

  /** Revokes the token with this `jti`, or all tokens of this session; `bad_request`, `unavailable`. */
  async revokeToken(tokenId: string, { by, reason }: Deed): Promise<Result<void>> {
    if (!isId(tokenId)) return notAnId('token');
    const now = this.#deps.now();
    const act = actBy(by, now, {
      ...{ action: 'token:revoked', target: { kind: 'token', id: tokenId } },
      ...(reason === undefined ? {} : { reason }),
    });
    return this.#stored(await this.#deps.security.revokeToken(tokenId, now + REVOKED_FOR_MS, now, act));
  }

  /**
   * Revokes all tokens of the user that were signed before `since` (ms since the epoch; now when absent), and ends the
   * logins of an account, so that no refresh token brings new ones. `bad_request`, `unavailable`.
   */
  async revokeUser(userId: string, { by, reason }: Deed, since?: number): Promise<Result<void>> {
    if (!isId(userId)) return notAnId('user');
    const now = this.#deps.now();
    if (since !== undefined && since > now) {
      return fail(failure('bad_request', 'Tokens can be revoked up to this moment, not ahead of time.'));
    }
    const until = now + REVOKED_FOR_MS;
    const act = actBy(by, now, {
      ...{
        action: 'user:revoked',
        target: { kind: 'user', id: userId },
        after: { revokedBefore: since ?? now },
      },
      ...(reason === undefined ? {} : { reason }),
    });
    return this.#stored(await this.#deps.security.revokeUser(userId, since ?? null, until, now, act));
  }

  /**
   * Gives a person these roles beside `user`: an account no others, a user of another issuer those of the token too.
   * `not_found`, `forbidden` for a guest, `unavailable`.
   */
  async setRoles(id: string, roles: readonly GivenRole[], deed: Deed): Promise<Result<Person>> {
    const found = isId(id) ? await this.#deps.findPerson(id) : ok(null);
    if (!found.ok) return found;
    const person = found.value;
    if (person?.id !== id) return nobody();
    const stored = await this.#storeRoles(person, roles, deed);
    if (!stored.ok) return stored;
    await this.#deps.applied();
    return ok(person);
  }

  /**
   * Deletes an account or a guest: the name is free, logins and connections end, and no token of theirs is good any more. What they wrote
   * stays. `not_found`, `forbidden` for a user of another issuer, whom the next token would bring back; `unavailable`.
   */
  async remove(id: string, { by, reason }: Deed): Promise<Result<void>> {
    const { accounts, findPerson, now } = this.#deps;
    const found = isId(id) ? await findPerson(id) : ok(null);
    if (!found.ok) return found;
    const person = found.value;
    if (person?.id !== id) return nobody();
    if (person.kind === 'issuer') {
      const why = `${person.name}’s account is kept by another issuer: delete it there. A ban keeps them out here.`;
      return fail(failure('forbidden', why));
    }
    const at = now();
    const act = actBy(by, at, {
      ...{ action: 'user:deleted', target: { kind: 'user', id, name: person.name } },
      ...(reason === undefined ? {} : { reason }),
    });
    const removed = await accounts.remove(id, at + REVOKED_FOR_MS, at, act);
    if (!removed.ok) return removed;
    if (!removed.value) return nobody();
    await this.#deps.applied();
    return ok(undefined);
  }

  async #storeRoles(
    { id, name, kind }: Person,
    given: readonly GivenRole[],
    { by, reason }: Deed,
  ): Promise<Result<unknown>> {
    const { accounts, security } = this.#deps;
    const now = this.#deps.now();
    const roles: readonly Role[] = kind === 'account' ? ['user', ...given] : given;
    const act = actBy(by, now, {
      ...{ action: 'roles:changed', target: { kind: 'user', id, name }, after: { roles } },
      ...(reason === undefined ? {} : { reason }),
    });
    switch (kind) {
      case 'guest':
        return fail(
          failure('forbidden', `${name} is a guest, and guests have no other role: make an account.`),
        );
      case 'account':
        return accounts.setRoles(id, roles, now + LONGEST_ACCESS_TOKEN_SECONDS * 1000, act);
      case 'issuer':
        return security.grantRoles(id, roles, now, act);
    }
  }

  async #stored(result: Result<void>): Promise<Result<void>> {
    if (!result.ok) return result;
    await this.#deps.applied();
    return ok(undefined);
  }
}

function isId(text: string): boolean {
  return text !== '' && text.length <= MAX_ID_LENGTH && isStorable(text);
}

function nobody() {
  return fail(failure('not_found', 'There is nobody with this id.'));
}

function notAnId(of: string) {
  return fail(failure('bad_request', `This can't be the id of a ${of}.`));
}
