import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Whisper } from '../../src/inbox/whisper.ts';
import { whisperIdOf } from '../../src/protocol/whispers.ts';
import { InboxWorld } from '../support/inbox-world.ts';

const USERS = ['u-ada', 'u-bob', 'u-cy'];
const OPERATIONS = [
  ...['send', 'send', 'send', 'retry', 'read', 'delivered', 'pass', 'crash'],
  ...['way', 'way', 'way', 'appends', 'appends', 'appends', 'marks', 'marks', 'reads', 'reads'],
] as const;

interface Sent {
  readonly from: string;
  readonly to: string;
  readonly key: string;
  readonly refs: string[];
}

/** Plays the operations, lets everything come to rest, and tells what was sent. */
function play(operations: readonly (readonly [string, number])[]): {
  readonly world: InboxWorld;
  readonly sent: readonly Sent[];
} {
  const world = new InboxWorld(USERS);
  const sent: Sent[] = [];
  const send = ({ from, to, key, refs }: Sent, device: number, byName: boolean) => {
    const ref = `${key}/${refs.length}`;
    refs.push(ref);
    const person = byName ? { name: to.slice(2) } : { id: to };
    world.request(from, device, 'whisper:send', { to: person, content: key, clientMessageId: key }, ref);
  };
  for (const [index, [operation, number]] of operations.entries()) {
    const user = USERS[number % USERS.length] ?? '';
    const device = Math.floor(number / 9) % 2;
    if (operation === 'send') {
      const to = USERS[Math.floor(number / 3) % USERS.length] ?? '';
      const whisper = { from: user, to, key: `k${index}`, refs: [] };
      sent.push(whisper);
      // One device, and people by id: what is sent so has an order.
      send(whisper, 0, false);
    } else if (operation === 'retry') {
      const whisper = sent[number % Math.max(1, sent.length)];
      if (whisper !== undefined) send(whisper, device, number % 2 === 0);
    } else if (operation === 'read' || operation === 'delivered') {
      const places = [...(world.devicesOf(user)[device]?.places ?? [])];
      const [, id] = places[number % Math.max(1, places.length)] ?? [];
      const event = world.logOf(user).find((one) => whisperIdOf(one.id) === id);
      if (id === undefined || event === undefined || event.sender === user) continue;
      const ref = `mark ${index}`;
      world.devicesOf(user)[device]?.marks.set(ref, event.sender);
      world.request(user, device, `whisper:${operation}`, { with: { id: event.sender }, id }, ref);
    } else if (operation === 'pass') world.pass(number * 250);
    else if (operation === 'crash') world.crash(number);
    else if (operation === 'way') world.passOn(number);
    else if (operation === 'appends' || operation === 'marks' || operation === 'reads') {
      world.work(operation, number, Math.floor(number / 2));
    }
  }
  world.settle();
  return { world, sent };
}

const histories = fc.array(fc.tuple(fc.constantFrom(...OPERATIONS), fc.integer({ min: 0, max: 17 })), {
  maxLength: 150,
  size: 'max',
});
type History = [[(typeof OPERATIONS)[number], number][]];
/** Sender's and recipient's shards die one after the other, between the commit and its answer. */
const BOTH_DIE: History = [
  [
    ...([
      ['send', 1],
      ['reads', 3],
      ['reads', 7],
      ['way', 0],
      ['crash', 9],
    ] as History[0]),
    ...([
      ['appends', 0],
      ['crash', 0],
    ] as History[0]),
  ],
];
/** A receipt comes before the answer to its whisper, which was lost and is asked for again. */
const RECEIPT_FIRST: History = [
  [
    ...([
      ['send', 3],
      ['reads', 0],
      ['reads', 0],
      ['way', 0],
      ['appends', 9],
    ] as History[0]),
    ...([
      ['crash', 3],
      ['delivered', 1],
      ['send', 3],
      ['reads', 1],
    ] as History[0]),
  ],
];
const whisperOf = (event: { readonly data: string }) => JSON.parse(event.data) as Whisper;

