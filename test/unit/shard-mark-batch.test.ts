import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failure } from '../../src/protocol/errors.ts';
import { fail } from '../../src/protocol/result.ts';
import { sentCopyId } from '../../src/protocol/whispers.ts';
import { MARK_BOUNDS, type MarkBounds } from '../../src/shard/joined-marks.ts';
import { MarkBatch } from '../../src/shard/mark-batch.ts';
import type { InboxMark } from '../../src/shard/ports/inbox-store.ts';
import { MemoryInboxes } from '../../src/storage/memory/memory-inboxes.ts';
import { MemoryLogStore } from '../../src/storage/memory-log-store.ts';
import { SimClock } from '../sim/sim-clock.ts';

/** What a write comes to: both kinds of failure are `unavailable`, and one of them was committed all the same. */
type Fault = 'lost' | 'landed' | null;

interface Setting {
  readonly bounds?: Partial<MarkBounds>;
  /** What happens to each write, in turn; then all goes well. */
  readonly faults?: readonly Fault[];
  /** How long each write takes, in turn; then 10 ms. */
  readonly takesMs?: readonly number[];
}

function marking({ bounds = {}, faults = [], takesMs = [] }: Setting = {}) {
  const clock = new SimClock();
  const logs = new MemoryLogStore();
  const inboxes = new MemoryInboxes(logs);
  const writes: string[][] = [];
  const told: string[] = [];
  const left = [...faults];
  const times = [...takesMs];
  let underWay = 0;
  const mark = async (marks: readonly InboxMark[]) => {
    writes.push(marks.map(({ owner, correspondent, read }) => `${owner} ${correspondent} ${read}`));
    underWay += 1;
    expect(underWay).toBe(1);
    await new Promise<void>((resolve) => {
      clock.after(times.shift() ?? 10, resolve);
    });
    underWay -= 1;
    const fault = left.shift() ?? null;
    const marked = fault === 'lost' ? null : await inboxes.mark(marks);
    return fault === null && marked !== null ? marked : fail(failure('unavailable', 'away', 1_000));
  };
  const batch = new MarkBatch(
    { mark },
    {
      timers: clock,
      logger: { warn: () => undefined, error: () => undefined, info: () => undefined },
    },
    { ...MARK_BOUNDS, ...bounds },
  );
  /** `owner` has read up to `read` of the correspondent's whispers. */
  const read = (name: string, owner: string, correspondent: string, seq: number) =>
    batch.add({ owner, correspondent, delivered: 0, read: seq }, (outcome) => {
      told.push('code' in outcome ? `${name} ${outcome.code}` : `${name} ${outcome.state.read}`);
    });
  return { clock, inboxes, batch, writes, told, read, send: (count: number) => sendAll(logs, count) };
}

const USERS = ['ada', 'bob', 'eve'] as const;

/** `count` whispers from everyone to everyone else. */
function sendAll(logs: MemoryLogStore, count: number): void {
  for (let nth = 0; nth < count; nth += 1) {
    for (const from of USERS) {
      for (const to of USERS) {
        if (from === to) continue;
        const id = `${from} ${to} ${logs.log(`inbox:${to}`).events.length}`;
        const data = JSON.stringify({ to: { id: to } });
        const received = { type: 'whisper:created', sender: from, timestamp: 1, data };
        logs.commit([
          { ...received, log: `inbox:${to}`, id },
          { ...received, log: `inbox:${from}`, id: sentCopyId(id) },
        ]);
      }
    }
  }
}

