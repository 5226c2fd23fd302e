import { describe, expect, it } from 'vitest';
import { Gathering } from '../../src/threads/gathering.ts';
import { SimClock } from '../sim/sim-clock.ts';

describe('reads that newcomers share', () => {
  it('[CONN-16] begin at once for whoever comes first, and gather who comes soon after', async () => {
    const clock = new SimClock();
    const gathering = new Gathering(clock);
    let count = 0;
    const ask = async (): Promise<void> => {
      await gathering.next();
      count += 1;
    };
    await ask();
    expect(count).toBe(1);
    void ask();
    await clock.advance(9);
    expect(count).toBe(1);
    await clock.advance(1);
    expect(count).toBe(2);
    await clock.advance(10);
    await ask();
    expect(count).toBe(3);
  });
});
