import { describe, expect, it } from 'vitest';
import { SHARD_BOUNDS, type ShardBounds } from '../../src/shard/ports/shard-ports.ts';
import type { AppendEntry, ChannelLog, GroupPlacement, LogEntry } from '../../src/shard/ports/channel-log.ts';
import { WriteBatch } from '../../src/shard/write-batch.ts';
import { type AppendFault, MemoryLog } from '../../src/storage/memory-log.ts';
import { MemoryLogStore } from '../../src/storage/memory-log-store.ts';
import { SimClock } from '../sim/sim-clock.ts';

const entry = (id: string, clientMessageId?: string): LogEntry => ({
  log: 'channel:room',
  id,
  type: 'message:created',
  sender: 'ada',
  timestamp: 1,
  data: JSON.stringify({ id }),
  ...(clientMessageId === undefined ? {} : { clientMessageId }),
});

/** A whisper: in the recipient's inbox, and with it in the sender's. */
const whisper = (id: string, clientMessageId?: string): AppendEntry => {
  const inInbox = (fields: Partial<LogEntry>): LogEntry => ({
    ...entry(id, clientMessageId),
    ...{ type: 'whisper:created', data: JSON.stringify({ id, to: { id: 'bob' } }) },
    ...fields,
  });
  return { ...inInbox({ log: 'inbox:bob' }), companions: [inInbox({ log: 'inbox:ada', id: `${id}:sent` })] };
};

/** Lands in an inbox alone. */
const mention = (id: string): AppendEntry => ({ ...entry(id), log: 'inbox:bob', type: 'mention:created' });

interface Setting {
  readonly bounds?: Partial<ShardBounds>;
  /** What happens to each append, in turn; then all goes well. */
  readonly faults?: readonly (AppendFault | null | ((entries: readonly LogEntry[]) => AppendFault | null))[];
  readonly readFaults?: readonly boolean[];
  /** What a call takes, ms. */
  readonly callMs?: number;
}

function writing({ bounds = {}, faults = [], readFaults = [], callMs = 10 }: Setting) {
  const clock = new SimClock();
  const store = new MemoryLogStore();
  const batches: string[][] = [];
  const told: string[] = [];
  const left = [...faults];
  const readsLeft = [...readFaults];
  let underWay = 0;
  const memory = new MemoryLog(store, {
    appendFault: (entries) => {
      batches.push(entries.map(({ id }) => id));
      const fault = left.shift() ?? null;
      return typeof fault === 'function' ? fault(entries) : fault;
    },
    readFault: () => readsLeft.shift() ?? false,
    pause: () =>
      new Promise((resolve) => {
        clock.after(callMs, resolve);
      }),
  });
  const log: Pick<ChannelLog, 'append' | 'locate'> = {
    append: async (entries) => {
      underWay += 1;
      expect(underWay).toBe(1);
      const outcome = await memory.append(entries);
      underWay -= 1;
      return outcome;
    },
    locate: (entries) => memory.locate(entries),
  };
  const batch = new WriteBatch(
    log as ChannelLog,
    {
      timers: clock,
      recorder: {
        committed: () => undefined,
        uncommitted: () => undefined,
        page: () => undefined,
        request: () => undefined,
        refused: () => undefined,
      },
      logger: { warn: () => undefined, error: () => undefined, info: () => undefined },
    },
    { ...SHARD_BOUNDS, ...bounds },
    ({ id }, outcome) => told.push('code' in outcome ? `${id} ${outcome.code}` : `${id} ${placed(outcome)}`),
  );
  return { clock, store, batch, batches, told, memory };
}

function placed({ companions, ...main }: GroupPlacement): string {
  return [main, ...companions]
    .map(({ id, seq, duplicate }) => (duplicate ? `is ${id} at ${seq}` : String(seq)))
    .join(' + ');
}

