import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LogSession, type SessionEffect } from '../../src/client/log-session.ts';
import type { LogEvent } from '../../src/protocol/events.ts';

const event = (seq: number): LogEvent => ({ type: 'void', channelId: 'c', seq });
const events = (from: number, to: number): LogEvent[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => event(from + i));
const join = (seq: number, recovered: boolean | null, page: LogEvent[], epoch = 'e1') => ({
  epoch,
  seq,
  recovered,
  events: page,
});

/** Effects in short: places, or what else is asked. */
function short(effects: readonly SessionEffect<LogEvent>[]): (number | string)[] {
  return effects.map((effect) => {
    if (effect.kind === 'deliver') return effect.event.seq;
    if (effect.kind === 'gap') return `${effect.reason} ${effect.from}-${effect.to}`;
    return effect.kind === 'fetch' ? `fetch>${effect.afterSeq}` : 'caught-up';
  });
}

const turnOf = (effects: readonly SessionEffect<LogEvent>[]): number =>
  effects.findLast((effect) => effect.kind === 'fetch')!.turn;

describe('LogSession', () => {
  it('[SDK-1] tells the first page, then live events, and drops what it told', () => {
    const session = new LogSession<LogEvent>(null);
    expect(short(session.joined(join(5, null, events(3, 5))))).toEqual([3, 4, 5, 'caught-up']);
    expect(short(session.live(event(6)))).toEqual([6]);
    expect(short(session.live(event(6)))).toEqual([]);
    expect(short(session.live(event(2)))).toEqual([]);
    expect(session.resumePoint).toEqual({ epoch: 'e1', seq: 6 });
  });

  it('[SDK-1] holds live events that come before the answer to the join', () => {
    const session = new LogSession<LogEvent>(null);
    expect(short(session.live(event(4)))).toEqual([]);
    expect(short(session.live(event(5)))).toEqual([]);
    expect(short(session.joined(join(4, null, events(3, 4))))).toEqual([3, 4, 5, 'caught-up']);
  });

  it('[SDK-3] fetches what a jump left out, and tells it first', () => {
    const session = new LogSession<LogEvent>(null);
    session.joined(join(2, null, events(1, 2)));
    const jump = session.live(event(5));
    expect(short(jump)).toEqual(['fetch>2']);
    expect(short(session.live(event(6)))).toEqual([]);
    expect(short(session.page(turnOf(jump), events(3, 4)))).toEqual([3, 4, 5, 6, 'caught-up']);
  });

  it('[RETAIN-6] [RETAIN-7] what was removed is told as a gap, at a join and between pages, be nothing left', () => {
    const session = new LogSession<LogEvent>({ epoch: 'e1', seq: 4 });
    expect(short(session.joined(join(9, false, events(8, 9))))).toEqual(['too_old 5-7', 8, 9, 'caught-up']);
    session.away();
    expect(short(session.joined(join(12, false, [])))).toEqual(['too_old 10-12', 'caught-up']);
    expect(short(session.live(event(13)))).toEqual([13]);
    session.away();
    const first = session.joined(join(20, true, events(14, 15)));
    expect(short(first)).toEqual([14, 15, 'fetch>15']);
    expect(short(session.page(turnOf(first), events(18, 20)))).toEqual([
      'missing 16-17',
      18,
      19,
      20,
      'caught-up',
    ]);
    const jump = session.live(event(25));
    expect(short(session.page(turnOf(jump), []))).toEqual(['missing 21-24', 25, 'caught-up']);
  });

  it('[SDK-5] goes on page by page up to the head of the join', () => {
    const session = new LogSession<LogEvent>({ epoch: 'e1', seq: 10 });
    const first = session.joined(join(14, true, events(11, 12)));
    expect(short(first)).toEqual([11, 12, 'fetch>12']);
    expect(short(session.live(event(15)))).toEqual([]);
    const second = session.page(turnOf(first), [event(13)]);
    expect(short(second)).toEqual([13, 'fetch>13']);
    expect(short(session.page(turnOf(second), [event(14)]))).toEqual([14, 15, 'caught-up']);
  });

  it('[SDK-4] says what is too old to be resumed, then tells the newest page', () => {
    const session = new LogSession<LogEvent>({ epoch: 'e1', seq: 10 });
    expect(short(session.joined(join(50, false, events(49, 50))))).toEqual([
      'too_old 11-48',
      49,
      50,
      'caught-up',
    ]);
  });

  it('[SDK-4] says no gap when the newest page reaches back far enough', () => {
    const session = new LogSession<LogEvent>({ epoch: 'e1', seq: 48 });
    expect(short(session.joined(join(50, false, events(45, 50))))).toEqual([49, 50, 'caught-up']);
  });

  it('[SDK-4] begins anew in another epoch', () => {
    const session = new LogSession<LogEvent>({ epoch: 'e0', seq: 10 });
    expect(short(session.joined(join(3, false, events(2, 3))))).toEqual(['epoch 1-1', 2, 3, 'caught-up']);
  });

  it('[SDK-4] says which places are void when the log ends before them', () => {
    const session = new LogSession<LogEvent>({ epoch: 'e1', seq: 10 });
    expect(short(session.joined(join(8, false, events(5, 8))))).toEqual(['rewound 9-10', 'caught-up']);
    expect(short(session.live(event(9)))).toEqual([9]);
  });

  it('[SDK-4] passes over places that the server has nothing for', () => {
    const session = new LogSession<LogEvent>(null);
    session.joined(join(2, null, events(1, 2)));
    const jump = session.live(event(7));
    expect(short(session.page(turnOf(jump), []))).toEqual(['missing 3-6', 7, 'caught-up']);
  });

  it('[SDK-1] wants everything of a log that was empty, whatever epoch its first message brought', () => {
    const session = new LogSession<LogEvent>(null);
    expect(short(session.joined(join(0, null, [], 'none')))).toEqual(['caught-up']);
    session.away();
    const again = session.joined(join(4, false, events(3, 4)));
    expect(short(again)).toEqual(['fetch>0']);
    expect(short(session.page(turnOf(again), events(1, 2)))).toEqual([1, 2, 3, 4, 'caught-up']);
  });

  it('[SDK-1] ignores the page of a connection that is gone', () => {
    const session = new LogSession<LogEvent>(null);
    session.joined(join(2, null, events(1, 2)));
    const turn = turnOf(session.live(event(5)));
    session.away();
    expect(short(session.page(turn, events(3, 4)))).toEqual([]);
    expect(short(session.joined(join(5, true, events(3, 5))))).toEqual([3, 4, 5, 'caught-up']);
  });

  it('[SDK-1] takes nothing of another epoch for its own', () => {
    const session = new LogSession<LogEvent>(null);
    session.joined(join(2, null, events(1, 2)));
    const turn = turnOf(session.live(event(9)));
    session.away();
    const again = session.joined(join(5, false, events(4, 4), 'e2'));
    expect(short(again)).toEqual(['epoch 1-3', 4, 'fetch>4']);
    expect(short(session.page(turn, events(3, 8)))).toEqual([]);
    expect(short(session.page(turnOf(again), events(5, 8)))).toEqual([5, 6, 7, 8, 'caught-up']);
    expect(session.resumePoint).toEqual({ epoch: 'e2', seq: 8 });
  });

  it('[SDK-1] fetches what came before the join was answered and was too much to hold', () => {
    const session = new LogSession<LogEvent>(null);
    for (let seq = 2; seq <= 1_500; seq += 1) session.live(event(seq));
    expect(short(session.joined(join(1, null, events(1, 1)))).at(-1)).toBe('fetch>1001');
  });

  it('[SDK-1] fetches what it could not hold', () => {
    const session = new LogSession<LogEvent>(null);
    session.joined(join(1, null, events(1, 1)));
    let effects = session.live(event(3));
    for (let seq = 4; seq <= 2_500; seq += 1) expect(session.live(event(seq))).toEqual([]);
    const told: number[] = [];
    for (let fetches = 0; fetches < 20; fetches += 1) {
      const fetch = effects.find((effect) => effect.kind === 'fetch');
      if (fetch === undefined) break;
      effects = session.page(fetch.turn, events(fetch.afterSeq + 1, Math.min(2_500, fetch.afterSeq + 200)));
      told.push(...effects.flatMap((effect) => (effect.kind === 'deliver' ? [effect.event.seq] : [])));
    }
    expect(told).toEqual(events(2, 2_500).map(({ seq }) => seq));
  });
});

