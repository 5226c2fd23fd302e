import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { nameLooks } from '../../src/protocol/name-look.ts';
import { nameKey } from '../../src/protocol/text.ts';
import { connectDatabase } from '../../src/storage/connect-database.ts';
import { fillNameLooks } from '../../src/storage/fill-name-looks.ts';
import { PostgresNames } from '../../src/storage/postgres-names.ts';
import { valueOf } from '../contracts/stores.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { createDatabase, withClient } from '../support/postgres.ts';

const NOW = 1_700_000_000_000;
const logger = pino({ level: 'silent' });

interface Row {
  readonly name: string;
  readonly look: string | null;
  readonly folded_look: string | null;
}

let database: TestDatabase | undefined;
afterEach(async () => {
  await database?.drop();
  database = undefined;
});

/** A database in which these names were claimed before there were looks. */
async function oldDatabase(names: readonly string[]): Promise<string> {
  database = await createDatabase();
  const { connectionString } = database;
  await withClient(connectionString, async (client) => {
    await client.query(
      `insert into names (key, user_id, name, wanted_key, guest, claimed_at)
       select key, id, name, key, false, ${NOW} from unnest($1::text[], $2::text[], $3::text[]) as t (key, id, name)`,
      [names.map(nameKey), names.map(() => randomUUID()), names],
    );
  });
  return connectionString;
}

const rowsOf = async (connectionString: string) =>
  withClient(connectionString, async (client) => {
    const { rows } = await client.query<Row>('select name, look, folded_look from names');
    return new Map(rows.map((row) => [row.name, row]));
  });

describe('names from before there were looks', () => {
  it('[AUTH-72] get theirs at the next start; of look-alikes both stay, and a third is refused', async () => {
    const connectionString = await oldDatabase(['paul', 'p\u0430ul', 'Ada', 'PAUI', 'Grace']);
    const connected = valueOf(await connectDatabase({ connectionString, logger }));
    const rows = await rowsOf(connectionString);
    expect([...rows.keys()].sort()).toEqual(['Ada', 'Grace', 'PAUI', 'paul', 'p\u0430ul']);
    for (const name of ['Ada', 'Grace']) {
      const { look, foldedLook } = nameLooks(name);
      expect(rows.get(name)).toEqual({ name, look, folded_look: foldedLook });
    }
    // One of those that look alike has each look.
    const looks = [...rows.values()].map(({ look }) => look).filter((look) => look === 'paul');
    const folded = [...rows.values()].map((row) => row.folded_look);
    expect(looks).toHaveLength(1);
    expect(folded.filter((look) => look === 'paul')).toHaveLength(1);
    expect(folded.filter((look) => look === 'paui')).toHaveLength(1);
    const names = new PostgresNames(connected);
    expect(valueOf(await names.claim(randomUUID(), 'pau1', true, NOW))).toMatch(/^pau1-/);
    await connected.close();
  });

  it('[AUTH-72] by the thousands, and by servers that start at once', async () => {
    const connectionString = await oldDatabase(Array.from({ length: 2_500 }, (_, i) => `name ${i} of many`));
    await Promise.all(
      Array.from({ length: 3 }, async () => withClient(connectionString, (client) => fillNameLooks(client))),
    );
    const rows = [...(await rowsOf(connectionString)).values()];
    expect(rows).toHaveLength(2_500);
    const left = rows.filter(({ look, folded_look: folded }) => look === null || folded === null);
    // Zeros and ones read as letters do, so that some of these are look-alikes.
    const expected = new Set(rows.map(({ name }) => nameLooks(name).look)).size;
    expect(left).toHaveLength(2_500 - expected);
  });
});
