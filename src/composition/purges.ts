/** Deletes the rows of channels that were purged, behind everything else. What is left is found by the database, so a start goes on with it. */
import type { Logger } from '../observability/logger.ts';
import type { Result } from '../protocol/result.ts';

/** Nothing was left: so many ms until the next look. */
const IDLE_MS = 2_000;
/** While there is something to delete this share of the time is its. */
const BUSY_SHARE = 0.2;
const LEAST_PAUSE_MS = 20;

/** Looks at once and again and again, until stopped. */
export function followPurges(
  records: { purgeRows(): Promise<Result<number>> },
  logger: Pick<Logger, 'error'>,
  idleMs = IDLE_MS,
): { stop(): Promise<void> } {
  let timer: NodeJS.Timeout | null = null;
  let isStopped = false;
  let working: Promise<void> = Promise.resolve();
  const work = async (): Promise<void> => {
    let restMs = idleMs;
    const began = performance.now();
    try {
      const gone = await records.purgeRows();
      if (gone.ok && gone.value > 0) {
        restMs = Math.max(LEAST_PAUSE_MS, (performance.now() - began) * (1 / BUSY_SHARE - 1));
      }
    } catch (error) {
      logger.error({ err: error }, 'rows of purged channels could not be deleted');
    }
    if (!isStopped) timer = setTimeout(next, restMs);
  };
  const next = (): void => {
    working = work();
  };
  next();
  return {
    stop: async () => {
      isStopped = true;
      if (timer !== null) clearTimeout(timer);
      await working;
    },
  };
}