describe('inboxes under any interleaving', () => {
  it('[WHISPER-1] [WHISPER-2] each acknowledged whisper is once in both logs, where its answer says', () => {
    fc.assert(
      fc.property(histories, (operations) => {
        const { world, sent } = play(operations);
        for (const { from, to, key, refs } of sent) {
          const inLog = (user: string) =>
            world.logOf(user).filter((event) => whisperOf(event).content === key);
          const [own, ...more] = inLog(from);
          expect(more).toEqual([]);
          expect(inLog(to).map(({ data }) => data)).toEqual(own === undefined ? [] : [own.data]);
          for (const ref of refs) {
            for (const { outcomes } of world.devicesOf(from)) {
              const { id, seq } = outcomes.get(ref) ?? {};
              if (id !== undefined)
                expect({ id, seq }).toEqual({ id: whisperIdOf(own?.id ?? ''), seq: own?.seq });
            }
          }
        }
      }),
      { numRuns: 300, examples: [BOTH_DIE, RECEIPT_FIRST] },
    );
  });

  it('[WHISPER-3] every device comes to have all of its inbox, in order, and all devices the same', () => {
    fc.assert(
      fc.property(histories, (operations) => {
        const { world } = play(operations);
        for (const user of USERS) {
          const log = world.logOf(user).map(({ seq, id }) => [seq, whisperIdOf(id)]);
          for (const { places } of world.devicesOf(user)) {
            expect([...places].sort(([a], [b]) => a - b)).toEqual(log);
          }
        }
      }),
      { numRuns: 300, examples: [BOTH_DIE, RECEIPT_FIRST] },
    );
  });

  it('[WHISPER-4] what was sent once, to one recipient, stands in the order of sending', () => {
    fc.assert(
      fc.property(histories, (operations) => {
        const { world, sent } = play(operations);
        for (const { from, to } of sent) {
          const once = sent.filter((one) => one.from === from && one.to === to && one.refs.length === 1);
          const landed = world.logOf(to).map((event) => whisperOf(event).content);
          const placed = once.map(({ key }) => landed.indexOf(key)).filter((place) => place >= 0);
          expect(placed).toEqual([...placed].sort((a, b) => a - b));
        }
      }),
      { numRuns: 300, examples: [BOTH_DIE, RECEIPT_FIRST] },
    );
  });

  it('[WHISPER-5] unread counts of machine and devices agree with the log', () => {
    fc.assert(
      fc.property(histories, (operations) => {
        const { world } = play(operations);
        for (const owner of USERS) {
          for (const correspondent of USERS) {
            const unread = world.unread(owner, correspondent);
            expect(world.state(owner).conversations.get(correspondent)?.unread ?? 0).toBe(unread);
            for (const device of world.devicesOf(owner)) {
              expect(device.count(owner, correspondent)).toBe(unread);
            }
          }
        }
      }),
      { numRuns: 300, examples: [BOTH_DIE, RECEIPT_FIRST] },
    );
  });

  it('[WHISPER-6] no receipt comes before its whisper, and it comes at last', () => {
    fc.assert(
      // A device throws when it is told of a whisper that it hasn't.
      fc.property(
        histories.filter((operations) => !operations.some(([kind]) => kind === 'crash')),
        (operations) => {
          const { world } = play(operations);
          for (const user of USERS) {
            for (const other of USERS.filter((one) => one !== user)) {
              const theirs = world.state(other).conversations.get(user);
              const own = world.state(user).conversations.get(other);
              const read = world
                .logOf(other)
                .findLast(({ sender, seq }) => sender === user && seq <= (theirs?.read ?? 0));
              const copy = world.logOf(user).find(({ id }) => whisperIdOf(id) === read?.id);
              expect(own?.sentRead ?? 0).toBe(copy?.seq ?? 0);
              expect(own?.sentDelivered ?? 0).toBeGreaterThanOrEqual(own?.sentRead ?? 0);
            }
          }
        },
      ),
      { numRuns: 300, examples: [BOTH_DIE, RECEIPT_FIRST] },
    );
  });
});
