/** What a log holds behind a point, for those who have to be told all of it. */
import type { CommittedEvent } from '../log/committed-event.ts';
import { MAX_PAGE_BYTES, MAX_PAGE_LIMIT } from '../protocol/limits.ts';
import type { LogKey } from './ports/channel-log.ts';
import type { ShardPorts } from './ports/shard-ports.ts';

const READ_AGAIN_MS = 250;

/**
 * The events right behind `seq`; none, after a pause, when the log doesn't answer or doesn't have them, or is another one than that of
 * `epoch`. Those that are past by now are void: whoever was shown what lies before them is told of each place.
 */
export async function readAfter(
  { log, timers, logger }: Pick<ShardPorts, 'log' | 'timers' | 'logger'>,
  key: LogKey,
  seq: number,
  epoch?: string,
): Promise<readonly CommittedEvent[]> {
  const range = { direction: 'after', seq, limit: MAX_PAGE_LIMIT, maxBytes: MAX_PAGE_BYTES } as const;
  const page = await log.read(key, range);
  const isOther = page.ok && epoch !== undefined && page.value.epoch !== epoch;
  if (page.ok && !isOther) {
    if (page.value.events[0]?.seq === seq + 1) return page.value.events;
    if (page.value.floor > seq + 1) return removed(seq + 1, page.value.floor - 1);
  }
  const reason = page.ok ? 'the log does not have them' : page.reason;
  logger.warn({ log: key, seq, reason }, 'events could not be read yet');
  await new Promise<void>((resolve) => {
    timers.after(READ_AGAIN_MS, resolve);
  });
  return [];
}

function removed(from: number, to: number): CommittedEvent[] {
  const count = Math.min(to - from + 1, MAX_PAGE_LIMIT);
  return Array.from({ length: count }, (_, nth) => {
    return { id: '', type: 'void', sender: '', seq: from + nth, timestamp: 0, data: '{}' };
  });
}
