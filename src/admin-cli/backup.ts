/** `npm run backup`: everything in the database as it is now, in one file. See {@link USAGE}. */
import { readFile } from 'node:fs/promises';
import { writeBackupFile, compressTo } from '../backup/backup-file.ts';
import { openSnapshot } from '../backup/write-backup.ts';
import { type Config, readConfig } from '../config.ts';
import { createLogger } from '../observability/logger.ts';
import { failure } from '../protocol/errors.ts';
import { fail, ok, type Result } from '../protocol/result.ts';
import { reasonOf } from '../storage/outage.ts';
import { backupText } from './backup-text.ts';
import { fileArgument, told } from './file-command.ts';
import { hasDatabase, openConnection } from './open-postgres.ts';

const USAGE = `Usage: npm run backup [-- <file>]

Writes everything in the database, as it is at this moment, into one file: by default hubbub-<time>.tar.zst in this
folder. Works while the server runs, which goes on meanwhile, and while it is stopped. "-" writes to standard output; in the
container image: docker compose exec -T hubbub node src/admin-cli/backup.ts - > hubbub.tar.zst

The file holds all private messages, the hashes of passwords and the keys that tokens are signed with: keep it as you keep
the server. docs/backup.md tells what else to keep, and how to restore it: npm run restore.

Exit codes: 0 done, 1 not done (one line says why), 2 used wrongly.
`;
/** The server may stop its PostgreSQL under a command; the next try starts one. */
const TRIES = 3;

await told(fileArgument(process.argv.slice(2), false), USAGE, async (file) => {
  const config = readConfig();
  if (!config.ok) return config;
  const stopped = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort());
  // What went to standard output can't be taken back.
  for (let left = config.value.databaseUrl === undefined && file !== '-' ? TRIES : 1; ; left -= 1) {
    const done = await attempt(config.value, file, stopped.signal);
    if (done.ok || done.failure.code !== 'unavailable' || left === 1) return done;
  }
});

async function attempt(
  config: Config,
  asked: string | undefined,
  signal: AbortSignal,
): Promise<Result<string>> {
  if (!(await hasDatabase(config))) {
    return fail(failure('not_found', `There is no database in DATA_DIR ${config.dataDir}.`));
  }
  const opened = await openConnection(config, createLogger({ level: 'silent' }), 'hubbub backup');
  if (!opened.ok) return opened;
  const { client, close } = opened.value;
  const now = new Date();
  const file = asked ?? `hubbub-${now.toISOString().slice(0, 19).replaceAll(':', '')}Z.tar.zst`;
  try {
    const snapshot = await openSnapshot(client, { program: await programVersion(), now: now.getTime() });
    if (!snapshot.ok) return snapshot;
    const archive = snapshot.value.archive();
    if (file === '-') {
      await compressTo(archive, process.stdout, signal);
      return ok('');
    }
    const written = await writeBackupFile(file, archive, signal);
    return written.ok
      ? ok(`Wrote ${file} (${written.value} bytes): ${backupText(snapshot.value.rows())}.\n`)
      : written;
  } catch (error) {
    if (signal.aborted) return fail(failure('internal', 'Stopped. Nothing was written.'));
    return fail(failure('unavailable', `The backup broke off: ${reasonOf(error)}. Nothing was written.`));
  } finally {
    await close();
  }
}

async function programVersion(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}
