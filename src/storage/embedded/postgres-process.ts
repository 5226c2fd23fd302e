/** Starts, adopts and stops the postmaster of one data folder. */
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from 'pino';
import { failure } from '../../protocol/errors.ts';
import { fail, ok } from '../../protocol/result.ts';
import type { Result } from '../../protocol/result.ts';
import type { PostgresBinaries } from './binaries.ts';
import { configureCluster, logFile } from './cluster.ts';
import type { Launcher } from './launcher.ts';
import { findPostmaster } from './postmaster.ts';
import type { Postmaster } from './postmaster.ts';
import { runCommand, tellingLine } from './run-command.ts';
import { SOCKET_PORT, chooseSocketFolder, prepareSocketFolder, socketUrl } from './socket-folder.ts';

/** What a postmaster is run with. */
export interface PostgresProcessOptions {
  readonly dataDir: string;
  readonly clusterDir: string;
  readonly binaries: PostgresBinaries;
  readonly launcher: Launcher;
  readonly durable: boolean;
  readonly logger: Logger;
}

/** Recovery after a crash replays at most `max_wal_size`; past this a start counts as failed, s. */
const START_TIMEOUT_S = 120;
/** What a killed postmaster leaves (a zombie, children that still end) goes away within seconds, ms. */
const LEFTOVER_PATIENCE_MS = 15_000;
/** A survivor that doesn't answer for so long is stopped and started anew, ms. */
const SURVIVOR_PATIENCE_MS = 10_000;
const RETRY_MS = 100;

const LEFTOVER =
  /lock file .* already exists|(?:lock|PID) file .* is empty|is another postmaster|pre-existing shared memory|could not bind Unix/;
/** PostgreSQL makes its pid file before it writes into it; one that stays empty for so long is nobody's, ms. */
const EMPTY_PATIENCE_MS = 5_000;

/**
 * The postmaster of one data folder. States: unknown, then after {@link ensure} running (started by us or adopted),
 * and stopped after {@link stop}. It may die at any time; the next `ensure` starts it again under the same URL.
 */
export class PostgresProcess {
  readonly #options: PostgresProcessOptions;
  #socketDir: string | null = null;

  constructor(options: PostgresProcessOptions) {
    this.#options = options;
  }

