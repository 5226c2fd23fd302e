import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ScriptedInbox } from '../support/inbox-chat.ts';
import { ADA, BOB } from '../support/scripted-chat.ts';
import { SimulatedInbox } from '../support/simulated-inbox.ts';
import { settled } from '../support/fake-timers.ts';

const CAT = { id: 'u-cat', name: 'cat' };
const someone = fc.constantFrom(BOB, CAT);
const action = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('hears' as const), from: someone, doubled: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('writes-elsewhere' as const), to: fc.constantFrom(BOB, ADA) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('sends' as const), to: someone, named: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reads' as const), from: someone }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reads-elsewhere' as const), from: someone }) },
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('serve' as const), times: fc.integer({ min: 1, max: 4 }) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('deliver' as const), times: fc.integer({ min: 1, max: 4 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('time' as const), ms: fc.nat(2_000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('break' as const), slow: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('die' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('replace' as const) }) },
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

/** A client and the inbox that it follows, with everything between them in the test's hands. */
class World {
  readonly s = new ScriptedInbox();
  readonly server: SimulatedInbox;
  /** What sends came to: their places by clientMessageId. */
  readonly sent = new Map<string, number>();
  sends = 0;
  #sockets = 0;

  constructor(pageSize: number) {
    this.server = new SimulatedInbox(pageSize);
  }

  async connect(): Promise<void> {
    const connected = this.s.chat.connect();
    await this.#settle();
    this.server.serve();
    this.server.deliver();
    await connected;
  }

  async act(one: Action): Promise<void> {
    switch (one.kind) {
      case 'hears':
        this.server.write(one.from, ADA, one.doubled);
        break;
      case 'writes-elsewhere':
        this.server.write(ADA, one.to);
        break;
      case 'sends':
        this.#send(one.named ? one.to : { id: one.to.id });
        break;
      case 'reads': {
        const newest = this.s
          .newsOf('event')
          .findLast((event) => event.type === 'whisper:created' && event.data.from.id === one.from.id);
        if (newest?.type === 'whisper:created') this.s.inbox.read(newest);
        break;
      }
      case 'reads-elsewhere':
        this.server.readElsewhere(one.from.id);
        break;
      case 'serve':
        for (let i = 0; i < one.times; i += 1) this.server.serve();
        break;
      case 'deliver':
        for (let i = 0; i < one.times; i += 1) this.server.deliver();
        break;
      case 'time':
        await this.s.timers.advance(one.ms);
        break;
      case 'break':
        this.server.isSlow = one.slow;
        this.server.breakDown();
        break;
      case 'die':
        this.server.die();
        break;
      case 'replace':
        this.server.replace();
        break;
    }
    await this.#settle();
  }

  /** Nothing fails any more: goes on until nothing was under way for some seconds. */
  async calm(): Promise<void> {
    this.server.replace();
    for (let quiet = 0, rounds = 0; quiet < 4; rounds += 1) {
      expect(rounds).toBeLessThan(1_000);
      quiet = this.server.isBusy || this.s.chat.state !== 'online' ? 0 : quiet + 1;
      this.server.serve();
      this.server.deliver();
      await this.#settle();
      if (!this.server.isBusy) await this.act({ kind: 'time', ms: 1_000 });
    }
  }

  #send(to: { readonly id: string }): void {
    this.sends += 1;
    const clientMessageId = `k${this.sends}`;
    const sending = this.s.inbox.send(to, `mine ${this.sends}`, { clientMessageId });
    void sending.then(({ seq }) => this.sent.set(clientMessageId, seq));
  }

  async #settle(): Promise<void> {
    await settled();
    if (this.s.sockets.length > this.#sockets) {
      this.#sockets = this.s.sockets.length;
      this.server.connect(this.s.socket);
      await settled();
    }
  }
}

describe('the inbox in a bad network', () => {
  it('[SDK-43] [SDK-45] [SDK-46] [SDK-47] [SDK-48] tells all once and in order, and counts right, in every interleaving', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(5),
        fc.integer({ min: 1, max: 5 }),
        fc.array(action, { maxLength: 100 }),
        async (before, pageSize, actions) => {
          const world = new World(pageSize);
          const { s, server } = world;
          for (let i = 0; i < before; i += 1) server.write(BOB);
          await world.connect();
          for (const one of actions) await world.act(one);
          await world.calm();
          expect(s.newsOf('event')).toEqual(
            server.log
              .slice(before)
              .map((event) => expect.objectContaining({ seq: event.seq, data: event.data })),
          );
          expect(s.newsOf('gap')).toEqual([]);
          expect({ total: s.inbox.unread.total, of: Object.fromEntries(s.inbox.unread.of) }).toEqual(
            server.unread,
          );
          const mine = server.log.flatMap(({ seq, data }) =>
            data.clientMessageId === undefined ? [] : [[data.clientMessageId, seq] as const],
          );
          expect(world.sent).toEqual(new Map(mine));
          expect(world.sent.size).toBe(world.sends);
          for (const { id } of [BOB, CAT]) {
            const newest =
              server.log.findLast(({ seq, data }) => seq > before && data.from.id === id)?.seq ?? 0;
            expect(server.deliveredOf(id)).toBeGreaterThanOrEqual(newest);
          }
          s.chat.close();
          expect(s.timers.pending).toBe(0);
        },
      ),
      { numRuns: 300 },
    );
  }, 60_000);
});
