/** {@link UserDirectory} in memory, for tests; the same contract suite runs over it and PostgreSQL. */
import type { KnownUser, UserDirectory, UserPage, UserQuery } from '../../admin/ports/user-directory.ts';
import { ok } from '../../protocol/result.ts';
import type { Result } from '../../protocol/result.ts';
import { nameKey } from '../../protocol/text.ts';
import type { MemoryAccounts } from './memory-accounts.ts';
import type { MemoryNames } from './memory-names.ts';
import type { MemorySanctions } from './memory-sanctions.ts';
import type { MemoryUsers } from './memory-users.ts';

/** Of what it is made. */
export interface UserDirectorySources {
  readonly names: MemoryNames;
  readonly accounts: MemoryAccounts;
  readonly users: MemoryUsers;
  readonly sanctions: MemorySanctions;
  /** Channels of which the user is a member. */
  readonly memberships?: (userId: string) => readonly string[];
}

/** Nothing in memory knows when an account was made or a name was taken: 0. */
export class MemoryUserDirectory implements UserDirectory {
  readonly #sources: UserDirectorySources;

  constructor(sources: UserDirectorySources) {
    this.#sources = sources;
  }

  async list(query: UserQuery, now: number): Promise<Result<UserPage>> {
    const { prefix = '', part = '', after, isRegistered = false, isBanned, offset, limit } = query;
    const all = await Promise.all(
      this.#sources.names.all().map(async (named) => ({
        key: nameKey(named.name),
        user: await this.#known(named, now),
      })),
    );
    const fitting = all
      .filter(
        ({ key, user }) =>
          key.startsWith(nameKey(prefix)) &&
          key.includes(nameKey(part)) &&
          (after === undefined || key > nameKey(after)) &&
          (!isRegistered || user.kind !== 'guest') &&
          (isBanned === undefined || isBanned === (user.ban !== undefined)),
      )
      .sort((a, b) => (a.key < b.key ? -1 : 1))
      .slice(offset);
    return ok({
      items: fitting.slice(0, limit).map(({ user }) => user),
      hasMore: fitting.length > limit,
    });
  }

  async find(id: string, now: number): Promise<Result<KnownUser | null>> {
    const named = this.#sources.names.all().find((one) => one.id === id);
    return ok(named === undefined ? null : await this.#known(named, now));
  }

  async memberships(id: string): Promise<Result<readonly string[]>> {
    return ok(this.#sources.memberships?.(id) ?? []);
  }

  async #known(
    { id, name, guest }: { readonly id: string; readonly name: string; readonly guest: boolean },
    now: number,
  ): Promise<KnownUser> {
    const { accounts, users, sanctions } = this.#sources;
    const found = await sanctions.list({ kind: 'ban', user: id, active: true, limit: 1 }, now);
    const held = found.ok ? found.value.items[0] : undefined;
    const ban =
      held === undefined
        ? {}
        : {
            ban: {
              ...{ id: held.id, until: held.until },
              ...(held.reason === undefined ? {} : { reason: held.reason }),
            },
          };
    const account = accounts.get(id);
    if (account !== undefined) {
      const { roles, avatar, email } = account;
      return {
        ...{ id, name, kind: 'account', roles, since: 0, ...ban },
        ...(avatar === undefined ? {} : { avatar }),
        ...(email === undefined ? {} : { email }),
      };
    }
    if (guest) return { id, name, kind: 'guest', roles: ['guest'], since: 0, ...ban };
    const seen = await users.find(id);
    const user = seen.ok ? seen.value : null;
    return {
      ...{ id, name, kind: 'issuer', roles: [...new Set(['user' as const, ...(user?.roles ?? [])])] },
      ...{ since: user?.firstSeenAt ?? 0, ...ban },
      ...(user === null ? {} : { issuer: user.issuer }),
      ...(user?.avatar === undefined ? {} : { avatar: user.avatar }),
    };
  }
}
