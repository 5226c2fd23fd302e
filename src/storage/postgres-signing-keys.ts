/** {@link SigningKeyStore} in PostgreSQL. */
import type { SigningKey, SigningKeyStore } from '../auth/ports.ts';
import type { AuditAct } from '../protocol/audit-act.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import { auditCall } from './audit-call.ts';
import type { Database } from './database.ts';

interface KeyRow {
  readonly kid: string;
  readonly alg: string;
  readonly private_jwk: Record<string, unknown>;
}

// A key was replaced when the next newer one was made.
const LOAD = `
  with replaced as (
    select kid, lag(created_at) over (order by created_at desc, kid) as at from signing_keys
  ), gone as (
    delete from signing_keys where kid in (select kid from replaced where at < $1) returning kid
  )
  select kid, alg, private_jwk from signing_keys
  where kid not in (select kid from gone) order by created_at desc, kid`;

/** The server's own keys, shared by every server on the database. */
export class PostgresSigningKeys implements SigningKeyStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async loadOrCreate(
    candidate: () => Promise<SigningKey>,
    replacedBefore: number,
    now: number,
  ): Promise<Result<readonly SigningKey[]>> {
    const existing = await this.#load(replacedBefore);
    if (!existing.ok || existing.value.length > 0) return existing;
    const { kid, alg, privateJwk } = await candidate();
    // Only one key can be the initial one: the first server's stays.
    const stored = await this.#database.query(
      `insert into signing_keys (kid, alg, private_jwk, initial, created_at) values ($1, $2, $3, true, $4)
       on conflict do nothing`,
      [kid, alg, JSON.stringify(privateJwk), now],
    );
    return stored.ok ? this.#load(replacedBefore) : fail(stored.failure);
  }

  async rotate({ kid, alg, privateJwk }: SigningKey, now: number, act?: AuditAct): Promise<Result<void>> {
    const kept = auditCall(act, 5);
    const rotated = await this.#database.query(
      `select ${kept.sql} from rotate_signing_key($1, $2, $3, $4) as rotated`,
      [kid, alg, JSON.stringify(privateJwk), now, ...kept.values],
    );
    return rotated.ok ? ok(undefined) : fail(rotated.failure);
  }

  async #load(replacedBefore: number): Promise<Result<readonly SigningKey[]>> {
    const found = await this.#database.query<KeyRow>(LOAD, [replacedBefore]);
    if (!found.ok) return fail(found.failure);
    return ok(found.rows.map(({ kid, alg, private_jwk: privateJwk }) => ({ kid, alg, privateJwk })));
  }
}
