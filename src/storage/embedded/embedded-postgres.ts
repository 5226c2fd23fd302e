/** PostgreSQL without an installation: the binaries come with npm, the data lies in DATA_DIR. */
import { access, mkdir, stat } from 'node:fs/promises';
import { constants } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from 'pino';
import { failure } from '../../protocol/errors.ts';
import type { Failure } from '../../protocol/errors.ts';
import { fail, ok } from '../../protocol/result.ts';
import type { Result } from '../../protocol/result.ts';
import { findBinaries } from './binaries.ts';
import { ensureCluster } from './cluster.ts';
import { takeDataLock } from './data-lock.ts';
import type { DataHolder } from './data-lock.ts';
import { createLauncher } from './launcher.ts';
import { PostgresProcess } from './postgres-process.ts';

/** What to start. */
export interface EmbeddedPostgresOptions {
  /** Made when missing; the database goes into its folder `postgres`. */
  readonly dataDir: string;
  readonly logger: Logger;
  /** False (for tests): no fsync, so a crash of the host may destroy the data. Default true. */
  readonly durable?: boolean;
  /** Who starts it. Default `server`. */
  readonly holder?: DataHolder;
}

/** A running PostgreSQL that belongs to this process. */
export interface EmbeddedPostgres {
  /** For `pg`, in every thread of this process; stays valid when PostgreSQL has to be started again. */
  readonly connectionString: string;
  /** Lets go of the data folder and stops PostgreSQL. Close pools first: their transactions are rolled back. */
  stop(): Promise<void>;
}

/** The database in it that is ours. */
export const EMBEDDED_DATABASE = 'hubbub';
const RESTART_PAUSE_MS = 500;
/** An admin command has the data for a moment, and may take PostgreSQL with it when it is done, ms. */
const ADMIN_PATIENCE_MS = 60_000;
/** A PostgreSQL that answered just now and doesn't any more is being stopped by who had it before, ms. */
const STOPPED_PATIENCE_MS = 5_000;
const RETRY_MS = 100;

/** `patienceMs`: for so long the same may work later. */
type HoldOutcome =
  { readonly ok: true } | { readonly ok: false; readonly failure: Failure; readonly patienceMs: number };

/**
 * Starts PostgreSQL over `dataDir`, or adopts the one that a killed server left running there. When it dies later it
 * is started again. Fails with one line that says what to mend: folder not writable, folder in use by another server,
 * data of another version, PostgreSQL that doesn't start.
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<Result<EmbeddedPostgres>> {
  const { logger, durable = true } = options;
  const dataDir = path.resolve(options.dataDir);
  const clusterDir = path.join(dataDir, 'postgres');
  if (process.platform === 'win32') {
    return fail(
      failure('internal', 'The embedded PostgreSQL needs Unix sockets: on Windows set DATABASE_URL.'),
    );
  }
  const writable = await ensureWritable(dataDir);
  if (!writable.ok) return writable;
  const binaries = await findBinaries();
  if (!binaries.ok) return binaries;
  const launcher = await createLauncher({ program: binaries.value.postgres, folder: dataDir, clusterDir });
  if (!launcher.ok) return launcher;
  const cluster = await ensureCluster(clusterDir, binaries.value, launcher.value, durable);
  if (!cluster.ok) return cluster;
  const server = new PostgresProcess({
    ...{ dataDir, clusterDir, durable, logger },
    ...{ binaries: binaries.value, launcher: launcher.value },
  });
  return new HeldPostgres({ server, dataDir, logger, holder: options.holder ?? 'server' }).open();
}

async function ensureWritable(dataDir: string): Promise<Result<void>> {
  try {
    await makeFolder(dataDir);
    await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
    return ok(undefined);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return fail(
      failure(
        'internal',
        `DATA_DIR ${dataDir} is not writable (${why}): make it writable, or choose another DATA_DIR.`,
      ),
    );
  }
}

/** Makes the folder and what is missing above it. `mkdir` with `recursive` never ends below /proc and its like. */
async function makeFolder(folder: string, again = true): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST' && (await stat(folder)).isDirectory()) return;
    if (code !== 'ENOENT' || !again) throw error;
    await makeFolder(path.dirname(folder));
    await makeFolder(folder, false);
  }
}