/** A server with one log, and a network that loses, doubles and breaks. */
class Network {
  head: number;
  readonly session = new LogSession<LogEvent>(null);
  readonly told: number[] = [];
  readonly gaps: SessionEffect<LogEvent>[] = [];
  readonly #pageSize: number;
  #connected = false;
  #joined = false;
  #fetch: { afterSeq: number; turn: number } | null = null;
  /** Answers of connections that are gone. */
  #stale: { turn: number; page: LogEvent[] }[] = [];

  constructor(head: number, pageSize: number) {
    this.head = head;
    this.#pageSize = pageSize;
  }

  write(lost: boolean, doubled: boolean): void {
    this.head += 1;
    if (!this.#joined || lost) return;
    this.#take(this.session.live(event(this.head)));
    if (doubled) this.#take(this.session.live(event(this.head)));
  }

  breakDown(): void {
    if (this.#fetch !== null)
      this.#stale.push({ turn: this.#fetch.turn, page: this.#page(this.#fetch.afterSeq) });
    this.#connected = this.#joined = false;
    this.#fetch = null;
    this.session.away();
  }

  /** Joins, or answers what was fetched. */
  step(): void {
    for (const { turn, page } of this.#stale.splice(0)) this.#take(this.session.page(turn, page));
    if (!this.#connected) {
      this.#connected = true;
    } else if (!this.#joined) {
      this.#joined = true;
      const seen = this.session.resumePoint;
      const first = Math.max(1, this.head - this.#pageSize + 1);
      const page = seen === null ? events(first, this.head) : this.#page(seen.seq);
      this.#take(this.session.joined(join(this.head, seen === null ? null : true, page)));
    } else if (this.#fetch !== null) {
      const { afterSeq, turn } = this.#fetch;
      this.#fetch = null;
      this.#take(this.session.page(turn, this.#page(afterSeq)));
    }
  }

  get busy(): boolean {
    return !this.#joined || this.#fetch !== null;
  }

  #page(afterSeq: number): LogEvent[] {
    return events(afterSeq + 1, Math.min(this.head, afterSeq + this.#pageSize));
  }

  #take(effects: readonly SessionEffect<LogEvent>[]): void {
    for (const effect of effects) {
      if (effect.kind === 'deliver') this.told.push(effect.event.seq);
      else if (effect.kind === 'fetch') this.#fetch = effect;
      else if (effect.kind === 'gap') this.gaps.push(effect);
    }
  }
}

describe('LogSession in a bad network', () => {
  it('[SDK-1] tells everything from the first page on once and in order, in every interleaving', () => {
    const action = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          kind: fc.constant('write' as const),
          lost: fc.boolean(),
          doubled: fc.boolean(),
        }),
      },
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('step' as const) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('break' as const) }) },
    );
    fc.assert(
      fc.property(
        fc.nat(20),
        fc.integer({ min: 1, max: 7 }),
        fc.array(action, { maxLength: 120 }),
        (head, pageSize, actions) => {
          const network = new Network(head, pageSize);
          network.step();
          network.step();
          const first = Math.max(1, head - pageSize + 1);
          for (const one of actions) {
            if (one.kind === 'write') network.write(one.lost, one.doubled);
            else if (one.kind === 'step') network.step();
            else network.breakDown();
          }
          // The last event arrives, so that whatever was lost before it is noticed.
          for (let i = 0; i < 1_000 && network.busy; i += 1) network.step();
          network.write(false, false);
          for (let i = 0; i < 1_000 && network.busy; i += 1) network.step();
          expect(network.gaps).toEqual([]);
          expect(network.told).toEqual(events(first, network.head).map(({ seq }) => seq));
        },
      ),
      { numRuns: 500 },
    );
  });
});
