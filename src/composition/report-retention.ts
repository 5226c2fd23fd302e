/** Deletes reports whose time is over. */
import type { Logger } from '../observability/logger.ts';
import type { ReportStore } from '../protocol/reports.ts';

const LOOK_MS = 3_600_000;

/** Looks now and every hour, until stopped: what can't be deleted is deleted the next time. */
export function keepReportsFor(
  retentionMs: number,
  reports: Pick<ReportStore, 'deleteBefore'>,
  logger: Logger,
): { stop(): void } {
  const look = async (): Promise<void> => {
    const deleted = await reports.deleteBefore(Date.now() - retentionMs);
    if (!deleted.ok) logger.warn({ reason: deleted.failure.message }, 'old reports could not be deleted');
  };
  const timer = setInterval(() => void look(), LOOK_MS);
  timer.unref();
  void look();
  return {
    stop: () => {
      clearInterval(timer);
    },
  };
}
