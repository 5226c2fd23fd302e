/** `npm run import`: an NDJSON export of messages, or another chat server, into the database. See {@link USAGE}. */
import { randomUUID } from 'node:crypto';
import { open } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { type Config, readConfig } from '../config.ts';
import { createLogger } from '../observability/logger.ts';
import { actBy, TERMINAL } from '../protocol/audit-act.ts';
import { failure } from '../protocol/errors.ts';
import { fail, ok, type Result } from '../protocol/result.ts';
import { connectDatabase } from '../storage/connect-database.ts';
import { reasonOf } from '../storage/outage.ts';
import { PostgresAuditLog } from '../storage/postgres-audit-log.ts';
import { PostgresLog } from '../storage/postgres-log.ts';
import { type FileArgument, fileArgument, told } from './file-command.ts';
import { type Imported, importMessages } from './import-messages.ts';
import { importSystem, type SystemImport, systemCalled } from './import-system.ts';
import { openConnection } from './open-postgres.ts';
import { tellOfLife } from './sign-of-life.ts';

const USAGE = `Usage: npm run import -- <file.ndjson>
       npm run import -- --from onrabble|justchat|chatorbit <postgres URL | folder>

Puts the channels and messages of an export (POST /exports, kind messages, format ndjson) into the database: that of
DATABASE_URL, or the one in DATA_DIR. Messages keep their ids, times and authors, and are numbered behind what a channel has.
What is there already is left as it is, so a second run adds nothing. A server that runs shows them within seconds.

With --from the same for another chat server, from its PostgreSQL database, which is only read, or from a folder with a
file for each table: NAME.csv with a head, or NAME.json with an object on each line. It ends with a table of what came over;
docs/moving.md tells of each system what comes and what doesn't.

  --issuer <URL>      who vouches for its users, as their tokens name it (onrabble: Keycloak)
  --map <what>=<name> what a table is called there (messages=chat.log), or a column (messages.author=sender_id); as often as
                      needed
  --dry-run           writes nothing, and tells what would come over

Exit codes: 0 done, 1 not done, or not all of it (standard error says why), 2 used wrongly.
`;
const CONNECT_PATIENCE_MS = 30_000;
/** No shard has this number, so no fence touches its connections. */
const IMPORTER = -2;

const args = process.argv.slice(2);
const asked = systemArguments(args);
await told('system' in asked ? { file: asked.place } : asked, USAGE, async (file = '') => {
  const config = readConfig();
  if (!config.ok) return config;
  return 'system' in asked ? importSystem(config.value, asked) : importFile(config.value, file);
});

/** What a line with `--from` asks for; any other is about a file. */
function systemArguments(words: readonly string[]): SystemImport | FileArgument {
  if (!words.some((word) => /^--(?:from|issuer|map|dry-run)(?:=|$)/.test(word)))
    return fileArgument(words, true);
  let parsed;
  try {
    const options = {
      from: { type: 'string' },
      issuer: { type: 'string' },
      map: { type: 'string', multiple: true },
      'dry-run': { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    } as const;
    parsed = parseArgs({ args: [...words], options, allowPositionals: true, strict: true });
  } catch (error) {
    // Its first sentence says which option.
    return { problem: error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error) };
  }
  const { from = '', issuer, map = [], 'dry-run': dryRun = false, help = false } = parsed.values;
  const [place, ...others] = parsed.positionals;
  if (help) return { help: true };
  const system = systemCalled(from);
  if (system === undefined) return { problem: '--from takes onrabble, justchat or chatorbit' };
  if (place === undefined || place === '' || others.length > 0) {
    return { problem: '--from takes one database or folder' };
  }
  return { system, place, issuer, map, dryRun };
}

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
    const life = tellOfLife(database.value);
    try {
      const done = await importMessages({ log, client }, file.readLines());
      const { channels, messages } = done;
      const act = actBy(TERMINAL, Date.now(), { action: 'messages:imported', after: { channels, messages } });
      const kept =
        messages + channels > 0 ? await new PostgresAuditLog(database.value).append(act) : ok(undefined);
      return kept.ok ? summary(done) : kept;
    } finally {
      await life.end();
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
