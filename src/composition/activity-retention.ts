/** Forgets who was here and who wrote how much, when its time is over. */
import type { ActivityStore } from '../admin/ports/activity-store.ts';
import type { Logger } from '../observability/logger.ts';
import { workBehind } from './work-behind.ts';

const LOOK_MS = 3_600_000;

/** Looks now and every hour, until stopped; what is left over by one portion the next one takes soon. */
export function keepActivityFor(
  retentionMs: number,
  store: Pick<ActivityStore, 'forget'>,
  logger: Pick<Logger, 'error'>,
): { stop(): Promise<void> } {
  const failed = 'old sessions could not be forgotten';
  return workBehind(async () => store.forget(Date.now() - retentionMs), { logger, idleMs: LOOK_MS, failed });
}
