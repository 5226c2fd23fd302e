/** {@link UserStore} in PostgreSQL. */
import type { SeenUser, StoredUser, UserStore } from '../auth/ports.ts';
import type { Role } from '../protocol/entities.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import type { Database } from './database.ts';

interface UserRow {
  readonly id: string;
  readonly issuer: string;
  readonly subject: string;
  readonly name: string;
  readonly avatar: string | null;
  readonly roles: readonly Role[];
  readonly client_id: string | null;
  readonly first_seen_at: string;
  readonly last_seen_at: string;
}

// In the order of ids, so that two servers that write the same users wait for each other and never both.
const RECORD = `
  insert into users (id, issuer, subject, name, avatar, roles, client_id, first_seen_at, last_seen_at)
  select id, issuer, subject, name, avatar, roles, "clientId", "seenAt", "seenAt"
  from json_to_recordset($1) as seen (id text, issuer text, subject text, name text, avatar text, roles text[],
    "clientId" text, "seenAt" bigint)
  order by id
  on conflict (id) do update set
    name = excluded.name, avatar = excluded.avatar, roles = excluded.roles, client_id = excluded.client_id,
    last_seen_at = excluded.last_seen_at
  where users.last_seen_at <= excluded.last_seen_at`;

const FIND = `
  select id, issuer, subject, name, avatar, roles, client_id, first_seen_at, last_seen_at from users where id = $1`;

/** Users whom other issuers vouch for. */
export class PostgresUsers implements UserStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async record(users: readonly SeenUser[]): Promise<Result<void>> {
    const written = await this.#database.query(RECORD, [JSON.stringify(users)]);
    return written.ok ? ok(undefined) : fail(written.failure);
  }

  async find(id: string): Promise<Result<StoredUser | null>> {
    const found = await this.#database.query<UserRow>(FIND, [id]);
    if (!found.ok) return fail(found.failure);
    const [row] = found.rows;
    if (row === undefined) return ok(null);
    const { issuer, subject, name, avatar, roles, client_id: clientId } = row;
    return ok({
      ...{ id: row.id, issuer, subject, name, roles },
      ...(avatar === null ? {} : { avatar }),
      ...(clientId === null ? {} : { clientId }),
      firstSeenAt: Number(row.first_seen_at),
      lastSeenAt: Number(row.last_seen_at),
    });
  }
}
