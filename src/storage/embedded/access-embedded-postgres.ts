/** The embedded PostgreSQL for an admin command: that of the running server, or one for the while. */
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { failure } from '../../protocol/errors.ts';
import { fail, ok } from '../../protocol/result.ts';
import type { Result } from '../../protocol/result.ts';
import { takeDataLock } from './data-lock.ts';
import { EMBEDDED_DATABASE, startEmbeddedPostgres } from './embedded-postgres.ts';
import type { EmbeddedPostgres, EmbeddedPostgresOptions } from './embedded-postgres.ts';
import { findPostmaster } from './postmaster.ts';
import { socketUrl } from './socket-folder.ts';

/** Another admin command, or a PostgreSQL that starts or stops, gets so long, ms. */
const PATIENCE_MS = 60_000;
const RETRY_MS = 100;

/**
 * Gives access to the data in `dataDir` and leaves everything as it was found: where a server runs, or one that was
 * killed left its PostgreSQL running, that is used; else PostgreSQL is started, and `stop` stops it. While no server has
 * the data the lock is held, so that a server that starts, or another such command, waits until `stop`. Fails as
 * {@link startEmbeddedPostgres} does.
 */
export async function accessEmbeddedPostgres(
  options: Omit<EmbeddedPostgresOptions, 'holder'>,
): Promise<Result<EmbeddedPostgres>> {
  const begun = performance.now();
  for (;;) {
    const access = await attempt(options);
    if (access !== null) return access;
    if (performance.now() - begun > PATIENCE_MS) {
      return fail(failure('unavailable', `The PostgreSQL of DATA_DIR ${options.dataDir} does not answer.`));
    }
    await pause(RETRY_MS);
  }
}

/** Null: what stands in the way passes. */
async function attempt(
  options: Omit<EmbeddedPostgresOptions, 'holder'>,
): Promise<Result<EmbeddedPostgres> | null> {
  const state = await findPostmaster(path.join(path.resolve(options.dataDir), 'postgres'));
  if (state.kind !== 'running') {
    const started = await startEmbeddedPostgres({ ...options, holder: 'admin' });
    // A server that starts now was faster.
    return !started.ok && started.failure.code === 'conflict' ? null : started;
  }
  const { socketDir, port } = state.postmaster;
  if (socketDir === null) return null;
  return join(socketUrl(socketDir, port, EMBEDDED_DATABASE), options.logger);
}

async function join(connectionString: string, logger: Logger): Promise<Result<EmbeddedPostgres> | null> {
  const lock = await takeDataLock(connectionString, 'admin', 0).catch((error: unknown) => {
    logger.debug({ err: error }, 'the embedded PostgreSQL does not answer yet');
    return null;
  });
  if (lock === null) return null;
  if (lock.status === 'taken') {
    return lock.kind === 'server' ? ok({ connectionString, stop: async () => undefined }) : null;
  }
  return ok({ connectionString, stop: () => lock.client.end() });
}
