/** Ends sessions of servers and threads that died without a word. */
import { hostname } from 'node:os';
import type { Config } from '../config.ts';
import type { SessionStore, SessionWriter } from '../gateway/ports/session-store.ts';
import type { Logger } from '../observability/logger.ts';

const LOOK_MS = 10_000;
/** Of whom nothing was heard for so long is dead, ms: six heartbeats. */
const DEAD_MS = 30_000;

/** Main as it tells of sessions, in a process that has this id. */
export function mainWriter(run: string, { host, port }: Pick<Config, 'host' | 'port'>): SessionWriter {
  return { name: `${run}/main`, run, place: port === 0 ? null : `${hostname()} ${host}:${port}` };
}

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
