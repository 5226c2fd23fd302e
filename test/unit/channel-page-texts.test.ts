import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PageTexts } from '../../src/channel/page-texts.ts';
import type { EncodedEvent } from '../../src/log/ring.ts';

const event = (channel: number, seq: number): EncodedEvent => ({
  ...{
    id: `${channel}/${seq}`,
    type: 'message:created',
    sender: 'ada',
    seq,
    shadowed: 'no' as const,
    bytes: null,
  },
  json: JSON.stringify({ channel, seq }),
});

describe('texts of pages', () => {
  it('[HIST-1] are what the events say, whatever was told before, and together within their bound', () => {
    const channels = [0, 1, 2].map((channel) =>
      Array.from({ length: 12 }, (_, seq) => event(channel, seq + 1)),
    );
    const page = fc.record({ channel: fc.nat(2), from: fc.nat(11), count: fc.nat(12) });
    fc.assert(
      fc.property(fc.array(page, { maxLength: 60 }), fc.integer({ min: 0, max: 600 }), (pages, maxSize) => {
        const texts = new PageTexts(maxSize);
        for (const { channel, from, count } of pages) {
          const events = channels[channel]!.slice(from, from + count);
          expect(JSON.parse(texts.of(`c${channel}`, events, 0))).toEqual(
            events.map(({ json }): unknown => JSON.parse(json)),
          );
          expect(texts.size).toBeLessThanOrEqual(maxSize);
          expect(texts.size).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });

  it('[HIST-1] are made once for a crowd', () => {
    let made = 0;
    const counted = {
      ...event(1, 1),
      get json() {
        made += 1;
        return '{}';
      },
    };
    const texts = new PageTexts(1_000);
    for (let asked = 0; asked < 50; asked += 1)
      expect(texts.of('c', [counted, event(1, 2)], asked * 50)).toContain('{}');
    expect(made).toBe(1);
  });

  it('[HIST-1] are let go when the crowd has come', () => {
    const texts = new PageTexts(1_000);
    texts.of('c', [event(1, 1)], 0);
    const { size } = texts;
    texts.of('d', [event(2, 1)], 4_000);
    texts.forgetOld(4_999);
    expect(texts.size).toBe(2 * size);
    texts.forgetOld(5_000);
    expect(texts.size).toBe(size);
    texts.forgetOld(9_000);
    expect(texts.size).toBe(0);
  });

  it('[MSG-13] are let go, those of one channel, when its events tell something else', () => {
    const texts = new PageTexts(1_000);
    const kept = event(2, 1);
    texts.of('c', [event(1, 1), event(1, 2)], 0);
    texts.of('c', [event(1, 2)], 0);
    texts.of('d', [kept], 0);
    texts.forgetChannel('c');
    expect(texts.size).toBe(texts.of('d', [kept], 0).length);
  });
});
