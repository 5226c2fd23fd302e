/** Does something again and again, each time when the time before has ended. */
import type { Logger } from '../observability/logger.ts';

/** How it goes on. */
export interface AgainOptions {
  readonly logger: Pick<Logger, 'error'>;
  /** So many ms until the first time; absent: it is at once. */
  readonly firstMs?: number;
  /** After a time that threw: so many ms until the next. */
  readonly afterFaultMs: number;
  /** What the log says of a time that threw. */
  readonly failed: string;
}

/** Goes on until stopped; `work` resolves with the ms until the next time. Stopping waits for what is under way. */
export function again(
  work: () => Promise<number>,
  { logger, firstMs, afterFaultMs, failed }: AgainOptions,
): { stop(): Promise<void> } {
  let timer: NodeJS.Timeout | null = null;
  let isStopped = false;
  let working: Promise<void> = Promise.resolve();
  const turn = async (): Promise<void> => {
    let restMs = afterFaultMs;
    try {
      restMs = await work();
    } catch (error) {
      logger.error({ err: error }, failed);
    }
    if (!isStopped) timer = setTimeout(next, restMs);
  };
  const next = (): void => {
    working = turn();
  };
  if (firstMs === undefined) next();
  else timer = setTimeout(next, firstMs);
  return {
    stop: async () => {
      isStopped = true;
      if (timer !== null) clearTimeout(timer);
      await working;
    },
  };
}
