/** `npm run import`: an NDJSON export of messages into the database. See {@link USAGE}. */
import { randomUUID } from 'node:crypto';
import { open } from 'node:fs/promises';
import { type Config, readConfig } from '../config.ts';
import { createLogger } from '../observability/logger.ts';
import { actBy, TERMINAL } from '../protocol/audit-act.ts';
import { failure } from '../protocol/errors.ts';
import { fail, ok, type Result } from '../protocol/result.ts';
import { connectDatabase } from '../storage/connect-database.ts';
import { reasonOf } from '../storage/outage.ts';
import { PostgresAuditLog } from '../storage/postgres-audit-log.ts';
import { PostgresLog } from '../storage/postgres-log.ts';
import { fileArgument, told } from './file-command.ts';
import { type Imported, importMessages } from './import-messages.ts';
import { openConnection } from './open-postgres.ts';

const USAGE = `Usage: npm run import -- <file.ndjson>

Puts the channels and messages of an export (POST /exports, kind messages, format ndjson) into the database: that of
DATABASE_URL, or the one in DATA_DIR. Messages keep their ids, times and authors, and are numbered behind what a channel has.
What is there already is left as it is, so a second run adds nothing. A server that runs shows a channel's imported messages
with the next one that is written in it.

Exit codes: 0 done, 1 not done, or not all of it (standard error says why), 2 used wrongly.
`;
const CONNECT_PATIENCE_MS = 30_000;
/** No shard has this number, so no fence touches its connections. */
const IMPORTER = -2;

await told(fileArgument(process.argv.slice(2), true), USAGE, async (file = '') => {
  const config = readConfig();
  return config.ok ? importFile(config.value, file) : config;
});

async function importFile(config: Config, path: string): Promise<Result<string>> {
  const file = await open(path).catch(() => null);
  if (file === null) return fail(failure('not_found', `${path} can't be read.`));
  const logger = createLogger({ level: 'silent' });
  const opened = await openConnection(config, logger, 'hubbub import');
  if (!opened.ok) {
    await file.close();
    return opened;
  }
  const { client, connectionString, close } = opened.value;
  const log = new PostgresLog({
    ...{ connectionString, owner: randomUUID(), shard: IMPORTER, incarnation: 0, logger },
  });
  try {
    // Brings the schema up to date, too.
    const signal = AbortSignal.timeout(CONNECT_PATIENCE_MS);
    const database = await connectDatabase({ connectionString, logger, signal, max: 1 });
    if (!database.ok) return database;
    try {
      const done = await importMessages({ log, client }, file.readLines());
      const { channels, messages } = done;
      const act = actBy(TERMINAL, Date.now(), { action: 'messages:imported', after: { channels, messages } });
      const kept =
        messages + channels > 0 ? await new PostgresAuditLog(database.value).append(act) : ok(undefined);
      return kept.ok ? summary(done) : kept;
    } finally {
      await database.value.close();
    }
  } catch (error) {
    return fail(failure('unavailable', `The import broke off: ${reasonOf(error)}. Run it again.`));
  } finally {
    await log.close();
    await close();
    await file.close().catch(() => undefined);
  }
}

function summary({ channels, messages, known, wrong, problems }: Imported): Result<string> {
  const text = `Imported ${messages} messages and ${channels} channels; ${known} messages were known.`;
  if (wrong === 0) return ok(`${text}\n`);
  return fail(failure('bad_request', `${text} ${wrong} lines were left out: ${problems.join('; ')}.`));
}
