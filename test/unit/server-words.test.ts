import { describe, expect, it } from 'vitest';
import { ServerWords } from '../../src/cache/server-words.ts';
import { settled } from '../support/fake-timers.ts';
import { SimClock } from '../sim/sim-clock.ts';

/** A way that takes texts when it is let. */
function slowWay() {
  const clock = new SimClock();
  const texts: { readonly moved: readonly unknown[] }[] = [];
  const taken: (() => void)[] = [];
  const words = new ServerWords({
    transport: {
      ...{ isHeard: true, breaks: 0, listen: () => undefined },
      publish: (text) => {
        texts.push(JSON.parse(text) as { moved: unknown[] });
        return new Promise<void>((resolve) => taken.push(resolve));
      },
    },
    self: 'me',
    timers: clock,
  });
  return { clock, texts, taken, words };
}

describe('words to other servers', () => {
  it('[NODE-1] go out at once where it was quiet, then at most every 5 ms', async () => {
    const { clock, texts, words, taken } = slowWay();
    for (let at = 0; at < 50; at += 1) {
      words.moved('channel:a', at + 1);
      await clock.advance(1);
      for (const take of taken.splice(0)) take();
      await settled();
    }
    expect(texts[0]).toMatchObject({ moved: [['channel:a', 1]] });
    expect(texts.length).toBeGreaterThanOrEqual(9);
    expect(texts.length).toBeLessThanOrEqual(11);
  });

  it('[NODE-2] gather while none is taken, and are dropped past a bound', async () => {
    const { clock, texts, words, taken } = slowWay();
    for (let round = 0; round < 10; round += 1) {
      words.moved('channel:a', round + 1);
      await clock.advance(10);
    }
    expect(texts).toHaveLength(4);
    for (let n = 0; n < 45_000; n += 1) words.moved(`channel:${n}`, 1);
    let told = 0;
    while (taken.length > 0) {
      const before = texts.length;
      for (const take of taken.splice(0)) take();
      await settled();
      await clock.advance(10);
      for (const { moved } of texts.slice(before)) {
        expect(moved.length).toBeLessThanOrEqual(1_000);
        told += moved.length;
      }
    }
    // Twice it were too many, and all that waited went.
    expect(told).toBeGreaterThan(0);
    expect(told).toBeLessThan(20_000);
    words.close();
  });
});