describe('the write batch', () => {
  it('[LOG-30] fills the next batch while one commits, one on its way at a time', async () => {
    const { clock, batch, batches, told } = writing({});
    for (const id of ['a', 'b']) batch.add(entry(id));
    await clock.advance(5);
    for (const id of ['c', 'd', 'e']) batch.add(entry(id));
    expect(batch.depth).toBe(5);
    await clock.advance(100);
    expect(batches).toEqual([
      ['a', 'b'],
      ['c', 'd', 'e'],
    ]);
    expect(told).toEqual(['a 1', 'b 2', 'c 3', 'd 4', 'e 5']);
    expect(batch.depth).toBe(0);
  });

  it('[LOG-30] bounds a batch in entries and in size, and takes one that is larger by itself', async () => {
    const { clock, batch, batches } = writing({ bounds: { batchEntries: 3, batchSize: 40 } });
    for (const id of ['a', 'b', 'c', 'd', 'e'.repeat(60), 'f']) batch.add(entry(id));
    await clock.advance(100);
    expect(batches).toEqual([['a', 'b', 'c'], ['d'], ['e'.repeat(60)], ['f']]);
  });

  it('[LOG-31] halves a refused batch down to the entry at fault; all others land, in order', async () => {
    const refused = (entries: readonly LogEntry[]) =>
      entries.some(({ id }) => id === 'c') ? 'refused' : null;
    const { clock, batch, batches, told } = writing({ faults: Array.from({ length: 9 }, () => refused) });
    for (const id of ['a', 'b', 'c', 'd', 'e']) batch.add(entry(id));
    await clock.advance(100);
    expect(told).toEqual(['a 1', 'b 2', 'c bad_request', 'd 3', 'e 4']);
    expect(batches).toEqual([['a', 'b', 'c', 'd', 'e'], ['a', 'b', 'c'], ['a', 'b'], ['c'], ['d', 'e']]);
  });

  it('[LOG-32] tries again while the log is away, with growing pauses', async () => {
    const { clock, batch, batches, told } = writing({
      faults: ['unavailable', 'unavailable', 'unavailable'],
    });
    batch.add(entry('a'));
    await clock.advance(130);
    expect(batches).toHaveLength(2);
    await clock.advance(500);
    expect(batches).toHaveLength(4);
    expect(told).toEqual(['a 1']);
  });

  it('[LOG-32] gives up on what has waited 5 s, in the batch and behind it, and tries it no more', async () => {
    const away = () => (clock.mono() < 6_500 ? 'unavailable' : null);
    const { clock, store, batch, batches, told } = writing({
      faults: Array.from({ length: 30 }, () => away),
    });
    batch.add(entry('a'));
    await clock.advance(1_000);
    batch.add(entry('b'));
    await clock.advance(3_000);
    batch.add(entry('c'));
    await clock.advance(4_500);
    expect(told).toEqual(['a unavailable', 'b unavailable', 'c 1']);
    expect(batches.at(-1)).toEqual(['c']);
    expect(store.log('channel:room').events.map(({ id }) => id)).toEqual(['c']);
    expect(batch.depth).toBe(0);
  });

  it('[LOG-32] gives up on what has waited 5 s for its turn behind a slow log, not on what is being written', async () => {
    const { clock, batch, batches, told } = writing({ callMs: 4_000, bounds: { batchEntries: 2 } });
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) batch.add(entry(id));
    await clock.advance(4_900);
    expect(told).toEqual(['a 1', 'b 2']);
    batch.add(entry('g'));
    await clock.advance(100);
    expect(told).toEqual(['a 1', 'b 2', 'e unavailable', 'f unavailable']);
    await clock.advance(10_000);
    expect(told.slice(4)).toEqual(['c 3', 'd 4', 'g 5']);
    expect(batches).toEqual([['a', 'b'], ['c', 'd'], ['g']]);
    expect(batch.depth).toBe(0);
  });

  it('[LOG-32] gives up on what has waited 5 s behind a log that does not answer', async () => {
    const { clock, batch, told } = writing({ callMs: 60_000 });
    batch.add(entry('a'));
    await clock.advance(1_000);
    batch.add(entry('b'));
    await clock.advance(5_000);
    expect(told).toEqual(['b unavailable']);
    batch.close();
    await clock.advance(60_000);
    expect(told).toEqual(['b unavailable', 'a 1']);
  });

  it('[LOG-32] an entry that landed is not told that it waited too long', async () => {
    // Halves: the first lands, the second finds the log away until its time is over.
    const away = Array.from({ length: 20 }, () => 'unavailable' as const);
    const { clock, batch, told } = writing({ faults: ['refused', null, ...away] });
    batch.add(entry('a'));
    batch.add(entry('b'));
    await clock.advance(30_000);
    expect(told).toEqual(['a 1', 'b unavailable']);
  });

  it('[LOG-33] after an unknown outcome asks what landed, before anything else is written', async () => {
    const { clock, batch, batches, told } = writing({
      faults: ['unknown-landed'],
      readFaults: [true, true, false],
    });
    batch.add(entry('a'));
    await clock.advance(15);
    batch.add(entry('b'));
    await clock.advance(100);
    expect(batches).toEqual([['a']]);
    await clock.advance(1_000);
    expect(told).toEqual(['a 1', 'b 2']);
  });

  it('[LOG-33] tries again what did not land, under its id', async () => {
    const { clock, batch, batches, told } = writing({ faults: ['unknown-lost'] });
    batch.add(entry('a'));
    batch.add(entry('b'));
    await clock.advance(1_000);
    expect(batches).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
    expect(told).toEqual(['a 1', 'b 2']);
  });

  it('[LOG-33] what lands late after all is told once, and is no duplicate of itself', async () => {
    const { clock, store, batch, told, memory } = writing({ faults: ['unknown-late'] });
    batch.add(entry('a', 'c1'));
    await clock.advance(30);
    memory.commitLate();
    await clock.advance(1_000);
    expect(told).toEqual(['a 1']);
    expect(store.log('channel:room').events).toHaveLength(1);
  });

  it('[LOG-33] what was given up and stands in the log nonetheless is still told', async () => {
    const { clock, batch, told } = writing({
      faults: ['unknown-landed'],
      readFaults: Array.from({ length: 12 }, () => true),
    });
    batch.add(entry('a'));
    await clock.advance(20_000);
    expect(told).toEqual(['a unavailable', 'a 1']);
  });

  it('[MSG-2] a retry that stands in the log gets the first place', async () => {
    const { clock, batch, told } = writing({});
    batch.add(entry('a', 'c1'));
    await clock.advance(50);
    batch.add(entry('b', 'c1'));
    await clock.advance(50);
    expect(told).toEqual(['a 1', 'b is a at 1']);
  });

  it('[LOG-34] refuses what is beyond its bounds, in entries and in size', async () => {
    const { clock, batch } = writing({ bounds: { heldEntries: 2, heldSize: 1_000 } });
    batch.add(entry('under way'));
    await clock.advance(1);
    expect([batch.add(entry('a')), batch.add(entry('b'))]).toEqual([null, null]);
    expect(batch.add(entry('c'))?.code).toBe('overloaded');
    await clock.advance(1_000);
    expect(batch.add(entry('d'.repeat(2_000)))).toBeNull();
    await Promise.resolve();
    batch.add(entry('e'.repeat(2_000)));
    expect(batch.add(entry('f'))?.code).toBe('overloaded');
    await clock.advance(1_000);
    expect(batch.add(entry('g'))).toBeNull();
    await clock.advance(100);
  });

  it('[LOG-38] bounds a batch in rows and in the size of all of them, and splits no group', async () => {
    const { clock, batch, batches, told } = writing({ bounds: { batchEntries: 3 } });
    for (const one of [mention('a'), whisper('b'), whisper('c'), mention('d'), mention('e')]) batch.add(one);
    expect(batch.depth).toBe(7);
    await clock.advance(100);
    expect(batches).toEqual([['a', 'b', 'b:sent'], ['c', 'c:sent', 'd'], ['e']]);
    expect(told).toEqual(['a 1', 'b 2 + 1', 'c 3 + 2', 'd 4', 'e 5']);
    const size = whisper('f').data.length * 3;
    const small = writing({ bounds: { batchEntries: 100, batchSize: size } });
    for (const id of ['f', 'g']) small.batch.add(whisper(id));
    await small.clock.advance(100);
    expect(small.batches).toEqual([
      ['f', 'f:sent'],
      ['g', 'g:sent'],
    ]);
  });

  it('[LOG-38] a group that is larger than a batch goes by itself', async () => {
    const { clock, batch, batches } = writing({ bounds: { batchEntries: 1 } });
    for (const one of [mention('a'), whisper('b'), mention('c')]) batch.add(one);
    await clock.advance(100);
    expect(batches).toEqual([['a'], ['b', 'b:sent'], ['c']]);
  });

  it('[LOG-38] a companion that is refused takes its entry with it, and nothing else', async () => {
    const refused = (entries: readonly LogEntry[]) =>
      entries.some(({ id }) => id === 'b:sent') ? 'refused' : null;
    const { clock, store, batch, batches, told } = writing({
      faults: Array.from({ length: 9 }, () => refused),
    });
    for (const id of ['a', 'b', 'c']) batch.add(whisper(id));
    await clock.advance(100);
    expect(batches).toEqual([
      ['a', 'a:sent', 'b', 'b:sent', 'c', 'c:sent'],
      ['a', 'a:sent', 'b', 'b:sent'],
      ['a', 'a:sent'],
      ['b', 'b:sent'],
      ['c', 'c:sent'],
    ]);
    expect(told).toEqual(['a 1 + 1', 'b bad_request', 'c 2 + 2']);
    expect(store.log('inbox:ada').events.map(({ id }) => id)).toEqual(['a:sent', 'c:sent']);
  });

  it('[LOG-38] a group is given up as one, and told as one when it stands in the log nonetheless', async () => {
    const away = writing({ faults: Array.from({ length: 20 }, () => 'unavailable' as const) });
    away.batch.add(whisper('a'));
    await away.clock.advance(30_000);
    expect(away.told).toEqual(['a unavailable']);
    const open = writing({
      faults: ['unknown-landed'],
      readFaults: Array.from({ length: 12 }, () => true),
    });
    open.batch.add(whisper('a'));
    await open.clock.advance(20_000);
    expect(open.told).toEqual(['a unavailable', 'a 1 + 1']);
  });

  it('[LOG-38] after an unknown outcome a group is found as one, or tried again as one', async () => {
    for (const fault of ['unknown-landed', 'unknown-lost', 'unknown-late'] as const) {
      const { clock, store, batch, told, memory } = writing({ faults: [fault] });
      for (const one of [entry('b'), whisper('a', 'k1'), whisper('c', 'k2')]) batch.add(one);
      await clock.advance(30);
      memory.commitLate();
      await clock.advance(1_000);
      expect(told).toEqual(['b 1', 'a 1 + 1', 'c 2 + 2']);
      expect(store.log('inbox:bob').events).toHaveLength(2);
      expect(store.log('inbox:ada').events).toHaveLength(2);
    }
  });

  it('[LOG-38] what landed without its companion is tried again until both stand', async () => {
    const { clock, store, batch, told } = writing({ faults: ['unknown-lost'] });
    const { companions, ...alone } = whisper('a');
    store.commit([alone]);
    batch.add({ ...alone, companions: companions! });
    await clock.advance(1_000);
    expect(told).toEqual(['a 1 + 1']);
  });

  it('[LOG-38] a retry of a group gets the first places', async () => {
    const { clock, batch, told } = writing({});
    batch.add(whisper('a', 'k1'));
    await clock.advance(50);
    batch.add(whisper('b', 'k1'));
    await clock.advance(50);
    expect(told).toEqual(['a 1 + 1', 'b is a at 1 + is a:sent at 1']);
  });

  it('[LOG-39] when channels and inboxes wait each gets half a batch, in order', async () => {
    const { clock, batch, batches } = writing({ bounds: { batchEntries: 4 } });
    batch.add(entry('first'));
    await clock.advance(5);
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) batch.add(entry(id));
    for (const id of ['w', 'x']) batch.add(whisper(id));
    await clock.advance(100);
    expect(batches).toEqual([
      ['first'],
      ['w', 'w:sent', 'a', 'b'],
      ['c', 'd', 'x', 'x:sent'],
      ['e', 'f', 'g'],
    ]);
  });

  it('[LOG-39] a message waits for the batch under way and its own, however many whispers wait', async () => {
    const flood = Array.from({ length: 200 }, (_, index) => whisper(`w${index}`));
    const { clock, batch, batches, told } = writing({ bounds: { batchEntries: 10 } });
    for (const one of flood.slice(0, 100)) batch.add(one);
    await clock.advance(5);
    batch.add(entry('a'));
    for (const one of flood.slice(100)) batch.add(one);
    await clock.advance(25);
    expect(told).toContain('a 1');
    expect(batches.findIndex((ids) => ids.includes('a'))).toBe(1);
    await clock.advance(1_000);
    const order = told.filter((line) => line.startsWith('w')).map((line) => line.split(' ')[0]);
    expect(order).toEqual(flood.map(({ id }) => id));
    expect(batches.every((ids) => ids.length <= 10)).toBe(true);
  });

  it('[LOG-39] a whisper waits for the batch under way and its own, however many messages wait', async () => {
    const { clock, batch, batches } = writing({ bounds: { batchEntries: 10 } });
    for (let index = 0; index < 300; index += 1) batch.add(entry(`m${index}`));
    await clock.advance(5);
    batch.add(whisper('w'));
    await clock.advance(25);
    expect(batches[1]).toEqual(expect.arrayContaining(['w', 'w:sent']));
    await clock.advance(1_000);
  });

  it('[LOG-39] what is larger than half a batch has its turn in a flood of the other kind', async () => {
    const large = { ...entry('l'), data: JSON.stringify('x'.repeat(800)) };
    const { clock, batch, batches } = writing({ bounds: { batchSize: 1_000 } });
    for (let index = 0; index < 200; index += 1) batch.add(whisper(`w${index}`));
    await clock.advance(5);
    batch.add(large);
    await clock.advance(25);
    expect(batches.slice(0, 3).flat()).toContain('l');
    await clock.advance(1_000);
  });

  it('[LOG-39] a kind that is at its bound leaves room for the other, and is given up by itself', async () => {
    const { clock, batch, told } = writing({
      bounds: { heldEntries: 4 },
      faults: Array.from({ length: 30 }, () => 'unavailable' as const),
    });
    batch.add(entry('first'));
    await clock.advance(5);
    for (const id of ['w', 'x']) expect(batch.add(whisper(id))).toBeNull();
    expect(batch.add(whisper('y'))?.code).toBe('overloaded');
    expect(batch.add(entry('a'))).toBeNull();
    expect(batch.depth).toBe(6);
    await clock.advance(30_000);
    expect(told).toEqual(['a unavailable', 'w unavailable', 'x unavailable', 'first unavailable']);
    expect(batch.depth).toBe(0);
  });

  it('[CONN-14] is drained when all of it is settled', async () => {
    const { clock, batch, told } = writing({ faults: ['unavailable'] });
    for (const id of ['a', 'b']) batch.add(entry(id));
    let drained = false;
    void batch.drained().then(() => {
      drained = true;
    });
    await clock.advance(20);
    expect(drained).toBe(false);
    await clock.advance(500);
    expect([drained, told.length]).toEqual([true, 2]);
  });
});
