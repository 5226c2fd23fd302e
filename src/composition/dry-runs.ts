/** Dry runs of automod's rules in the job pool: one at a time, and none for long. */
import type { RunDry } from '../admin/ports/dry-runs.ts';
import type { Logger } from '../observability/logger.ts';
import { DEFAULT_DRY_RUN_MESSAGES } from '../protocol/automod-dry-run.ts';
import { failure } from '../protocol/errors.ts';
import { fail, ok } from '../protocol/result.ts';
import type { JobPool } from './job-pool.ts';

/** Longest dry run, ms. */
const DRY_RUN_TIMEOUT_MS = 25_000;
const RETRY_AFTER_MS = 5_000;

/** Runs them over the database at `databaseUrl`. */
export function dryRuns(jobs: Pick<JobPool, 'dryRun'>, databaseUrl: string, logger: Logger): RunDry {
  let isBusy = false;
  return async ({ when, channels, last = DEFAULT_DRY_RUN_MESSAGES, since = 0 }, signal) => {
    if (isBusy) return fail(failure('overloaded', 'Another dry run is under way.', RETRY_AFTER_MS));
    isBusy = true;
    const timeout = AbortSignal.timeout(DRY_RUN_TIMEOUT_MS);
    try {
      const scan = { last, since, ...(channels === undefined ? {} : { channels }) };
      return ok(await jobs.dryRun({ databaseUrl, when, ...scan }, AbortSignal.any([signal, timeout])));
    } catch (error) {
      logger.warn({ err: error }, 'a dry run was not finished');
      const why = timeout.aborted
        ? 'The dry run took too long: let it look at fewer messages.'
        : 'The dry run could not be finished.';
      return fail(failure('unavailable', why, RETRY_AFTER_MS));
    } finally {
      isBusy = false;
    }
  };
}
