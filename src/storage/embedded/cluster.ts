/** The embedded PostgreSQL's data: made once, its configuration written anew at every start. */
import { chown, mkdir, readFile, readdir, rename, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { failure } from '../../protocol/errors.ts';
import { fail, ok } from '../../protocol/result.ts';
import type { Result } from '../../protocol/result.ts';
import type { PostgresBinaries } from './binaries.ts';
import type { Launcher } from './launcher.ts';
import { runCommand, tellingLine } from './run-command.ts';

/** Settings that differ between a real start and a test. */
export interface ClusterSettings {
  readonly socketDir: string;
  readonly port: number;
  /** False: a crash of the host may destroy the data. For tests only. */
  readonly durable: boolean;
}

const MAX_LOG_BYTES = 10 * 1024 * 1024;

/**
 * Makes the data in `clusterDir` when there is none. It is made beside and renamed, so that a start that was killed
 * half-way, or two starts at once, leave either all of it or nothing.
 */
export async function ensureCluster(
  clusterDir: string,
  binaries: PostgresBinaries,
  launcher: Launcher,
  durable: boolean,
): Promise<Result<void>> {
  const version = await readFile(path.join(clusterDir, 'PG_VERSION'), 'utf8').catch(() => null);
  if (version !== null) return checkVersion(version.trim(), clusterDir, binaries);
  await removeLeftovers(clusterDir);
  const fresh = `${clusterDir}.init-${process.pid}`;
  await mkdir(fresh, { mode: 0o700 });
  if (launcher.owner !== null) await chown(fresh, launcher.owner.uid, launcher.owner.gid);
  const made = await launcher.run(binaries.initdb, [
    ...['-D', fresh, '-U', 'postgres', '-A', 'trust', '--no-instructions'],
    // A new segment is filled with zeros and synced while every commit waits: 16 MB took 58 ms (docs/adr/0015).
    '--wal-segsize=1',
    ...(durable ? [] : ['--no-sync']),
    // Without LANG the default would be SQL_ASCII; the builtin locale needs nothing of the host's.
    ...['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'],
  ]);
  if (made.code !== 0) {
    await rm(fresh, { recursive: true, force: true });
    return fail(
      failure('internal', `The database in ${clusterDir} could not be made: ${tellingLine(made.output)}`),
    );
  }
  try {
    await rename(fresh, clusterDir);
  } catch {
    // Another server that starts now was faster; its data is as good.
    await rm(fresh, { recursive: true, force: true });
    const other = await readFile(path.join(clusterDir, 'PG_VERSION'), 'utf8').catch(() => null);
    if (other === null) {
      return fail(
        failure(
          'internal',
          `${clusterDir} holds files, but no database: move them away, or choose another DATA_DIR.`,
        ),
      );
    }
  }
  return ok(undefined);
}

/** Writes the configuration. What an operator puts into `local.conf` beside it comes last and wins. */
export async function configureCluster(
  clusterDir: string,
  settings: ClusterSettings,
  launcher: Launcher,
): Promise<void> {
  const durability = settings.durable ? 'on' : 'off';
  const lines = [
    '# Hubbub writes this file at every start. Put your own settings into local.conf beside it.',
    // No TCP: whoever can enter the socket's folder (its owner and root) is let in, nobody else can connect.
    "listen_addresses = ''",
    `unix_socket_directories = '${settings.socketDir.replaceAll("'", "''")}'`,
    'unix_socket_permissions = 0700',
    `port = ${settings.port}`,
    'max_connections = 200',
    // Modest, for a host that also runs the chat: hot pages are the tails of logs and the heads.
    'shared_buffers = 128MB',
    `fsync = ${durability}`,
    `synchronous_commit = ${durability}`,
    `full_page_writes = ${durability}`,
    'wal_level = replica',
    'max_wal_senders = 4',
    'wal_compression = on',
    // Fewer checkpoints, fewer full-page images; recovery after a crash stays short.
    'max_wal_size = 2GB',
    'checkpoint_timeout = 10min',
    // Plans are index look-ups; compiling them costs more than running them.
    'jit = off',
    "timezone = 'UTC'",
    "log_timezone = 'UTC'",
    "lc_messages = 'C'",
    "default_text_search_config = 'pg_catalog.simple'",
    "log_line_prefix = '%m [%p] %a '",
    // A server that was killed leaves connections behind; that is no news.
    'log_min_messages = warning',
    "include_if_exists = 'local.conf'",
    '',
  ];
  await write(path.join(clusterDir, 'postgresql.conf'), lines.join('\n'), launcher);
  const access = 'local all all trust\nlocal replication all trust\n';
  await write(path.join(clusterDir, 'pg_hba.conf'), access, launcher);
  await trimLog(clusterDir, launcher);
}

/** Where the postmaster's messages go. */
export function logFile(clusterDir: string): string {
  return path.join(clusterDir, 'server.log');
}

async function write(file: string, text: string, launcher: Launcher): Promise<void> {
  await writeFile(file, text, { mode: 0o600 });
  if (launcher.owner !== null) await chown(file, launcher.owner.uid, launcher.owner.gid);
}

async function trimLog(clusterDir: string, launcher: Launcher): Promise<void> {
  const file = logFile(clusterDir);
  const text = await readFile(file).catch(() => null);
  if (text === null) await write(file, '', launcher);
  else if (text.length > MAX_LOG_BYTES) await truncate(file, 0);
}

async function checkVersion(
  version: string,
  clusterDir: string,
  binaries: PostgresBinaries,
): Promise<Result<void>> {
  const told = await runCommand(binaries.postgres, ['--version']);
  const major = /(\d+)/.exec(told.output)?.[1];
  if (major === undefined || major === version) return ok(undefined);
  return fail(
    failure(
      'internal',
      `${clusterDir} was written by PostgreSQL ${version}, and this Hubbub brings ${major}: dump it with the Hubbub that wrote it and restore it here, or set DATABASE_URL.`,
    ),
  );
}

/** Removes what starts left that were killed while they made the data. */
async function removeLeftovers(clusterDir: string): Promise<void> {
  const folder = path.dirname(clusterDir);
  const prefix = `${path.basename(clusterDir)}.init-`;
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix) || isAlive(Number(name.slice(prefix.length)))) continue;
    await rm(path.join(folder, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
