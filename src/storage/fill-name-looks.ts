/** Gives looks to names that were claimed before there were any (migration 0004). */
import type { ClientBase } from 'pg';
import { nameLooks } from '../protocol/name-look.ts';

/** Names of one transaction, during which nobody else can claim one. */
const BATCH = 1_000;

const PAGE = `
  select key, name from names
  where (look is null or folded_look is null) and key > $1 order by key limit ${BATCH}`;

interface NameRow {
  readonly key: string;
  readonly name: string;
}

/**
 * Fills in what is missing; servers that start at once wait for each other. Of names that look alike the first by key
 * gets the look, and the others stay without it: they keep their names. Rejects when the connection breaks.
 */
export async function fillNameLooks(client: ClientBase): Promise<void> {
  let last = '';
  // Looking takes no lock: at nearly every start nothing is missing.
  while ((await page(client, last)).length > 0) {
    await client.query('begin');
    try {
      await client.query('lock table names in share row exclusive mode');
      const rows = await page(client, last);
      await fill(client, rows);
      await client.query('commit');
      last = rows.at(-1)?.key ?? last;
    } catch (error) {
      await client.query('rollback').catch(() => undefined);
      throw error;
    }
  }
}

async function page(client: ClientBase, after: string): Promise<readonly NameRow[]> {
  return (await client.query<NameRow>(PAGE, [after])).rows;
}

async function fill(client: ClientBase, rows: readonly NameRow[]): Promise<void> {
  const keys = rows.map(({ key }) => key);
  const looks = rows.map(({ name }) => nameLooks(name));
  await client.query(fillStatement('look'), [keys, looks.map(({ look }) => look)]);
  await client.query(fillStatement('folded_look'), [keys, looks.map(({ foldedLook }) => foldedLook)]);
}

function fillStatement(column: 'look' | 'folded_look'): string {
  return `
    update names set ${column} = fresh.look
    from (
      select distinct on (given.look) given.key, given.look
      from unnest($1::text[], $2::text[]) as given (key, look)
      where not exists (select from names where names.${column} = given.look)
      order by given.look, given.key
    ) as fresh
    where names.key = fresh.key and names.${column} is null`;
}
