/** Brings the database's schema up to date. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { runner } from 'node-pg-migrate';
import type { ClientBase } from 'pg';

/** Where it is noted which ones ran. */
const TABLE = 'migrations';
const FOLDER = path.join(import.meta.dirname, 'migrations');

/**
 * Runs the migrations that `client`'s database lacks, all in one transaction; servers that start at once wait for each
 * other. Returns the names of those that ran. Rejects when a migration fails or the connection breaks.
 */
export function migrate(client: ClientBase): Promise<readonly string[]> {
  return run(client, 'up');
}

/**
 * Brings a database to the first `level` migrations, forth or back, for a backup of that version. Going back takes what
 * the later ones made, and their rows. Rejects as {@link migrate} does.
 */
export async function migrateTo(client: ClientBase, level: number): Promise<void> {
  // Makes the table of migrations where there is none.
  await run(client, 'up', 0);
  const { rows } = await client.query<{ count: number }>(`select count(*)::integer as count from ${TABLE}`);
  const present = rows[0]?.count ?? 0;
  if (present < level) await run(client, 'up', level - present);
  if (present > level) await run(client, 'down', present - level);
}

/** Names of all migrations of this version, in their order. */
export async function knownMigrations(): Promise<readonly string[]> {
  const files = await readdir(FOLDER);
  return files
    .filter((file) => file.endsWith('.sql'))
    .map((file) => path.basename(file, '.sql'))
    .sort();
}

async function run(client: ClientBase, direction: 'up' | 'down', count?: number): Promise<readonly string[]> {
  const ran = await runner({
    dbClient: client,
    dir: FOLDER,
    migrationsTable: TABLE,
    direction,
    ...(count === undefined ? {} : { count }),
    singleTransaction: true,
    checkOrder: true,
    advisoryLockMode: 'wait',
    log: () => undefined,
  });
  return ran.map((migration) => migration.name);
}
