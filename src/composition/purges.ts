/** Deletes the rows of channels that were purged, behind everything else. What is left is found by the database, so a start goes on with it. */
import type { Logger } from '../observability/logger.ts';
import type { Result } from '../protocol/result.ts';
import { workBehind } from './work-behind.ts';

/** Nothing was left: so many ms until the next look. */
const IDLE_MS = 2_000;

/** Looks at once and again and again, until stopped. */
export function followPurges(
  records: { purgeRows(): Promise<Result<number>> },
  logger: Pick<Logger, 'error'>,
  idleMs = IDLE_MS,
): { stop(): Promise<void> } {
  const failed = 'rows of purged channels could not be deleted';
  return workBehind(async () => records.purgeRows(), { logger, idleMs, failed });
}
