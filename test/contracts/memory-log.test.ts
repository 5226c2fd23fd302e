import { describe, expect, it } from 'vitest';
import { MemoryLog } from '../../src/storage/memory-log.ts';
import type { AppendFault } from '../../src/storage/memory-log.ts';
import { MemoryLogStore } from '../../src/storage/memory-log-store.ts';
import { amendmentsContract } from './amendments.ts';
import { channelLogContract, commit, entryOf, freshLog, type LogFixture, valueOf } from './channel-log.ts';
import { channelTablesContract } from './channel-tables.ts';
import { shadowBansContract } from './shadow-bans.ts';

async function open(): Promise<LogFixture> {
  const store = new MemoryLogStore();
  return { one: new MemoryLog(store), two: new MemoryLog(store), close: async () => undefined };
}

channelLogContract('MemoryLog', open);
amendmentsContract('MemoryLog', open);
channelTablesContract('MemoryLog', open);
shadowBansContract('MemoryLog', open);

describe('MemoryLog fails as it is told', () => {
  const faulty = (fault: AppendFault) => {
    const store = new MemoryLogStore();
    const faults: (AppendFault | null)[] = [fault];
    const log = new MemoryLog(store, { appendFault: () => faults.shift() ?? null });
    return { store, log };
  };

  it.each(['refused', 'unavailable', 'unknown-lost'] as const)('[LOG-5] %s: nothing lands', async (fault) => {
    const { log } = faulty(fault);
    const entry = entryOf(freshLog());
    expect((await log.append([entry])).status).toBe(fault === 'unknown-lost' ? 'unknown' : fault);
    expect(valueOf(await log.locate([entry]))).toEqual([null]);
    expect(await commit(log, [entry], true)).toMatchObject([{ seq: 1, duplicate: false }]);
  });

  it('[LOG-5] unknown-landed: locate finds it, a retry is a duplicate', async () => {
    const { log } = faulty('unknown-landed');
    const entry = entryOf(freshLog());
    expect((await log.append([entry])).status).toBe('unknown');
    expect(valueOf(await log.locate([entry]))).toEqual([{ id: entry.id, seq: 1, duplicate: true }]);
    expect(await commit(log, [entry], true)).toMatchObject([{ seq: 1, duplicate: true }]);
  });

  it('[LOG-5] unknown-late: it lands when told, once, whether it was sent again or not', async () => {
    const { log } = faulty('unknown-late');
    const [late, next] = [entryOf(freshLog()), entryOf(freshLog())];
    await log.append([late]);
    expect(valueOf(await log.locate([late]))).toEqual([null]);
    await commit(log, [next]);
    log.commitLate();
    expect(await commit(log, [late], true)).toMatchObject([{ seq: 1, duplicate: true }]);
  });

  it('[LOG-12] a fence by the next incarnation drops what is late', async () => {
    const { store, log } = faulty('unknown-late');
    const entry = entryOf(freshLog());
    await log.append([entry]);
    const next = new MemoryLog(store);
    await next.fence();
    expect(log.commitLate()).toBe(0);
    expect(valueOf(await next.locate([entry]))).toEqual([null]);
  });

  it('[LOG-13] reads fail as values', async () => {
    const log = new MemoryLog(new MemoryLogStore(), { readFault: () => true });
    const range = { direction: 'newest', limit: 1, maxBytes: 1 } as const;
    const reads = [
      log.read(freshLog(), range),
      log.load('a', 1, 1),
      log.find(freshLog(), 'a'),
      log.locate([]),
      log.fence(),
    ];
    for (const read of reads) expect(await read).toMatchObject({ ok: false });
  });
});
