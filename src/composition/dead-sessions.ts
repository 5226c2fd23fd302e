/** Ends sessions of servers and threads that died without a word. */
import type { SessionStore, SessionWriter } from '../gateway/ports/session-store.ts';
import type { Logger } from '../observability/logger.ts';

const LOOK_MS = 10_000;
/** Of whom nothing was heard for so long is dead, ms: six heartbeats. */
const DEAD_MS = 30_000;

/** Looks now and again and again, until stopped: what can't be ended is ended the next time. */
export function endDeadSessions(
  store: Pick<SessionStore, 'closeDead'>,
  writer: SessionWriter,
  logger: Logger,
): { stop(): void } {
  const look = async (): Promise<void> => {
    const closed = await store.closeDead(DEAD_MS, writer);
    if (closed.ok && closed.value > 0) {
      logger.info(
        { threads: closed.value },
        'sessions of threads that died were ended at their last heartbeats',
      );
    }
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
