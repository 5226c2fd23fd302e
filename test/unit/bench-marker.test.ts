import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { markedText, MarkerScanner } from '../../bench/load/marker.ts';

function scan(chunks: readonly Uint8Array[]): number[] {
  const found: number[] = [];
  const scanner = new MarkerScanner((number) => found.push(number));
  for (const chunk of chunks) scanner.feed(chunk, chunk.length);
  return found;
}

function cut(bytes: Buffer, cuts: readonly number[]): Uint8Array[] {
  const places = [0, ...cuts.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, i) => bytes.subarray(places[i], end));
}

describe('the marker in a message text', () => {
  it('[BENCH-1] is found as often as it was delivered, wherever the chunks are cut', () => {
    const noise = fc.oneof(
      fc.constantFrom('', '~', '~~~~', '~'.repeat(15), `${'~'.repeat(15)}7`, '{"seq":12345678}', '\u0081~'),
      fc.string({ maxLength: 40 }).map((text) => text.replaceAll('~', '-')),
    );
    const frame = fc.record({
      before: noise,
      number: fc.nat(99_999_999),
      bytes: fc.integer({ min: 24, max: 130 }),
    });
    fc.assert(
      fc.property(
        fc.array(frame, { maxLength: 20 }),
        fc.array(fc.nat(4_000), { maxLength: 60 }),
        (frames, cuts) => {
          const text = frames
            .map(({ before, number, bytes }) => `${before}"${markedText(number, bytes)}"`)
            .join('');
          expect(scan(cut(Buffer.from(text), cuts))).toEqual(frames.map(({ number }) => number));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('[BENCH-1] is found byte by byte', () => {
    const bytes = Buffer.from(`x${markedText(7, 100)}y${markedText(99_999_999, 24)}`);
    expect(scan([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual([7, 99_999_999]);
  });

  it('[BENCH-1] makes a text of exactly the bytes that were asked for', () => {
    expect(Buffer.byteLength(markedText(42, 100))).toBe(100);
  });
});
