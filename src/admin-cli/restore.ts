/** `npm run restore`: a backup into an empty database. See {@link USAGE}. */
import type pg from 'pg';
import { openBackup, type CheckedBackup } from '../backup/backup-file.ts';
import { restore, type Restored } from '../backup/restore.ts';
import { DamagedArchive } from '../backup/tar.ts';
import { type Config, readConfig } from '../config.ts';
import { createLogger, type Logger } from '../observability/logger.ts';
import { actBy, TERMINAL } from '../protocol/audit-act.ts';
import { failure } from '../protocol/errors.ts';
import { fail, ok, type Result } from '../protocol/result.ts';
import { connectDatabase } from '../storage/connect-database.ts';
import { reasonOf } from '../storage/outage.ts';
import { PostgresAuditLog } from '../storage/postgres-audit-log.ts';
import { backupText } from './backup-text.ts';
import { fileArgument, told } from './file-command.ts';
import { openConnection } from './open-postgres.ts';

const USAGE = `Usage: npm run restore -- <file>

Fills an empty database from a file that npm run backup wrote, of this version or an older one: that of DATABASE_URL, or a
new one in DATA_DIR. Stop the server first. The file is checked as a whole before anything is written; a database that holds
anything is refused, so move an old DATA_DIR away, or make a new database. All or nothing is restored.

Clients that come back are told that what they know of a channel may not hold any more, and load it anew. docs/backup.md.

Exit codes: 0 done, 1 not done (one line says why), 2 used wrongly.
`;
const CONNECT_PATIENCE_MS = 30_000;

await told(fileArgument(process.argv.slice(2), true), USAGE, async (file = '') => {
  const config = readConfig();
  if (!config.ok) return config;
  const backup = await openBackup(file);
  if (!backup.ok) return backup;
  try {
    return await restoreInto(config.value, backup.value);
  } finally {
    await backup.value.close();
  }
});

async function restoreInto(config: Config, backup: CheckedBackup): Promise<Result<string>> {
  const logger = createLogger({ level: 'silent' });
  const opened = await openConnection(config, logger, 'hubbub restore');
  if (!opened.ok) return opened;
  const { client, connectionString, close } = opened.value;
  try {
    const restored = await fill(client, backup);
    if (!restored.ok) return restored;
    const { rows, foreign, epoch } = restored.value;
    const finished = await finish(connectionString, logger, backup, epoch);
    const made = new Date(backup.head.made_at).toISOString();
    const left = foreign.length === 0 ? '' : ` Left out, as they aren’t Hubbub’s: ${foreign.join(', ')}.`;
    const text = `Restored the state of ${made}: ${backupText(rows)}.${left}`;
    // The rows are there: whoever tried once more would be told that the database isn't empty.
    return finished.ok
      ? ok(`${text}\n`)
      : fail({
          ...finished.failure,
          message: `${text} The next start brings the schema up to date: ${finished.failure.message}`,
        });
  } finally {
    await close();
  }
}

async function fill(client: pg.Client, backup: CheckedBackup): Promise<Result<Restored>> {
  try {
    const restored = await restore(client, backup);
    if (restored.ok) await client.query('analyze').catch(() => undefined);
    return restored;
  } catch (error) {
    const why =
      error instanceof DamagedArchive
        ? `The backup doesn’t fit: ${error.message}`
        : `The restore broke off: ${reasonOf(error)}`;
    return fail(failure('internal', `${why}. Nothing was restored.`));
  }
}

/** Today's schema, and a note for those who read the audit log: what was done after the backup is not in it. */
async function finish(
  connectionString: string,
  logger: Logger,
  backup: CheckedBackup,
  epoch: string,
): Promise<Result<void>> {
  const signal = AbortSignal.timeout(CONNECT_PATIENCE_MS);
  const database = await connectDatabase({ connectionString, logger, signal, max: 1 });
  if (!database.ok) return database;
  try {
    const { made_at: madeAt, program } = backup.head;
    const act = actBy(TERMINAL, Date.now(), { action: 'backup:restored', after: { madeAt, program, epoch } });
    return await new PostgresAuditLog(database.value).append(act);
  } finally {
    await database.value.close();
  }
}
