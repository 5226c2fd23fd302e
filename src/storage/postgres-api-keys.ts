/** {@link ApiKeyStore} in PostgreSQL. */
import type { ApiKey, ApiKeyChange, ApiKeyScope, ApiKeyStore, HashedApiKey } from '../auth/api-key-store.ts';
import type { AuditAct } from '../protocol/audit-act.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import { auditCall } from './audit-call.ts';
import type { Database } from './database.ts';

interface KeyRow {
  readonly id: string;
  readonly name: string;
  readonly hash: string;
  readonly scopes: readonly ApiKeyScope[];
  readonly requests_per_second: number;
  readonly created_at: string;
  readonly created_by: string;
  readonly created_by_name: string;
  readonly last_used_at: string | null;
}

const COLUMNS = 'id, name, hash, scopes, requests_per_second, created_at, created_by, created_by_name';
/** As acts have it. */
const SHOWN = `json_build_object('name', name, 'scopes', scopes, 'requests_per_second', requests_per_second)`;
const KEYS = `select ${COLUMNS}, last_used_at from api_keys`;

/** See the head of the file. */
export class PostgresApiKeys implements ApiKeyStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async create(key: HashedApiKey, most: number, act: AuditAct): Promise<Result<boolean>> {
    const { id, name, hash, scopes, requestsPerSecond, createdAt, createdBy } = key;
    const values = [
      ...[id, name, hash, scopes, requestsPerSecond],
      ...[createdAt, createdBy.id, createdBy.name, most],
    ];
    const kept = auditCall(act, values.length + 1);
    const created = await this.#database.query(
      `with made as (
         insert into api_keys (${COLUMNS}) select $1, $2, $3, $4, $5, $6, $7, $8
         where (select count(*) from api_keys) < $9::integer
         returning id
       )
       select ${kept.sql} from made`,
      [...values, ...kept.values],
    );
    return created.ok ? ok(created.rows.length > 0) : fail(created.failure);
  }

  async list(): Promise<Result<readonly ApiKey[]>> {
    const found = await this.#database.query<KeyRow>(`${KEYS} order by created_at, id`, []);
    return found.ok ? ok(found.rows.map(keyOf)) : fail(found.failure);
  }

  async find(id: string): Promise<Result<HashedApiKey | null>> {
    const found = await this.#database.query<KeyRow>(`${KEYS} where id = $1`, [id]);
    if (!found.ok) return fail(found.failure);
    const [row] = found.rows;
    return ok(row === undefined ? null : { ...keyOf(row), hash: row.hash });
  }

  async used(id: string, at: number, everyMs: number): Promise<Result<void>> {
    const noted = await this.#database.query(
      `update api_keys set last_used_at = $2::bigint
       where id = $1 and (last_used_at is null or last_used_at <= $2::bigint - $3::bigint)`,
      [id, at, everyMs],
    );
    return noted.ok ? ok(undefined) : fail(noted.failure);
  }

  async change(
    id: string,
    { name, scopes, requestsPerSecond }: ApiKeyChange,
    act: AuditAct,
  ): Promise<Result<ApiKey | null>> {
    if (id.includes('\0')) return ok(null);
    const kept = auditCall(act, 5, 'changed.before');
    const changed = await this.#database.query<KeyRow>(
      `with old as (select id, ${SHOWN} as before from api_keys where id = $1 for update),
       changed as (
         update api_keys as k set name = coalesce($2, k.name), scopes = coalesce($3::text[], k.scopes),
           requests_per_second = coalesce($4::integer, k.requests_per_second)
         from old where k.id = old.id
         returning k.*, old.before
       )
       select ${COLUMNS}, last_used_at, ${kept.sql} as act from changed`,
      [id, name ?? null, scopes ?? null, requestsPerSecond ?? null, ...kept.values],
    );
    if (!changed.ok) return fail(changed.failure);
    const [row] = changed.rows;
    return ok(row === undefined ? null : keyOf(row));
  }

  async remove(id: string, act: AuditAct): Promise<Result<boolean>> {
    // No id holds U+0000, and PostgreSQL takes none.
    if (id.includes('\0')) return ok(false);
    const kept = auditCall(act, 2, 'removed.before');
    const removed = await this.#database.query(
      `with removed as (delete from api_keys where id = $1 returning ${SHOWN} as before)
       select ${kept.sql} from removed`,
      [id, ...kept.values],
    );
    return removed.ok ? ok(removed.rows.length > 0) : fail(removed.failure);
  }
}

function keyOf(row: KeyRow): ApiKey {
  const { id, name, scopes } = row;
  return {
    ...{ id, name, scopes, requestsPerSecond: row.requests_per_second },
    createdAt: Number(row.created_at),
    createdBy: { id: row.created_by, name: row.created_by_name },
    lastUsedAt: row.last_used_at === null ? null : Number(row.last_used_at),
  };
}
