/** Counts messages behind the log and out of their way, so that a chart of a year is a look at its sums. */
import { ActivityReport } from '../admin/activity/activity-report.ts';
import type { ActivityStore } from '../admin/ports/activity-store.ts';
import type { Logger } from '../observability/logger.ts';
import type { Database } from '../storage/database.ts';
import { PostgresActivity } from '../storage/postgres-activity.ts';
import { again } from './again.ts';
import type { Traffic } from './traffic.ts';

/** Nothing was left to do: so many ms until the next look. */
const IDLE_MS = 5_000;
/** While more waits counting has this share of the time: the first where clients ask for much. */
const BUSY_SHARE = 0.05;
const QUIET_SHARE = 0.2;
/** A look at very many channels takes long: it is never more than this share of the time. */
const IDLE_SHARE = 0.02;
/** How many users wrote on the days of a year is counted when they are over, and looked after so often, ms. */
const DAYS_AGAIN_MS = 3_600_000;
const YEAR_MS = 366 * 86_400_000;

/** What is told of activity, kept up to date until `stop`. */
export interface KeptActivity {
  readonly report: ActivityReport;
  stop(): Promise<void>;
}

/** Begins to keep it. */
export function keepActivity(
  database: Database,
  traffic: Pick<Traffic, 'isBusy'>,
  logger: Logger,
): KeptActivity {
  const store = new PostgresActivity(database);
  const report = new ActivityReport({ store, now: () => Date.now() });
  return { report, ...keepTallies(store, report, traffic, logger) };
}

/** Goes on until stopped; on several servers of one database each does its share. */
export function keepTallies(
  store: Pick<ActivityStore, 'tally'>,
  report: Pick<ActivityReport, 'timeseries'>,
  traffic: Pick<Traffic, 'isBusy'>,
  logger: Logger,
): { stop(): Promise<void> } {
  let daysAt = -Infinity;
  const countDays = async (): Promise<void> => {
    const to = Date.now();
    const counted = await report.timeseries('active_users', 'day', {
      from: to - YEAR_MS,
      to,
      timeZone: 'UTC',
    });
    if (counted.ok) daysAt = performance.now();
  };
  const work = async (): Promise<number> => {
    const began = performance.now();
    const pass = await store.tally(Date.now());
    const tookMs = performance.now() - began;
    if (pass.ok && pass.value.waiting > 0) {
      return tookMs / (traffic.isBusy ? BUSY_SHARE : QUIET_SHARE) - tookMs;
    }
    if (pass.ok && performance.now() - daysAt > DAYS_AGAIN_MS) await countDays();
    return Math.max(IDLE_MS, tookMs / IDLE_SHARE);
  };
  const failed = 'messages could not be counted';
  return again(work, { logger, firstMs: IDLE_MS, afterFaultMs: IDLE_MS, failed });
}
