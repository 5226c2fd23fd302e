/** Finds whoever has a name or an id: an account, a guest, a user of another issuer. */
import type { Person } from '../auth/access-changes.ts';
import type { SanctionTarget } from '../auth/sanctions.ts';
import type { Role } from '../protocol/entities.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import { nameKey } from '../protocol/text.ts';
import type { Database } from './database.ts';

const FIND = `
  select n.user_id as id, n.name,
    case when a.id is not null then 'account' when n.guest then 'guest' else 'issuer' end as kind
  from names as n left join accounts as a on a.id = n.user_id
  where n.user_id = $1 or n.key = $2
  order by n.user_id = $1 desc limit 1`;

/** The person with this id, else with this name in any case and width; null when there is nobody. */
export async function findPerson(database: Database, nameOrId: string): Promise<Result<Person | null>> {
  return find(database, nameOrId, nameKey(nameOrId.trim()));
}

/** The person with exactly this id, or with this name in any case and width; null when there is nobody. */
export async function findPersonBy(
  database: Database,
  who: { readonly id: string } | { readonly name: string },
): Promise<Result<Person | null>> {
  return 'id' in who ? find(database, who.id, null) : find(database, null, nameKey(who.name.trim()));
}

async function find(
  database: Database,
  id: string | null,
  key: string | null,
): Promise<Result<Person | null>> {
  const found = await database.query<{ id: string; name: string; kind: Person['kind'] }>(FIND, [id, key]);
  return found.ok ? ok(found.rows[0] ?? null) : fail(found.failure);
}

// Of a user of another issuer the roles that were seen last, and those that this server gave.
const FIND_ROLES = `
  select case
    when $2 = 'account' then (select roles from accounts where id = $1)
    when $2 = 'guest' then '{guest}'
    else array(
      select unnest(roles) from users where id = $1
      union select unnest(roles) from standings where user_id = $1
    )
  end as roles`;

/** The same as {@link findPersonBy}, with the roles that hold of them everywhere. */
export async function findTarget(
  database: Database,
  who: { readonly id: string } | { readonly name: string },
): Promise<Result<SanctionTarget | null>> {
  const person = await findPersonBy(database, who);
  if (!person.ok) return person;
  if (person.value === null) return ok(null);
  const { id, kind } = person.value;
  const found = await database.query<{ roles: readonly Role[] | null }>(FIND_ROLES, [id, kind]);
  return found.ok ? ok({ ...person.value, roles: found.rows[0]?.roles ?? ['user'] }) : fail(found.failure);
}
