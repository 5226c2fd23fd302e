/** {@link NameStore} in PostgreSQL. */
import type { NameStore } from '../auth/ports.ts';
import { failure } from '../protocol/errors.ts';
import { nameLooks } from '../protocol/name-look.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import { nameKey } from '../protocol/text.ts';
import type { Database } from './database.ts';
import { MAX_NAME_ATTEMPTS, nameCandidate, randomSuffix } from './name-suffix.ts';
import type { SuffixSource } from './name-suffix.ts';

const OWN = 'select name from names where user_id = $1 and $2 in (key, wanted_key)';

// Another user's name, or one that looks like it, violates a unique key; one's own old name is replaced and so becomes
// free.
const TAKE = `
  insert into names (key, user_id, name, wanted_key, guest, claimed_at, look, folded_look)
    values ($1, $2, $3, $4, $5, $6, $7, $8)
  on conflict (user_id) do update set
    key = excluded.key, name = excluded.name, wanted_key = excluded.wanted_key, claimed_at = excluded.claimed_at,
    look = excluded.look, folded_look = excluded.folded_look`;

/** Names of everyone, one a user. */
export class PostgresNames implements NameStore {
  readonly #database: Database;
  readonly #suffix: SuffixSource;

  constructor(database: Database, suffix: SuffixSource = randomSuffix) {
    this.#database = database;
    this.#suffix = suffix;
  }

  async claim(userId: string, wanted: string, guest: boolean, now: number): Promise<Result<string>> {
    const wantedKey = nameKey(wanted);
    const own = await this.#database.query<{ name: string }>(OWN, [userId, wantedKey]);
    if (!own.ok) return fail(own.failure);
    const [kept] = own.rows;
    if (kept !== undefined) return ok(kept.name);
    for (let attempt = 0; attempt < MAX_NAME_ATTEMPTS; attempt += 1) {
      const name = nameCandidate(wanted, attempt, this.#suffix);
      const { look, foldedLook } = nameLooks(name);
      const taken = await this.#database.query(TAKE, [
        ...[nameKey(name), userId, name, wantedKey, guest, now, look, foldedLook],
      ]);
      if (taken.ok) return ok(name);
      if (taken.violated === null) return fail(taken.failure);
    }
    return fail(failure('conflict', `No free name was found for ${JSON.stringify(wanted)}.`));
  }
}
