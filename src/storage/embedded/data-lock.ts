/**
 * One server per data folder: a PostgreSQL advisory lock, held on a connection of its own for as long as the process
 * lives. The kernel closes the connection of a process that was killed, so the lock never goes stale. An admin command
 * holds it for the while in which no server does.
 */
import pg from 'pg';
import { setTimeout as pause } from 'node:timers/promises';

const LOCK_CLASS = 0x48756262;
const LOCK_ID = 1;
/** A killed server's connection ends when PostgreSQL reads from it next; it gets so long, ms. */
const PATIENCE_MS = 1_000;
const RETRY_MS = 100;

/** What kind of process holds the lock. */
export type DataHolder = 'server' | 'admin';

/** The lock, or who has it. */
export type DataLockOutcome =
  | { readonly status: 'held'; readonly client: pg.Client }
  | { readonly status: 'taken'; readonly by: string; readonly kind: DataHolder };

/** Takes the lock. Rejects when the database can't be reached. The caller ends `client` to let go. */
export async function takeDataLock(
  connectionString: string,
  holder: DataHolder,
  patienceMs = PATIENCE_MS,
): Promise<DataLockOutcome> {
  const client = new pg.Client({
    connectionString,
    application_name: `hubbub ${holder} ${process.pid}`,
    connectionTimeoutMillis: 5_000,
  });
  // Whoever holds the lock listens for `end`; without a listener an error event would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const taken = await client.query<{ held: boolean }>('select pg_try_advisory_lock($1, $2) as held', [
        LOCK_CLASS,
        LOCK_ID,
      ]);
      if (taken.rows[0]?.held === true) return { status: 'held', client };
      if (performance.now() > deadline) break;
      await pause(RETRY_MS);
    }
    const found = await client.query<{ name: string }>(
      `select a.application_name as name from pg_locks l join pg_stat_activity a using (pid)
       where l.locktype = 'advisory' and l.granted and l.classid = $1 and l.objid = $2`,
      [LOCK_CLASS, LOCK_ID],
    );
    await client.end();
    const by = found.rows[0]?.name ?? 'another server';
    return { status: 'taken', by, kind: by.startsWith('hubbub admin ') ? 'admin' : 'server' };
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}
