import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Effect } from '../../src/channel/effects.ts';
import { ChannelMachine, frameOf, userOf } from '../support/channel-machine.ts';

const ada = userOf('ada');
const STEPS = ['append', 'publish', 'join', 'recover', 'leave', 'read', 'fail'] as const;

/** One subscriber, fed from effects in order, as shard and gateway do it. */
class Listener {
  /** Up to where it has everything; null when it is out. */
  last: number | null = null;
  /** Where it can go on. */
  resume: { readonly epoch: string; readonly seq: number } | null = null;
  #subscribed = false;

  take(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'subscribe') this.#subscribed = true;
      else if (effect.kind === 'unsubscribe') this.#subscribed = false;
      else if (effect.kind === 'publish') this.#event(effect.seq);
      else if (effect.kind === 'send') this.#answer(effect);
    }
  }

  #event(seq: number): void {
    if (!this.#subscribed) return;
    expect(seq).toBe((this.last ?? -1) + 1);
    this.last = seq;
    this.resume = { epoch: 'e1', seq };
  }

  #answer(effect: Effect): void {
    const { type, data, ref } = frameOf(effect);
    if (type === 'ack' && ref === 'leave') this.last = null;
    if (type !== 'channel:joined') return;
    const { seq, recovered, hasMore, events } = data as {
      readonly seq: number;
      readonly recovered: boolean | null;
      readonly hasMore: boolean;
      readonly events: readonly { readonly seq: number }[];
    };
    const seqs = events.map((event) => event.seq);
    const from = ref?.startsWith('recover-') === true ? Number(ref.slice(8)) : null;
    expect(seqs).toEqual(seqs.map((_, index) => (seqs[0] ?? 0) + index));
    expect(recovered).toBe(from === null ? null : true);
    if (from !== null && seqs.length > 0) expect(seqs[0]).toBe(from + 1);
    if (from !== null) expect(hasMore).toBe((seqs.at(-1) ?? from) < seq);
    if (from === null && seq > 0) expect(seqs.at(-1)).toBe(seq);
    if (this.last !== null) expect(seq).toBe(this.last);
    this.last = seq;
    this.resume = { epoch: 'e1', seq };
  }
}

