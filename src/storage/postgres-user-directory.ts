/** {@link UserDirectory} in PostgreSQL. */
import type { KnownUser, UserDirectory, UserPage, UserQuery } from '../admin/ports/user-directory.ts';
import type { Role } from '../protocol/entities.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import { isStorable, nameKey } from '../protocol/text.ts';
import type { Database } from './database.ts';

interface UserRow {
  readonly id: string;
  readonly name: string;
  readonly kind: KnownUser['kind'];
  readonly roles: readonly Role[];
  readonly avatar: string | null;
  readonly email: string | null;
  readonly issuer: string | null;
  readonly since: string;
  readonly ban_id: string | null;
  readonly ban_until: string | null;
  readonly ban_reason: string | null;
}

/** Of everybody; `now` is the parameter that says which bans are in force. */
const usersSql = (now: string): string => `
  select n.user_id as id, n.name,
    case when a.id is not null then 'account' when n.guest then 'guest' else 'issuer' end as kind,
    case when a.id is not null then a.roles when n.guest then '{guest}' else array(
      select 'user' union select unnest(u.roles) union
      select unnest(g.roles) from standings as g where g.user_id = n.user_id
    ) end as roles,
    coalesce(a.avatar, u.avatar) as avatar, a.email, u.issuer,
    coalesce(a.created_at, u.first_seen_at, n.claimed_at) as since,
    b.id as ban_id, b.until as ban_until, b.reason as ban_reason
  from names as n
  left join accounts as a on a.id = n.user_id
  left join users as u on u.id = n.user_id
  left join lateral (
    select s.id, s.until, s.reason from sanctions as s
    where s.channel_id is null and s.kind = 'ban' and s.user_id = n.user_id and s.ended_at is null
      and (s.until is null or s.until > ${now}::bigint)
    order by s.id desc limit 1
  ) as b on true`;

// Keys are in byte order: what begins with the prefix lies before the prefix with the last code point behind.
const LIST = `${usersSql('$6')}
  where n.key >= $1 and n.key < $1 || U&'\\+10FFFF' and starts_with(n.key, $1)
    and ($2::text is null or position($2 in n.key) > 0) and ($3::text is null or n.key > $3)
    and (not $4::boolean or not n.guest) and ($5::boolean is null or $5 = (b.id is not null))
  order by n.key offset $7 limit $8`;

const FIND = `${usersSql('$2')} where n.user_id = $1`;

const MEMBERSHIPS = 'select channel_id from channel_members where user_id = $1 order by channel_id';

/** Everybody who has a row in `names`. */
export class PostgresUserDirectory implements UserDirectory {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async list(query: UserQuery, now: number): Promise<Result<UserPage>> {
    const { prefix = '', part, after, isRegistered = false, isBanned, offset, limit } = query;
    // No name holds such text, and PostgreSQL takes none.
    if (![prefix, part ?? '', after ?? ''].every(isStorable)) return ok({ items: [], hasMore: false });
    const keys = [part, after].map((text) => (text === undefined ? null : nameKey(text)));
    const values = [nameKey(prefix), ...keys, isRegistered, isBanned ?? null, now, offset, limit + 1];
    const found = await this.#database.query<UserRow>(LIST, values);
    if (!found.ok) return fail(found.failure);
    return ok({ items: found.rows.slice(0, limit).map(userOf), hasMore: found.rows.length > limit });
  }

  async find(id: string, now: number): Promise<Result<KnownUser | null>> {
    if (!isStorable(id)) return ok(null);
    const found = await this.#database.query<UserRow>(FIND, [id, now]);
    if (!found.ok) return fail(found.failure);
    const [row] = found.rows;
    return ok(row === undefined ? null : userOf(row));
  }

  async memberships(id: string): Promise<Result<readonly string[]>> {
    if (!isStorable(id)) return ok([]);
    const found = await this.#database.query<{ channel_id: string }>(MEMBERSHIPS, [id]);
    return found.ok ? ok(found.rows.map((row) => row.channel_id)) : fail(found.failure);
  }
}

function userOf(row: UserRow): KnownUser {
  const { id, name, kind, roles, avatar, email, issuer, since } = row;
  const { ban_id: banId, ban_until: until, ban_reason: reason } = row;
  return {
    ...{ id, name, kind, roles, since: Number(since) },
    ...(avatar === null ? {} : { avatar }),
    ...(email === null ? {} : { email }),
    ...(issuer === null ? {} : { issuer }),
    ...(banId === null
      ? {}
      : {
          ban: {
            ...{ id: banId, until: until === null ? null : Number(until) },
            ...(reason === null ? {} : { reason }),
          },
        }),
  };
}