describe('the batch of marks', () => {
  it('[LOG-58] joins marks of a conversation while a write is under way, and tells everyone', async () => {
    const { clock, batch, writes, told, read, send } = marking();
    send(5);
    read('a', 'ada', 'bob', 1);
    await clock.advance(5);
    for (const [name, seq] of [
      ['b', 3],
      ['c', 9],
      ['d', 7],
    ] as const) {
      read(name, 'ada', 'bob', seq);
    }
    read('e', 'eve', 'bob', 2);
    expect(batch.depth).toBe(5);
    await clock.advance(100);
    expect(writes).toEqual([['ada bob 1'], ['ada bob 9', 'eve bob 2']]);
    expect(told).toEqual(['a 1', 'b 9', 'c 9', 'd 9', 'e 2']);
    expect(batch.depth).toBe(0);
  });

  it('[LOG-58] who waits behind a write that hangs is told in time, and who is in it when it ends', async () => {
    const { clock, batch, writes, told, read, send } = marking({ takesMs: [15_000] });
    send(2);
    read('a', 'ada', 'bob', 1);
    await clock.advance(1_000);
    read('b', 'bob', 'ada', 1);
    await clock.advance(2_000);
    read('c', 'bob', 'ada', 2);
    await clock.advance(3_000);
    expect(told).toEqual(['b unavailable']);
    await clock.advance(2_000);
    expect(told).toEqual(['b unavailable', 'c unavailable']);
    await clock.advance(10_000);
    expect(told).toEqual(['b unavailable', 'c unavailable', 'a 1']);
    expect(writes).toEqual([['ada bob 1']]);
    expect(batch.depth).toBe(0);
  });

  it('[LOG-58] what is marked in one tick is one write, within its bound', async () => {
    const { clock, writes, read, send } = marking({ bounds: { batchMarks: 2 } });
    send(1);
    read('a', 'ada', 'bob', 1);
    read('b', 'bob', 'ada', 1);
    read('c', 'eve', 'ada', 1);
    read('d', 'ada', 'bob', 2);
    await clock.advance(100);
    expect(writes).toEqual([['ada bob 2', 'bob ada 1'], ['eve ada 1']]);
  });

  it('[LOG-58] tries again what may not have been committed, joined with what came meanwhile', async () => {
    for (const fault of ['lost', 'landed'] as const) {
      const { clock, writes, told, read, send } = marking({ faults: [fault, fault] });
      send(5);
      read('a', 'ada', 'bob', 1);
      await clock.advance(5);
      read('b', 'eve', 'bob', 1);
      read('c', 'ada', 'bob', 3);
      await clock.advance(1_000);
      expect(writes).toEqual([['ada bob 1'], ['ada bob 3', 'eve bob 1'], ['ada bob 3', 'eve bob 1']]);
      expect(told).toEqual(['a 3', 'c 3', 'b 1']);
    }
  });

  it('[LOG-58] gives up on who has waited 5 s, and on nobody else', async () => {
    const faults = Array.from({ length: 40 }, () => 'lost' as const);
    const { clock, batch, writes, told, read, send } = marking({ faults });
    send(5);
    read('a', 'ada', 'bob', 1);
    read('b', 'eve', 'bob', 1);
    await clock.advance(4_000);
    read('c', 'ada', 'bob', 3);
    await clock.advance(3_000);
    expect(told).toEqual(['a unavailable', 'b unavailable']);
    expect(batch.depth).toBe(1);
    await clock.advance(60_000);
    expect(told).toEqual(['a unavailable', 'b unavailable', 'c unavailable']);
    expect(writes.at(-1)).toEqual(['ada bob 3']);
    expect(batch.depth).toBe(0);
    const tries = writes.length;
    await clock.advance(60_000);
    expect(writes).toHaveLength(tries);
  });

  it('[LOG-58] a conversation that is not there is told as such', async () => {
    const { clock, told, read } = marking();
    read('a', 'ada', 'nobody', 1);
    await clock.advance(100);
    expect(told).toEqual(['a not_found']);
  });

  it('[LOG-58] more marks than may wait are overloaded', async () => {
    const { clock, told, read, send } = marking({ bounds: { heldMarks: 2 } });
    send(5);
    expect([read('a', 'ada', 'bob', 1), read('b', 'ada', 'bob', 2)]).toEqual([null, null]);
    expect(read('c', 'ada', 'bob', 3)?.code).toBe('overloaded');
    await clock.advance(100);
    expect(read('d', 'ada', 'bob', 3)).toBeNull();
    await clock.advance(100);
    expect(told).toEqual(['a 2', 'b 2', 'd 3']);
  });

  it('[LOG-58] is drained when everyone was told, and tries nothing after its end', async () => {
    const { clock, batch, writes, told, read, send } = marking({ faults: ['lost'] });
    send(1);
    read('a', 'ada', 'bob', 1);
    let isDrained = false;
    void batch.drained().then(() => {
      isDrained = true;
    });
    await clock.advance(30);
    expect([isDrained, told]).toEqual([false, []]);
    await clock.advance(100);
    expect([isDrained, told]).toEqual([true, ['a 1']]);
    batch.close();
    read('b', 'ada', 'bob', 2);
    await clock.advance(1_000);
    expect(writes).toHaveLength(2);
  });

  it('[LOG-58] whatever fails, everyone is told once, no less than they marked, and marks end at the largest', async () => {
    const user = fc.constantFrom(...USERS);
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ owner: user, correspondent: user, seq: fc.nat({ max: 24 }) }) },
      { weight: 1, arbitrary: fc.record({ wait: fc.nat({ max: 400 }) }) },
    );
    const faults = fc.array(fc.constantFrom<Fault>('lost', 'landed', null), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), faults, async (steps, weather) => {
        const { clock, batch, inboxes, send } = marking({ bounds: { batchMarks: 3 }, faults: weather });
        send(6);
        const wanted = new Map<string, number>();
        const outcomes: number[] = [];
        for (const one of steps) {
          if ('wait' in one) {
            await clock.advance(one.wait);
            continue;
          }
          const { owner, correspondent, seq } = one;
          const nth = outcomes.push(0) - 1;
          const key = `${owner} ${correspondent}`;
          wanted.set(key, Math.max(wanted.get(key) ?? 0, seq));
          batch.add({ owner, correspondent, delivered: seq, read: seq }, (outcome) => {
            outcomes[nth]! += 1;
            if ('code' in outcome) expect([owner, outcome.code]).toEqual([correspondent, 'not_found']);
            else expect(outcome.state.read).toBeGreaterThanOrEqual(Math.min(seq, outcome.state.lastSeq));
          });
        }
        await clock.advance(10_000);
        expect(outcomes).toEqual(outcomes.map(() => 1));
        expect(batch.depth).toBe(0);
        const loaded = await inboxes.load(USERS);
        for (const { owner, conversations } of loaded.ok ? loaded.value : []) {
          for (const { correspondent, lastSeq, read, delivered } of conversations) {
            const most = Math.min(wanted.get(`${owner} ${correspondent}`) ?? 0, lastSeq);
            expect([read, delivered]).toEqual([most, most]);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
