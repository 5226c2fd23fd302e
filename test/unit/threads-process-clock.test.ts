import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { processClock } from '../../src/threads/process-clock.ts';

const SOURCE = new URL('../../src/threads/process-clock.ts', import.meta.url);

describe('the clock of the process', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('[LIMIT-9] is the same on every thread, whenever that began', async () => {
    const code = `import { parentPort } from 'node:worker_threads';
      import { processClock } from ${JSON.stringify(SOURCE.href)};
      parentPort.postMessage(processClock());`;
    const before = processClock();
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
    const [there] = (await once(worker, 'message')) as [number];
    await worker.terminate();
    // The offset between clocks is read at the start of each thread, within some µs.
    expect(there).toBeGreaterThan(before - 1);
    expect(there).toBeLessThan(processClock() + 1);
  });

  it('[LIMIT-9] is not set apart by a core that is lost while it begins', async () => {
    const real = performance.now.bind(performance);
    let isFirst = true;
    vi.spyOn(performance, 'now').mockImplementation(() => {
      const until = real() + (isFirst ? 30 : 0);
      isFirst = false;
      while (real() < until);
      return real();
    });
    vi.resetModules();
    const fresh = await import('../../src/threads/process-clock.ts');
    expect(isFirst).toBe(false);
    const before = processClock();
    const there = fresh.processClock();
    expect(there).toBeGreaterThan(before - 1);
    expect(there).toBeLessThan(processClock() + 1);
  });

  it('[LIMIT-9] knows nothing of the wall clock', () => {
    const before = processClock();
    vi.spyOn(Date, 'now').mockReturnValue(0);
    expect(processClock() - before).toBeGreaterThanOrEqual(0);
  });
});