describe('resume', () => {
  it('[RESUME-1] [RESUME-2] any order of joins, leaves, appends, publications and reads gives dense runs', () => {
    fc.assert(
      fc.property(
        fc.record({ events: fc.integer({ min: 1, max: 6 }), size: fc.constant(100_000) }),
        fc.array(fc.tuple(fc.constantFrom(...STEPS), fc.integer({ min: 1, max: 8 })), { maxLength: 120 }),
        (bounds, steps) => {
          const machine = new ChannelMachine(bounds);
          const listener = new Listener();
          let reads: Effect[] = [];
          const perform = (effects: readonly Effect[]) => {
            listener.take(effects.filter(({ kind }) => kind !== 'read'));
            reads.push(...effects.filter(({ kind }) => kind === 'read'));
          };
          for (const [step, number] of steps) {
            if (step === 'append') {
              const id = `m${machine.log.length}`;
              machine.append({
                id,
                type: 'message:created',
                sender: 's',
                timestamp: 1,
                data: `{"id":"${id}"}`,
              });
            } else if (step === 'publish') {
              const next = machine.log[machine.state.head];
              if (next !== undefined) perform(machine.publish(next));
            } else if (step === 'join') {
              perform(machine.run('channel:join', 1, ada, { limit: number }, 'join'));
            } else if (step === 'recover' && listener.resume !== null) {
              const recover = { ...listener.resume, seq: Math.max(0, listener.resume.seq - number) };
              perform(
                machine.run('channel:join', 1, ada, { recover, limit: number }, `recover-${recover.seq}`),
              );
            } else if (step === 'leave') {
              perform(machine.run('channel:leave', 1, ada, {}, 'leave'));
            } else if (step === 'read' || step === 'fail') {
              // Reads end in any order, or fail.
              const [read] = reads.splice(number % Math.max(1, reads.length), 1);
              const problem = { code: 'unavailable', message: 'away', retryAfterMs: 1 } as const;
              if (read !== undefined)
                perform(machine.answerRead([read], step === 'fail' ? problem : undefined));
            }
          }
          reads = [];
        },
      ),
      { numRuns: 500 },
    );
  });

  it('[RESUME-3] another epoch or a seq beyond the head gets the newest page, and says so', () => {
    const machine = new ChannelMachine();
    machine.grow(5);
    const joined = (recover: object) => {
      const effects = machine.join(1, ada, { recover, limit: 2 });
      // Another server may have told of more: the log is asked.
      const isAsked = effects.at(-1)?.kind === 'read';
      return frameOf((isAsked ? machine.answerRead(effects) : effects).at(-1)).data;
    };
    for (const recover of [
      { epoch: 'other', seq: 3 },
      { epoch: 'e1', seq: 6 },
    ]) {
      expect(joined(recover)).toMatchObject({
        recovered: false,
        seq: 5,
        hasMore: true,
        events: [{ seq: 4 }, { seq: 5 }],
      });
    }
    expect(joined({ epoch: 'e1', seq: 5 })).toMatchObject({
      recovered: true,
      seq: 5,
      hasMore: false,
      events: [],
    });
  });

  it('[RESUME-3] [NODE-2] a seq beyond what was shown here is gone on from where the log has it', () => {
    const machine = new ChannelMachine({ events: 2, size: 100_000 });
    machine.grow(5);
    const asked = machine.join(1, ada, { recover: { epoch: 'e1', seq: 6 }, limit: 4 });
    machine.grow(3);
    const { data } = frameOf(machine.answerRead(asked).at(-1));
    expect(data).toMatchObject({ recovered: true, seq: 8, events: [{ seq: 7 }, { seq: 8 }] });
  });

  it('[RESUME-4] a recent point, and a join, are answered from the ring', () => {
    const machine = new ChannelMachine({ events: 10, size: 100_000 });
    machine.grow(30);
    const kinds = (data: object) => machine.join(1, ada, data).map(({ kind }) => kind);
    expect(kinds({ recover: { epoch: 'e1', seq: 20 } })).not.toContain('read');
    expect(kinds({ limit: 10 })).not.toContain('read');
    expect(kinds({ recover: { epoch: 'e1', seq: 19 } })).toContain('read');
  });
});

describe('purity', () => {
  it('[CHAN-9] the same inputs give the same effects and the same state', () => {
    const input = fc.tuple(
      fc.constantFrom(
        'channel:join',
        'channel:leave',
        'message:send',
        'typing:start',
        'history:get',
        'break',
        'pass',
        'commit',
      ),
      fc.integer({ min: 1, max: 4 }),
    );
    fc.assert(
      fc.property(fc.array(input, { maxLength: 80 }), (inputs) => {
        expect(replay(inputs)).toEqual(replay(inputs));
      }),
    );
  });
});

function replay(inputs: readonly (readonly [string, number])[]): unknown {
  const machine = new ChannelMachine({ events: 3, size: 10_000 });
  const story: Effect[][] = [];
  const waiting: Extract<Effect, { kind: 'append' }>[] = [];
  for (const [type, connection] of inputs) {
    const user = userOf(`user-${connection % 2}`);
    if (type === 'break') story.push(machine.breakOff(connection));
    else if (type === 'pass') story.push(machine.pass(connection * 1_500));
    else if (type === 'commit') {
      const append = waiting.shift();
      if (append === undefined) continue;
      const event = machine.append(append.entry);
      story.push(
        machine.settle(event.id, { id: event.id, seq: event.seq, duplicate: false }),
        machine.publish(event),
      );
    } else {
      const data =
        type === 'message:send' ? { content: `c${connection}`, clientMessageId: `${connection}` } : {};
      const effects = machine.run(type, connection, user, data);
      waiting.push(...effects.filter((effect) => effect.kind === 'append'));
      story.push(effects);
    }
  }
  return [story, machine.state];
}
