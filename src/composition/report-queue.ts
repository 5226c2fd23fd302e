/** Builds the queue of reports. */
import { ReportQueue } from '../auth/report-queue.ts';
import type { Config } from '../config.ts';
import type { Database } from '../storage/database.ts';
import { PostgresReports } from '../storage/postgres-reports.ts';
import { chatPolicy } from './chat-policy.ts';

/** Of all channels that are kept in `database`. */
export function buildReportQueue(database: Database, config: Config): ReportQueue {
  return new ReportQueue({
    store: new PostgresReports(database),
    policy: chatPolicy(config),
    now: () => Date.now(),
  });
}
