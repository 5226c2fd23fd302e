/** Appending to the log what may have a row that the database can't take. */
import type { ChannelLog, LogEntry } from '../shard/ports/channel-log.ts';

/** Entries that land together, or not at all. */
export interface EntryGroup {
  readonly entries: readonly LogEntry[];
}

/** What became of a group: it landed, it stood there, its log is gone, or the database can't take it. */
export type GroupOutcome = 'landed' | 'known' | 'gone' | 'refused';

/**
 * Appends all groups, in their order; where the database refuses them, each half by itself. Rejects when it doesn't answer:
 * what landed is known the next time.
 */
export async function appendGroups(
  log: Pick<ChannelLog, 'append'>,
  groups: readonly EntryGroup[],
): Promise<readonly GroupOutcome[]> {
  if (groups.length === 0) return [];
  const outcome = await log.append(
    groups.flatMap(({ entries }) => entries),
    { retry: true },
  );
  switch (outcome.status) {
    case 'committed': {
      let at = 0;
      return groups.map(({ entries }) => {
        const [placement] = outcome.placements.slice(at, (at += entries.length));
        return placement === undefined || placement.duplicate || placement.seq === 0 ? 'known' : 'landed';
      });
    }
    case 'gone':
      return groups.map(() => 'gone');
    case 'refused': {
      if (groups.length === 1) return ['refused'];
      const half = Math.ceil(groups.length / 2);
      const first = await appendGroups(log, groups.slice(0, half));
      return [...first, ...(await appendGroups(log, groups.slice(half)))];
    }
    case 'unavailable':
    case 'unknown':
      throw new Error(outcome.reason);
  }
}
