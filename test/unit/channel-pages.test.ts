import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReadRange } from '../../src/log/entry.ts';
import { encodeEvent } from '../../src/channel/frames.ts';
import { type Page, pageFromRing, settlePage } from '../../src/log/pages.ts';
import { EventRing } from '../../src/log/ring.ts';
import { MAX_PAGE_BYTES } from '../../src/protocol/limits.ts';
import { ChannelMachine, frameOf, userOf } from '../support/channel-machine.ts';

const ada = userOf('ada');

/** What a page is, by the simplest reading of HIST-1 and HIST-2, of the events that are published. */
function modelPage(
  machine: ChannelMachine,
  range: ReadRange,
): { readonly seqs: number[]; readonly hasMore: boolean } {
  const published = machine.log.slice(0, machine.state.head);
  const { direction, seq = 0, limit } = range;
  const all = published.filter((event) =>
    direction === 'newest' ? true : direction === 'before' ? event.seq < seq : event.seq > seq,
  );
  const ordered = direction === 'after' ? all : all.reverse();
  const taken: number[] = [];
  let bytes = 0;
  for (const event of ordered) {
    bytes += Buffer.byteLength(encodeEvent('room', event).json);
    if (taken.length === limit || (taken.length > 0 && bytes > MAX_PAGE_BYTES)) break;
    taken.push(event.seq);
  }
  return { seqs: taken.sort((a, b) => a - b), hasMore: taken.length < all.length };
}

const shown = (page: Page) => ({ seqs: page.events.map(({ seq }) => seq), hasMore: page.hasMore });
const settled = (machine: ChannelMachine, range: ReadRange, read: ReturnType<ChannelMachine['read']>) =>
  settlePage(machine.state, range, {
    events: read.events.map((event) => encodeEvent('room', event)),
    hasMore: read.hasMore,
  });

/** Texts from nothing to more than half a page, so that bytes bound some pages and events others. */
const size = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 300 }) },
  fc.integer({ min: 1, max: 150_000 }),
);
const limit = fc.integer({ min: 1, max: 12 });
const bounds = fc.record({
  events: fc.integer({ min: 1, max: 15 }),
  size: fc.integer({ min: 1, max: 400_000 }),
});
const rangeOf = (head: number) =>
  fc.oneof(
    fc.record({ direction: fc.constant('newest' as const), limit }),
    fc.record({
      direction: fc.constantFrom('before' as const, 'after' as const),
      seq: fc.integer({ min: 0, max: head + 3 }),
      limit,
    }),
  );

