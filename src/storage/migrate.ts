/** Brings the database's schema up to date. */
import path from 'node:path';
import { runner } from 'node-pg-migrate';
import type { ClientBase } from 'pg';

const FOLDER = path.join(import.meta.dirname, 'migrations');

/**
 * Runs the migrations that `client`'s database lacks, all in one transaction; servers that start at once wait for each
 * other. Returns the names of those that ran. Rejects when a migration fails or the connection breaks.
 */
export async function migrate(client: ClientBase): Promise<readonly string[]> {
  const ran = await runner({
    dbClient: client,
    dir: FOLDER,
    migrationsTable: 'migrations',
    direction: 'up',
    singleTransaction: true,
    checkOrder: true,
    advisoryLockMode: 'wait',
    log: () => undefined,
  });
  return ran.map((migration) => migration.name);
}
