import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Effect } from '../../src/channel/effects.ts';
import { encodeEvent } from '../../src/channel/frames.ts';
import { apply } from '../../src/channel/log-events.ts';
import { ChannelMachine, frameOf, userOf } from '../support/channel-machine.ts';

const ada = userOf('ada');
const WALL = 1_700_000_000_000;
const STEPS = [
  ...(['append', 'publish', 'publish', 'raise', 'raise', 'tell', 'join', 'recover', 'recover'] as const),
  ...(['before', 'after', 'after', 'leave', 'read', 'reread', 'reread'] as const),
] as const;

interface Page {
  readonly epoch?: string;
  readonly seq: number;
  readonly floor?: number;
  readonly recovered?: boolean | null;
  readonly hasMore: boolean;
  readonly events: readonly { readonly seq: number }[];
}

/** What the one who asked is owed by the answer, whose `ref` says what was asked. */
function checkPage(machine: ChannelMachine, ref: string, page: Page): void {
  const [asked = '', at = ''] = ref.split('-');
  const place = Number(at);
  const seqs = page.events.map(({ seq }) => seq);
  const [first] = seqs;
  const { floor = 1 } = page;
  expect(floor).toBe(machine.state.floor);
  expect(seqs).toEqual(seqs.map((_, nth) => (first ?? 0) + nth));
  if (first !== undefined) expect(first).toBeGreaterThanOrEqual(floor);
  const last = seqs.at(-1);
  if (asked === 'join' || page.recovered === false) {
    // The newest page: up to the head, or nothing is left.
    expect(last ?? page.seq).toBe(page.seq);
    if (page.seq >= floor) expect(first).toBeDefined();
    expect(page.hasMore).toBe((first ?? floor) > floor);
  }
  if (asked === 'recover') {
    // Where it goes on is said truly, and a gap is never unsaid.
    expect(page.recovered).toBe(place >= floor - 1);
    if (page.recovered === true) {
      expect(first ?? place + 1).toBe(place + 1);
      expect(page.hasMore).toBe((last ?? place) < page.seq);
    }
  }
  if (asked === 'after') {
    const from = Math.max(place + 1, floor);
    if (from <= page.seq) expect(first).toBe(from);
    expect(page.hasMore).toBe(last !== undefined && last < page.seq);
  }
  if (asked === 'before') {
    const to = Math.min(place - 1, page.seq);
    expect(last ?? to).toBe(to < floor ? to : (last ?? floor));
    if (to >= floor) expect(last).toBe(to);
    expect(page.hasMore).toBe(first !== undefined && first > floor);
  }
}