  /** URL of `database`. Valid after the first {@link ensure}, and the same for this object's life. */
  url(database: string): string {
    if (this.#socketDir === null) throw new Error('PostgresProcess.url was asked before ensure()');
    return socketUrl(this.#socketDir, SOCKET_PORT, database);
  }

  /** Makes sure that PostgreSQL runs and answers: adopts one that runs, else starts it. */
  async ensure(): Promise<Result<void>> {
    const { clusterDir, logger } = this.#options;
    const begun = performance.now();
    for (;;) {
      const state = await findPostmaster(clusterDir);
      if (state.kind === 'running') {
        if (await this.#adopt(state.postmaster)) return ok(undefined);
        logger.warn(
          { postmaster: state.postmaster.pid },
          'the PostgreSQL of an earlier run does not answer: stopping it',
        );
        await this.#stopPostmaster();
        continue;
      }
      // PostgreSQL believes a pid file whose pid lives, whoever has that pid by now; what still holds the data's
      // shared memory keeps a second postmaster out without it.
      if (state.kind === 'stale') await rm(path.join(clusterDir, 'postmaster.pid'), { force: true });
      const logged = (await this.#log()).length;
      const started = await this.#start();
      if (started.ok) return started;
      const waited = performance.now() - begun;
      // Who else starts and fails writes into the same log: any of its new lines may be the one that tells.
      const said = `${(await this.#log()).slice(logged)}\n${started.failure.message}`;
      if (waited > LEFTOVER_PATIENCE_MS || !LEFTOVER.test(said)) return started;
      if (waited > EMPTY_PATIENCE_MS && / is empty/.test(said)) {
        await rm(path.join(clusterDir, 'postmaster.pid'), { force: true });
      }
      await pause(RETRY_MS);
    }
  }

  /** Stops PostgreSQL: open transactions are rolled back, what was committed is on disk. */
  async stop(): Promise<void> {
    await this.#stopPostmaster();
    if (this.#socketDir !== null && path.dirname(this.#socketDir) !== this.#options.dataDir) {
      await rm(this.#socketDir, { recursive: true, force: true });
    }
  }

  async #start(): Promise<Result<void>> {
    const { clusterDir, binaries, launcher, dataDir, durable, logger } = this.#options;
    this.#socketDir ??= await chooseSocketFolder(dataDir);
    await prepareSocketFolder(this.#socketDir, launcher.owner);
    await configureCluster(clusterDir, { socketDir: this.#socketDir, port: SOCKET_PORT, durable }, launcher);
    const log = logFile(clusterDir);
    // -w returns when it answers. pg_ctl puts the postmaster into a session of its own, so Ctrl-C in our terminal
    // leaves it alone and we stop it last.
    const flags = ['-D', clusterDir, '-w', '-t', String(START_TIMEOUT_S), '-l', log];
    const started = await launcher.run(binaries.pgCtl, ['start', ...flags]);
    if (started.code === 0) {
      logger.info({ folder: clusterDir }, 'embedded PostgreSQL started');
      return ok(undefined);
    }
    const tail = await runCommand('tail', ['-n', '20', log]);
    const why = `${tellingLine(tail.output)} (${tellingLine(started.output)})`;
    return fail(failure('internal', `The embedded PostgreSQL did not start: ${why}; its log is ${log}.`));
  }

  /** PostgreSQL's log; empty when there is none yet. */
  async #log(): Promise<string> {
    return readFile(logFile(this.#options.clusterDir), 'utf8').catch(() => '');
  }

  /** Waits until `survivor` answers; false when it doesn't or can't be used. */
  async #adopt(survivor: Postmaster): Promise<boolean> {
    const { clusterDir, logger } = this.#options;
    const begun = performance.now();
    for (;;) {
      const answer = await ask(survivor);
      if (answer === 'ready') break;
      const patience = answer === 'starting' ? START_TIMEOUT_S * 1_000 : SURVIVOR_PATIENCE_MS;
      if (performance.now() - begun > patience) return false;
      await pause(RETRY_MS);
      const state = await findPostmaster(clusterDir);
      if (state.kind !== 'running') return this.ensure().then((result) => result.ok);
      survivor = state.postmaster;
    }
    if (survivor.socketDir === null || survivor.port !== SOCKET_PORT) return false;
    // Connections of this process were told a folder already: it can't change under them.
    if (this.#socketDir !== null && this.#socketDir !== survivor.socketDir) return false;
    this.#socketDir = survivor.socketDir;
    logger.info({ postmaster: survivor.pid, folder: clusterDir }, 'embedded PostgreSQL was running already');
    return true;
  }

  async #stopPostmaster(): Promise<void> {
    const { clusterDir, binaries, launcher, logger } = this.#options;
    const stopWith = (mode: string, seconds: number) =>
      launcher.run(binaries.pgCtl, ['stop', '-D', clusterDir, '-w', '-t', String(seconds), '-m', mode]);
    const fast = await stopWith('fast', 60);
    if (fast.code === 0 || (await findPostmaster(clusterDir)).kind !== 'running') return;
    logger.warn(
      { output: tellingLine(fast.output) },
      'embedded PostgreSQL did not stop in time: stopping it at once',
    );
    await stopWith('immediate', 20);
  }
}

async function ask(postmaster: Postmaster): Promise<'ready' | 'starting' | 'silent'> {
  if (postmaster.socketDir === null) return 'starting';
  const client = new pg.Client({
    connectionString: socketUrl(postmaster.socketDir, postmaster.port, 'postgres'),
    connectionTimeoutMillis: 2_000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.end();
    return 'ready';
  } catch (error) {
    // 57P03: it starts, recovers or shuts down.
    return error instanceof pg.DatabaseError && error.code === '57P03' ? 'starting' : 'silent';
  }
}
