/** The table of addresses under several gateways, alive and dead. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SharedAddressLimiter } from '../../src/cache/shared-address-limiter.ts';
import type { AddressWorkerTask } from '../support/address-limiter-worker.ts';

const SEED = 0x1234_5678;
const WORKER = new URL('../support/address-limiter-worker.ts', import.meta.url);

describe('one table for several gateways', () => {
  it('[LIMIT-6] [GATE-10] counts an address over all of them, and each gives back its own', () => {
    const memory = SharedAddressLimiter.memory(SEED);
    const [one, two] = [1, 2].map((thread) => new SharedAddressLimiter(memory, thread, 3)) as [
      SharedAddressLimiter,
      SharedAddressLimiter,
    ];
    expect([one, two, two, one, two].map((limits) => limits.open('192.0.2.1'))).toEqual([
      ...[true, true, true, false, false],
    ]);
    one.close('192.0.2.1');
    // It has none left to give back.
    one.close('192.0.2.1');
    expect([two, one].map((limits) => limits.open('192.0.2.1'))).toEqual([true, false]);
  });

  it('[LIMIT-6] [GATE-10] agrees with a plain count, whatever opens, closes and dies in whatever order', () => {
    const step = fc.record({
      gateway: fc.integer({ min: 0, max: 2 }),
      host: fc.integer({ min: 0, max: 3 }),
      act: fc.oneof(
        { weight: 5, arbitrary: fc.constant('open') },
        { weight: 4, arbitrary: fc.constant('close') },
        {
          weight: 1,
          arbitrary: fc.constant('die'),
        },
      ),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const memory = SharedAddressLimiter.memory(SEED);
        let threads = 3;
        const gateways = [1, 2, 3].map((thread) => ({
          thread,
          limits: new SharedAddressLimiter(memory, thread, 3),
          open: new Map<string, number>(),
        }));
        const total = (address: string): number =>
          gateways.reduce((sum, { open }) => sum + (open.get(address) ?? 0), 0);
        for (const { gateway, host, act } of steps) {
          const address = `192.0.2.${host}`;
          const { thread, limits, open } = gateways[gateway]!;
          const own = open.get(address) ?? 0;
          if (act === 'open') {
            const expected = total(address) < 3;
            expect(limits.open(address)).toBe(expected);
            if (expected) open.set(address, own + 1);
          } else if (act === 'close') {
            limits.close(address);
            if (own > 0) open.set(address, own - 1);
          } else {
            expect(SharedAddressLimiter.forget(memory, thread)).toBe(true);
            threads += 1;
            const successor = new SharedAddressLimiter(memory, threads, 3);
            gateways[gateway] = { thread: threads, limits: successor, open: new Map() };
          }
        }
        const held = [0, 1, 2, 3].filter((host) => total(`192.0.2.${host}`) > 0).length;
        expect(gateways[0]!.limits.size).toBe(held);
      }),
      { numRuns: 100 },
    );
  });

  it('[GATE-10] is exact while threads open at once', async () => {
    const memory = SharedAddressLimiter.memory(SEED);
    const addresses = Array.from({ length: 200 }, (_, n) => `10.0.0.${n}`);
    const gate = new SharedArrayBuffer(4);
    const [workers, most] = [3, 100];
    const taken: number[][] = await Promise.all(
      [1, 2, 3].map(async (thread) => {
        const task: AddressWorkerTask = {
          ...{ memory, thread, most, gate, workers, addresses },
          kind: 'take',
        };
        const worker = new Worker(WORKER, { workerData: task });
        const [[counts]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
        return counts as number[];
      }),
    );
    const totals = addresses.map((_, index) => taken.reduce((sum, counts) => sum + counts[index]!, 0));
    expect(totals).toEqual(addresses.map(() => most));
  });

  it('[GATE-10] loses nothing and blocks nobody, wherever a thread is ended', async () => {
    const memory = SharedAddressLimiter.memory(SEED);
    const limits = new SharedAddressLimiter(memory, 1, 5);
    const addresses = Array.from({ length: 50 }, (_, n) => `10.0.0.${n}`);
    for (const address of addresses) for (let n = 0; n < 2; n += 1) expect(limits.open(address)).toBe(true);
    for (let thread = 2; thread < 16; thread += 1) {
      const gate = new SharedArrayBuffer(4 * (thread + 1));
      const task: AddressWorkerTask = {
        ...{ memory, thread, gate, addresses },
        most: 5,
        workers: 1,
        kind: 'churn',
      };
      const worker = new Worker(WORKER, { workerData: task });
      // In the midst of its work, at another point each time.
      while (Atomics.load(new Int32Array(gate), thread) < 3)
        await new Promise((resolve) => setImmediate(resolve));
      await worker.terminate();
      while (!SharedAddressLimiter.forget(memory, thread))
        await new Promise((resolve) => setImmediate(resolve));
      expect(limits.size).toBe(50);
    }
    for (const address of addresses) {
      expect([1, 2, 3, 4].map(() => limits.open(address))).toEqual([true, true, true, false]);
    }
  });

  it('[GATE-10] a thread that died with the lock is waited for, and no longer than it is forgotten', () => {
    const memory = SharedAddressLimiter.memory(SEED);
    const limits = new SharedAddressLimiter(memory, 1, 5);
    expect(limits.open('192.0.2.1')).toBe(true);
    Atomics.store(new Int32Array(memory), 0, 2);
    expect(SharedAddressLimiter.forget(memory, 3)).toBe(false);
    expect(SharedAddressLimiter.forget(memory, 2)).toBe(true);
    expect(SharedAddressLimiter.forget(memory, 3)).toBe(true);
    expect(limits.size).toBe(1);
  });

  it('[GATE-10] a table without room lets nobody in rather than count wrong', () => {
    const memory = SharedAddressLimiter.memory(SEED);
    // As if all nodes were in use.
    new Int32Array(memory)[1] = 0x7fff_ffff;
    const limits = new SharedAddressLimiter(memory, 1, 5);
    expect(limits.open('192.0.2.1')).toBe(false);
    expect(limits.size).toBe(0);
  });
});