describe('a floor that moves', () => {
  it('[RETAIN-5] [RETAIN-6] [RETAIN-7] whatever is asked, told, read and removed in between: no gap is unsaid, nothing past is shown or promised', () => {
    fc.assert(
      fc.property(
        fc.record({ events: fc.integer({ min: 1, max: 8 }), size: fc.constant(100_000) }),
        fc.array(fc.tuple(fc.constantFrom(...STEPS), fc.integer({ min: 1, max: 9 })), {
          maxLength: 150,
          size: 'max',
        }),
        (bounds, steps) => {
          const machine = new ChannelMachine(bounds);
          const reads: { readonly effect: Effect; page: ReturnType<ChannelMachine['read']> | null }[] = [];
          let live: number | null = null;
          const take = (effects: readonly Effect[]): void => {
            for (const effect of effects) {
              if (effect.kind === 'read') reads.push({ effect, page: null });
              if (effect.kind === 'publish' && live !== null) {
                expect(effect.seq).toBe(live + 1);
                live = effect.seq;
              }
              if (effect.kind !== 'send') continue;
              const { type, ref = '', data } = frameOf(effect);
              if (ref === 'leave' && type === 'ack') live = null;
              if (type !== 'channel:joined' && type !== 'history') continue;
              const page = data as unknown as Page;
              checkPage(machine, ref, page);
              if (type === 'channel:joined') live = page.seq;
            }
          };
          for (const [step, number] of steps) {
            const place = Math.max(0, machine.state.head - 2 * number + 2);
            switch (step) {
              case 'append':
                for (let nth = 0; nth < number; nth += 1) {
                  const id = `m${machine.log.length}`;
                  const data = JSON.stringify({ id });
                  machine.append({ id, type: 'message:created', sender: 's', timestamp: WALL, data });
                }
                break;
              case 'publish':
                for (let nth = 0; nth < number; nth += 1) {
                  const next = machine.log[machine.state.head];
                  if (next !== undefined) take(machine.publish(next));
                }
                break;
              case 'raise':
                // It may be ahead of what was shown: that is told as void then (RETAIN-13).
                machine.floor = Math.max(
                  machine.floor,
                  Math.min(machine.floor + number, machine.log.length + 1),
                );
                break;
              case 'tell':
                machine.tellFloor();
                break;
              case 'join':
                take(machine.run('channel:join', 1, ada, { limit: number }, 'join'));
                break;
              case 'recover': {
                const recover = { epoch: 'e1', seq: place };
                take(machine.run('channel:join', 1, ada, { recover, limit: number }, `recover-${place}`));
                break;
              }
              case 'before':
                take(
                  machine.run('history:get', 1, ada, { beforeSeq: place, limit: number }, `before-${place}`),
                );
                break;
              case 'after':
                take(
                  machine.run('history:get', 1, ada, { afterSeq: place, limit: number }, `after-${place}`),
                );
                break;
              case 'leave':
                take(machine.run('channel:leave', 1, ada, {}, 'leave'));
                break;
              case 'reread': {
                // The database answers; its answer is on its way.
                const read = reads[number % Math.max(1, reads.length)];
                if (read?.effect.kind === 'read') read.page ??= machine.read(read.effect.range);
                break;
              }
              case 'read': {
                const [read] = reads.splice(number % Math.max(1, reads.length), 1);
                if (read !== undefined) take(machine.answerRead([read.effect], read.page ?? undefined));
                break;
              }
            }
          }
          // What is asked to the end is answered.
          for (let turns = 0; reads.length > 0 && turns < 1_000; turns += 1) {
            const next = machine.log[machine.state.head];
            if (next !== undefined) take(machine.publish(next));
            const read = reads.shift();
            if (read !== undefined) take(machine.answerRead([read.effect], read.page ?? undefined));
          }
          expect(reads).toEqual([]);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('[RETAIN-12] what is held of what is past is let go of, and of what quotes it or has its text', () => {
    const machine = new ChannelMachine();
    machine.grow(3);
    const say = (data: object, type = 'message:created') => {
      const id = `own-${machine.log.length}`;
      machine.publish(
        machine.append({ id, type, sender: 'u-x', timestamp: WALL, data: JSON.stringify({ id, ...data }) }),
      );
    };
    machine.floor = 2;
    expect(machine.tellFloor()).toBe(true);
    expect(machine.tellFloor()).toBe(false);
    expect(machine.state.ring.firstSeq).toBe(2);
    say({ content: 'a', quote: { id: 'grown-3', content: 'x' } });
    machine.floor = 3;
    machine.tellFloor();
    expect(machine.state.ring.firstSeq).toBe(3);
    machine.floor = 4;
    machine.tellFloor();
    expect(machine.state.ring.length).toBe(0);
    say({ content: 'b' });
    machine.floor = 5;
    machine.tellFloor();
    expect(machine.state.ring.firstSeq).toBe(5);
    say({ id: 'own-3', content: 'edited' }, 'message:updated');
    machine.floor = 6;
    machine.tellFloor();
    expect(machine.state.ring.length).toBe(0);
    // What was superseded has no text.
    say({ id: 'own-3' }, 'message:updated');
    say({ content: 'c' });
    machine.floor = 7;
    machine.tellFloor();
    expect(machine.state.ring.firstSeq).toBe(7);
  });

  it('[RETAIN-12] a newest page that was read before all that was held was let go of is read again', () => {
    const machine = new ChannelMachine({ events: 3, size: 100_000 });
    machine.grow(6);
    const asked = machine.join(1, ada, { limit: 4 });
    const page = machine.read({ direction: 'newest', limit: 4, ofMessages: true });
    const data = JSON.stringify({ id: 'q', content: 'a', quote: { id: 'grown-1', content: 'x' } });
    machine.publish(machine.append({ id: 'q', type: 'message:created', sender: 'u', timestamp: WALL, data }));
    machine.floor = 2;
    machine.tellFloor();
    const again = machine.answerRead(asked, page).filter(({ kind }) => kind === 'read');
    expect(again).toHaveLength(1);
    const joined = frameOf(machine.answerRead(again).at(-1));
    expect(joined.data).toMatchObject({ seq: 7, floor: 2, hasMore: true });
    expect(joined.data['events']).toHaveLength(4);
  });

  it('[RETAIN-8] [RETAIN-12] what a page or a look-up brings of what is past isn’t told', () => {
    const machine = new ChannelMachine({ events: 1, size: 100_000 });
    machine.grow(6);
    machine.join(1, ada);
    const wanted = machine.run('message:update', 1, { ...ada, id: 'u-x' }, { id: 'grown-2', content: 'new' });
    expect(wanted).toMatchObject([{ kind: 'find', id: 'grown-2' }]);
    const found = machine.log[1]!;
    machine.floor = 4;
    machine.tellFloor();
    expect(frameOf(machine.answerFind(wanted, found)[0])).toMatchObject({
      type: 'error',
      data: { code: 'not_found' },
    });
    const thread = machine.run('thread:get', 1, ada, { id: 'grown-2' });
    const old = { events: [found], hasMore: false, head: 6, floor: 2 };
    const [select] = thread;
    if (select?.kind !== 'select') throw new Error('no question');
    expect(machine.state.floor).toBe(4);
    expect(frameOf(machine.answerSelect([select], old)[0])).toMatchObject({ data: { code: 'not_found' } });
  });

  it('[RETAIN-13] what is past before it was shown is void: every number is told', () => {
    const machine = new ChannelMachine();
    machine.join(1, ada);
    machine.grow(2);
    const gone = { id: '', type: 'void', sender: '', seq: 3, timestamp: 0, data: '{}' };
    expect(apply(machine.state, gone, machine.context)).toMatchObject([
      { kind: 'publish', seq: 3, frame: encodeEvent('room', gone).json },
    ]);
    expect(JSON.parse(encodeEvent('room', gone).json)).toEqual({ type: 'void', channelId: 'room', seq: 3 });
    expect(machine.state.head).toBe(3);
  });
});
