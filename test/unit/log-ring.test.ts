import { describe, expect, it } from 'vitest';
import { type EncodedEvent, EventRing } from '../../src/log/ring.ts';

const event = (seq: number, json = '12345'): EncodedEvent => ({
  ...{ id: `e${seq}`, type: 't', sender: 's', seq, json, shadowed: 'no' as const, bytes: null },
});
const held = (ring: EventRing) => ring.slice(1, 1_000).map(({ seq, json }) => [seq, json]);

describe('an event of a ring that is replaced', () => {
  it('[WHISPER-20] stands in its place, also when older ones have fallen out; what is not held is left', () => {
    const ring = new EventRing({ events: 3, size: 1_000 });
    for (let seq = 1; seq <= 200; seq += 1) ring.push(event(seq));
    for (const seq of [197, 199, 201, 0]) ring.replace(event(seq, 'new'));
    expect(held(ring)).toEqual([
      [198, '12345'],
      [199, 'new'],
      [200, '12345'],
    ]);
    expect(ring.size).toBe(13);
    const empty = new EventRing({ events: 3, size: 1_000 });
    empty.replace(event(1));
    expect([empty.length, empty.size]).toEqual([0, 0]);
  });

  it('[LOG-36] counts as much as it has now: the oldest fall out when that is more than the bound', () => {
    const ring = new EventRing({ events: 10, size: 16 });
    for (let seq = 1; seq <= 3; seq += 1) ring.push(event(seq));
    ring.replace(event(2, '123456789'));
    expect(held(ring)).toEqual([
      [2, '123456789'],
      [3, '12345'],
    ]);
    ring.replace(event(3, ''));
    expect(ring.size).toBe(9);
  });
});
