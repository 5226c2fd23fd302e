/** What every {@link LogHeads} keeps to. Run by memory-log-heads and postgres-log-heads. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChannelLog, LogKey } from '../../src/shard/ports/channel-log.ts';
import type { ChannelRecords } from '../../src/shard/ports/channel-records.ts';
import type { KnownLog, LogHeads } from '../../src/shard/ports/log-heads.ts';
import { commit, entryOf } from './channel-log.ts';
import { valueOf } from './stores.ts';

/** Heads, and what moves them. */
export interface LogHeadsFixture {
  readonly heads: LogHeads;
  readonly log: ChannelLog;
  readonly channels: ChannelRecords;
  /** Another process tells that it serves the database, or that it ends. */
  tell(run: string, isHere: boolean): Promise<void>;
  close(): Promise<void>;
}

const ADA = { id: 'ada', name: 'Ada' };

/** Runs the suite over what `open` gives. */
export function logHeadsContract(name: string, open: () => Promise<LogHeadsFixture>): void {
  describe(`${name} keeps the contract of LogHeads`, () => {
    let fixture: LogHeadsFixture;
    beforeAll(async () => {
      fixture = await open();
    });
    afterAll(() => fixture.close());

    const write = async (log: LogKey, count: number) =>
      commit(
        fixture.log,
        Array.from({ length: count }, () => entryOf(log)),
      );
    const known = (log: LogKey, head: number, more: Partial<KnownLog> = {}): KnownLog => ({
      ...{ log, head, epoch: null, exists: head > 0 },
      ...more,
    });
    const moved = async (...logs: readonly KnownLog[]) =>
      [...valueOf(await fixture.heads.moved(logs))].sort(([a], [b]) => (a < b ? -1 : 1));
    const remove = async (id: string, purge: boolean) => {
      const before = { name: id, private: false };
      expect(valueOf(await fixture.channels.delete({ id, purge, by: ADA, at: 1, before }))).toBe(true);
    };

    it('[NODE-3] knows which servers live beside this one', async () => {
      expect(valueOf(await fixture.heads.others())).toEqual([]);
      await fixture.tell('two', true);
      expect(valueOf(await fixture.heads.others())).toEqual(['two']);
      await fixture.tell('two', false);
      expect(valueOf(await fixture.heads.others())).toEqual([]);
    });

    it('[NODE-3] tells the logs that stand elsewhere', async () => {
      const id = randomUUID();
      const [a, b, c, nothing] = ['a', 'b', 'c', 'd'].map((key) => `channel:${key}-${id}` as const);
      await write(a!, 2);
      await write(b!, 1);
      await write(`inbox:${id}`, 3);
      const page = await fixture.log.read(a!, { direction: 'newest', limit: 1, maxBytes: 1 });
      if (!page.ok) throw new Error(page.reason);
      const { epoch } = page.value;
      expect(await moved(known(a!, 2), known(b!, 1), known(nothing!, 0), known(`inbox:${id}`, 3))).toEqual(
        [],
      );
      expect(await moved(known(a!, 1, { epoch }), known(c!, 0), known(`inbox:${id}`, 0))).toEqual([
        [a, 2],
        [`inbox:${id}`, 3],
      ]);
      expect(await moved(known(a!, 2, { epoch: 'another' }), known(b!, 2))).toEqual([
        [a, null],
        [b, null],
      ]);
    });

    it('[NODE-3] tells channels that were deleted, written in or not', async () => {
      const run = randomUUID();
      const [written, empty, purged, gone] = ['a', 'b', 'c', 'd'].map((key) => `${key}-${run}`);
      await write(`channel:${written!}`, 1);
      await write(`channel:${purged!}`, 1);
      for (const id of [empty!, gone!]) {
        const made = await fixture.channels.create({ id, name: id, private: false }, ADA, 1);
        expect(valueOf(made)).toBe(true);
      }
      const all = [
        known(`channel:${written!}`, 1),
        known(`channel:${empty!}`, 0, { exists: true }),
        known(`channel:${purged!}`, 1),
        known(`channel:${gone!}`, 0, { exists: true }),
      ];
      expect(await moved(...all)).toEqual([]);
      await remove(written!, false);
      await remove(empty!, false);
      await remove(purged!, true);
      await remove(gone!, true);
      expect(await moved(...all)).toEqual(all.map(({ log }) => [log, null]));
    });
  });
}
