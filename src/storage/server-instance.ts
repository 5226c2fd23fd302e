/** Who this server is: made with the database, the same after every start on it. */
import { ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import type { Database } from './database.ts';

/** The server's identity. */
export interface ServerInstance {
  readonly id: string;
  /** The epoch of every log that nothing reset. */
  readonly epoch: string;
}

/** Reads the row that the first migration made. Fails with `unavailable` during an outage. */
export async function loadServerInstance(database: Database): Promise<Result<ServerInstance>> {
  const found = await database.query<{ id: string; epoch: string }>(
    'select id, epoch from server_instance',
    [],
  );
  if (!found.ok) return found;
  const [row] = found.rows;
  if (row === undefined) throw new Error('server_instance has no row: the database was not migrated');
  return ok(row);
}