interface HeldPostgresOptions {
  readonly server: PostgresProcess;
  readonly dataDir: string;
  readonly logger: Logger;
  readonly holder: DataHolder;
}

/**
 * Holds the data lock and watches over the postmaster through it: the lock's connection ends when PostgreSQL does.
 * States: opening → held ⇄ recovering → stopped.
 */
class HeldPostgres {
  readonly #server: PostgresProcess;
  readonly #dataDir: string;
  readonly #logger: Logger;
  readonly #holder: DataHolder;
  readonly #stopping = new AbortController();
  #lock: pg.Client | null = null;
  #recovery: Promise<void> = Promise.resolve();

  constructor({ server, dataDir, logger, holder }: HeldPostgresOptions) {
    this.#server = server;
    this.#dataDir = dataDir;
    this.#logger = logger;
    this.#holder = holder;
  }

  async open(): Promise<Result<EmbeddedPostgres>> {
    const begun = performance.now();
    for (;;) {
      const held = await this.#hold();
      if (held.ok) {
        return ok({ connectionString: this.#server.url(EMBEDDED_DATABASE), stop: () => this.#stop() });
      }
      if (performance.now() - begun > held.patienceMs) return fail(held.failure);
      await pause(RETRY_MS);
    }
  }

  async #hold(): Promise<HoldOutcome> {
    const running = await this.#server.ensure();
    if (!running.ok) return { ...running, patienceMs: 0 };
    try {
      await createDatabase(this.#server.url('postgres'));
      const lock = await takeDataLock(this.#server.url(EMBEDDED_DATABASE), this.#holder);
      if (lock.status === 'taken') {
        const inUse = failure(
          'conflict',
          `DATA_DIR ${this.#dataDir} is in use by another Hubbub (${lock.by}): stop that one, or choose another DATA_DIR.`,
        );
        return { ok: false, failure: inUse, patienceMs: lock.kind === 'admin' ? ADMIN_PATIENCE_MS : 0 };
      }
      this.#lock = lock.client;
      lock.client.once('end', () => {
        if (!this.#stopping.signal.aborted) this.#recovery = this.#recover();
      });
      return { ok: true };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const silent = failure('unavailable', `The embedded PostgreSQL does not answer: ${why}.`);
      return { ok: false, failure: silent, patienceMs: STOPPED_PATIENCE_MS };
    }
  }

  async #recover(): Promise<void> {
    this.#logger.warn('embedded PostgreSQL is gone: starting it again');
    while (!this.#stopping.signal.aborted) {
      const held = await this.#hold();
      if (held.ok) return;
      this.#logger.error({ reason: held.failure.message }, 'embedded PostgreSQL could not be started again');
      await pause(RESTART_PAUSE_MS, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    }
  }

  async #stop(): Promise<void> {
    this.#stopping.abort();
    await this.#recovery;
    // The lock last: nobody who waits for it finds a PostgreSQL that is about to stop.
    await this.#server.stop();
    await this.#lock?.end().catch(() => undefined);
    this.#logger.info('embedded PostgreSQL stopped');
  }
}

async function createDatabase(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const found = await client.query('select 1 from pg_database where datname = $1', [EMBEDDED_DATABASE]);
    if (found.rowCount === 0) await client.query(`create database ${EMBEDDED_DATABASE}`);
  } catch (error) {
    // 42P04, 23505: another server that starts now was faster.
    const code = error instanceof pg.DatabaseError ? error.code : undefined;
    if (code !== '42P04' && code !== '23505') throw error;
  } finally {
    await client.end();
  }
}