describe('pages', () => {
  it('[HIST-1] [HIST-2] [HIST-3] out of the ring or out of the log, they are the page of the model', () => {
    fc.assert(
      fc.property(bounds, fc.array(size, { maxLength: 25 }), rangeOf(25), (ring, sizes, asked) => {
        const machine = new ChannelMachine(ring);
        for (const bytes of sizes) machine.grow(1, bytes);
        const { head } = machine.state;
        const range = asked.direction === 'before' ? { ...asked, seq: Math.min(asked.seq, head + 1) } : asked;
        const model = modelPage(machine, range);
        const page = pageFromRing(machine.state, range);
        if (page !== null) expect(shown(page)).toEqual(model);
        if (head > 0) expect(shown(settled(machine, range, machine.read(range)))).toEqual(model);
        const json = (page ?? settled(machine, range, machine.read(range))).events.map((event) => event.json);
        if (json.length > 1) expect(Buffer.byteLength(json.join(''))).toBeLessThanOrEqual(MAX_PAGE_BYTES);
      }),
      { numRuns: 400 },
    );
  });

  it('[HIST-4] a page from the log ends where the published events end, whatever happened since the read', () => {
    fc.assert(
      fc.property(
        bounds,
        fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 20 }),
        fc.nat(20),
        fc.nat(20),
        rangeOf(20),
        (ring, sizes, publishedFirst, publishedSince, asked) => {
          const machine = new ChannelMachine(ring);
          for (const [index, bytes] of sizes.entries()) {
            const data = JSON.stringify({ id: `${index}`, content: 'x'.repeat(bytes) });
            machine.append({ id: `${index}`, type: 'message:created', sender: 's', timestamp: 1, data });
          }
          const publishTo = (seq: number) => {
            while (machine.state.head < Math.min(seq, machine.log.length)) {
              machine.publish(machine.log[machine.state.head]!);
            }
          };
          publishTo(Math.max(1, publishedFirst));
          const { head } = machine.state;
          // As the command bounds it: a point beyond what is published is no point.
          const range =
            asked.direction === 'before' ? { ...asked, seq: Math.min(asked.seq, head + 1) } : asked;
          if (range.direction === 'after' && range.seq > head) return;
          const read = machine.read(range);
          publishTo(publishedSince);
          const page = settled(machine, range, read);
          const seqs = page.events.map(({ seq }) => seq);
          expect(seqs.every((seq, index) => index === 0 || seq === seqs[index - 1]! + 1)).toBe(true);
          expect(seqs.at(-1) ?? 0).toBeLessThanOrEqual(machine.state.head);
          const model = modelPage(machine, range);
          if (model.seqs.length > 0) expect(seqs.length).toBeGreaterThan(0);
          if (range.direction === 'newest') {
            expect(seqs.at(-1)).toBe(machine.state.head);
            expect(page.hasMore).toBe(seqs[0]! > 1);
          } else if (range.direction === 'after') {
            if (seqs.length > 0) expect(seqs[0]).toBe(range.seq + 1);
            expect(page.hasMore).toBe((seqs.at(-1) ?? machine.state.head) < machine.state.head);
          } else {
            expect(shown(page)).toEqual(model);
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  it('[HIST-4] before a point that is not published yet means before the end', () => {
    const machine = new ChannelMachine({ events: 1, size: 1 });
    machine.grow(5);
    for (let index = 0; index < 60; index += 1) {
      machine.append({
        id: `z${index}`,
        type: 'message:created',
        sender: 'zombie',
        timestamp: 1,
        data: '{}',
      });
    }
    machine.join(1, ada);
    const asked = machine.run('history:get', 1, ada, { beforeSeq: 60, limit: 3 });
    // It tells the state of when it was read, so it waits for that.
    expect(machine.answerRead(asked)).toEqual([]);
    const told = machine.log.slice(5).flatMap((event) => machine.publish(event));
    const effects = told.filter(({ kind }) => kind === 'send');
    expect(frameOf(effects[0]).data).toMatchObject({ seq: 65, hasMore: true });
    expect((frameOf(effects[0]).data['events'] as { seq: number }[]).map(({ seq }) => seq)).toEqual([
      3, 4, 5,
    ]);
  });

  it('[HIST-2] an event larger than a page is a page', () => {
    const machine = new ChannelMachine();
    machine.grow(2, 300_000);
    const page = pageFromRing(machine.state, { direction: 'newest', limit: 10 });
    expect(shown(page!)).toEqual({ seqs: [2], hasMore: true });
  });
});

describe('the ring', () => {
  const event = (seq: number, length: number) => ({
    id: `${seq}`,
    type: 't',
    sender: 's',
    seq,
    json: 'x'.repeat(length),
    shadowed: 'no' as const,
    bytes: null,
  });

  it('[LOG-36] holds a dense run that ends at the newest, within its bounds', () => {
    fc.assert(
      fc.property(
        bounds,
        fc.array(fc.tuple(fc.integer({ min: 0, max: 90_000 }), fc.constantFrom(1, 1, 1, 1, 5)), {
          maxLength: 300,
        }),
        (ringBounds, pushes) => {
          const ring = new EventRing(ringBounds);
          let held: { seq: number; length: number }[] = [];
          let seq = 0;
          for (const [length, step] of pushes) {
            seq += step;
            if (step > 1) held = [];
            held.push({ seq, length });
            const total = () => held.reduce((sum, each) => sum + each.length, 0);
            while (held.length > 1 && (held.length > ringBounds.events || total() > ringBounds.size))
              held.shift();
            ring.push(event(seq, length));
            expect(ring.length).toBe(held.length);
            expect(ring.size).toBe(total());
            expect(ring.firstSeq).toBe(held[0]?.seq);
          }
          const from = Math.max(1, seq - 3);
          expect(ring.slice(from, seq).map((each) => each.seq)).toEqual(
            held.map((each) => each.seq).filter((each) => each >= from),
          );
        },
      ),
    );
  });

  it('[LOG-36] sheds its older half, never the newest', () => {
    const ring = new EventRing({ events: 10, size: 1_000 });
    for (let seq = 1; seq <= 5; seq += 1) ring.push(event(seq, 10));
    const lengths = Array.from({ length: 4 }, () => {
      ring.shed();
      return ring.length;
    });
    expect(lengths).toEqual([3, 2, 1, 1]);
    expect(ring.slice(1, 5).map(({ seq }) => seq)).toEqual([5]);
  });

  it('[RESUME-4] says what it covers', () => {
    const ring = new EventRing({ events: 3, size: 1_000 });
    expect([ring.covers(0, 0), ring.covers(0, 1)]).toEqual([true, false]);
    for (let seq = 1; seq <= 5; seq += 1) ring.push(event(seq, 1));
    expect([1, 2, 5, 9].map((seq) => ring.covers(seq, 5))).toEqual([false, true, true, true]);
  });
});
