import { describe, expect, it } from 'vitest';
import type { PendingDeletion } from '../../src/auth/sanction-store.ts';
import { followDeletions } from '../../src/composition/deletions.ts';
import { failure } from '../../src/protocol/errors.ts';
import { fail, ok } from '../../src/protocol/result.ts';
import { SimClock } from '../sim/sim-clock.ts';

const by = { id: 'mod', name: 'Mod' };

function deleting() {
  const clock = new SimClock();
  const pending: PendingDeletion[] = [];
  const log: string[] = [];
  /** What stands against it, for the next so many purges and looks. */
  const faults = { purges: 0, looks: 0 };
  const ban = (id: string): void => {
    pending.push({ id, user: `user of ${id}`, by, since: clock.now() - 60_000, at: clock.now() });
  };
  const deletions = followDeletions({
    store: {
      deletions: async (limit) => {
        if (faults.looks > 0) {
          faults.looks -= 1;
          return fail(failure('unavailable', 'away', 1_000));
        }
        return ok(pending.slice(0, limit));
      },
      channelsOf: async (user) => ok([`${user} one`, `${user} two`]),
      deleted: async (id) => {
        log.push(`done ${id}`);
        pending.splice(
          pending.findIndex((one) => one.id === id),
          1,
        );
        return ok(undefined);
      },
    },
    purge: async (channelId) => {
      if (faults.purges > 0) {
        faults.purges -= 1;
        return false;
      }
      log.push(channelId);
      return true;
    },
    logger: { warn: () => undefined },
    timers: clock,
  });
  return { ban, clock, deletions, faults, log };
}

describe('what bans from everywhere delete', () => {
  it('[BAN-10] is deleted at once in all channels, and once more when the ban holds everywhere', async () => {
    const { ban, clock, deletions, log } = deleting();
    await clock.advance(5);
    expect(log).toEqual([]);
    ban('a');
    deletions.wake();
    await clock.advance(5);
    const both = ['user of a one', 'user of a two'];
    expect(log).toEqual(both);
    await clock.advance(5_000);
    expect(log.slice(-3)).toEqual([...both, 'done a']);
    const { length } = log;
    await clock.advance(60_000);
    expect(log).toHaveLength(length);
  });

  it('[BAN-10] that was left over is gone on with, over outages of the database and of shards', async () => {
    const { ban, clock, deletions, faults, log } = deleting();
    faults.looks = 2;
    ban('a');
    ban('b');
    deletions.wake();
    await clock.advance(5_000);
    expect(log).toContain('done a');
    expect(log).toContain('done b');
    faults.purges = 20;
    ban('c');
    deletions.wake();
    await clock.advance(3_000);
    expect(log).not.toContain('done c');
    await clock.advance(30_000);
    expect(log.slice(-3)).toEqual(['user of c one', 'user of c two', 'done c']);
  });

  it('[BAN-10] ends with the server', async () => {
    const { ban, clock, deletions, log } = deleting();
    await clock.advance(5);
    ban('a');
    deletions.wake();
    await clock.advance(5);
    deletions.stop();
    const { length } = log;
    deletions.wake();
    await clock.advance(60_000);
    expect(log).toHaveLength(length);
  });
});
