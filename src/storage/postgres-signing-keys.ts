/** {@link SigningKeyStore} in PostgreSQL. */
import type { SigningKey, SigningKeyStore } from '../auth/ports.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import type { Database } from './database.ts';

interface KeyRow {
  readonly kid: string;
  readonly alg: string;
  readonly private_jwk: Record<string, unknown>;
}

/** The server's own keys, shared by every server on the database. */
export class PostgresSigningKeys implements SigningKeyStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async loadOrCreate(
    candidate: () => Promise<SigningKey>,
    now: number,
  ): Promise<Result<readonly SigningKey[]>> {
    const existing = await this.#load();
    if (!existing.ok || existing.value.length > 0) return existing;
    const { kid, alg, privateJwk } = await candidate();
    // Only one key can be the initial one: the first server's stays.
    const stored = await this.#database.query(
      `insert into signing_keys (kid, alg, private_jwk, initial, created_at) values ($1, $2, $3, true, $4)
       on conflict do nothing`,
      [kid, alg, JSON.stringify(privateJwk), now],
    );
    return stored.ok ? this.#load() : fail(stored.failure);
  }

  async #load(): Promise<Result<readonly SigningKey[]>> {
    const found = await this.#database.query<KeyRow>(
      'select kid, alg, private_jwk from signing_keys order by created_at desc, kid',
      [],
    );
    if (!found.ok) return fail(found.failure);
    return ok(found.rows.map(({ kid, alg, private_jwk: privateJwk }) => ({ kid, alg, privateJwk })));
  }
}
