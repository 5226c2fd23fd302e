/** {@link UserStore} in memory, for tests; the same contract suite runs over it and PostgreSQL. */
import type { SeenUser, StoredUser, UserStore } from '../../auth/ports.ts';
import { ok } from '../../protocol/result.ts';
import type { Result } from '../../protocol/result.ts';

/** Users whom other issuers vouch for. */
export class MemoryUsers implements UserStore {
  readonly #users = new Map<string, StoredUser>();

  async record(users: readonly SeenUser[]): Promise<Result<void>> {
    for (const { seenAt, ...user } of users) {
      const known = this.#users.get(user.id);
      if (known !== undefined && known.lastSeenAt > seenAt) continue;
      this.#users.set(user.id, { ...user, firstSeenAt: known?.firstSeenAt ?? seenAt, lastSeenAt: seenAt });
    }
    return ok(undefined);
  }

  async find(id: string): Promise<Result<StoredUser | null>> {
    return ok(this.#users.get(id) ?? null);
  }
}
