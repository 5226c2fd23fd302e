import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WhisperCreated } from '../../src/protocol/inbox-events.ts';
import { whisperIdOf } from '../../src/protocol/whispers.ts';
import { InboxWorld } from '../support/inbox-world.ts';

const USERS = ['u-ada', 'u-bob', 'u-cy'];
const OPERATIONS = [
  ...['send', 'send', 'send', 'retry', 'read', 'delivered', 'pass', 'crash'],
  ...['update', 'update', 'again', 'delete', 'page'],
  ...['way', 'way', 'way', 'appends', 'appends', 'appends', 'marks', 'marks', 'reads', 'reads'],
] as const;

interface Sent {
  readonly from: string;
  readonly to: string;
  readonly key: string;
  readonly refs: string[];
}

interface Changed {
  readonly user: string;
  readonly to: string;
  readonly id: string;
  /** Null: deleted. */
  readonly text: string | null;
  readonly ref: string;
  /** Place among all requests. */
  readonly nth: number;
}

/**
 * Plays the operations, lets everything come to rest, and tells what was sent and changed. `before`: whispers that each
 * user has sent to everyone, and that all devices know.
 */
function play(
  operations: readonly (readonly [string, number])[],
  before = 0,
): {
  readonly world: InboxWorld;
  readonly sent: readonly Sent[];
  readonly changed: readonly Changed[];
} {
  const world = new InboxWorld(USERS);
  const sent: Sent[] = [];
  const changed: Changed[] = [];
  const send = ({ from, to, key, refs }: Sent, device: number, byName: boolean) => {
    const ref = `${key}/${refs.length}`;
    refs.push(ref);
    world.devicesOf(from)[device]?.asked.set(ref, key);
    const person = byName ? { name: to.slice(2) } : { id: to };
    world.request(from, device, 'whisper:send', { to: person, content: key, clientMessageId: key }, ref);
  };
  for (let nth = before; nth > 0; nth -= 1) {
    for (const from of USERS) {
      for (const to of USERS) {
        // Their numbers come before those of the operations.
        const whisper = { from, to, key: `k${sent.length - 1_000}`, refs: [] };
        sent.push(whisper);
        send(whisper, 0, false);
      }
    }
    world.settle();
  }
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
    } else if (operation === 'update' || operation === 'again' || operation === 'delete') {
      const whisper = ownWhispers(world, user, device)[Math.floor(number / 3)];
      if (whisper === undefined) continue;
      const { id, to } = whisper;
      const last = changed.findLast((one) => one.id === id);
      const text =
        operation === 'delete' ? null : operation === 'update' ? `text ${index}` : (last?.text ?? 'again');
      const ref = `change ${index}`;
      changed.push({ user, to, id, text, ref, nth: index });
      world.devicesOf(user)[device]?.asked.set(ref, text);
      const data = text === null ? { id } : { id, content: text };
      world.request(user, device, text === null ? 'whisper:delete' : 'whisper:update', data, ref);
    } else if (operation === 'page') {
      const person = { id: USERS[Math.floor(number / 3) % USERS.length] ?? '' };
      const data = number % 2 === 0 ? {} : { with: person };
      world.request(user, device, 'whisper:history', data, `page ${index}`);
    } else if (operation === 'pass') world.pass(number * 250);
    else if (operation === 'crash') world.crash(number);
    else if (operation === 'way') world.passOn(number);
    else if (operation === 'appends' || operation === 'marks' || operation === 'reads') {
      world.work(operation, number, Math.floor(number / 2));
    }
  }
  world.settle();
  return { world, sent, changed };
}

const histories = fc.array(fc.tuple(fc.constantFrom(...OPERATIONS), fc.integer({ min: 0, max: 17 })), {
  maxLength: 150,
  size: 'max',
});
/** Mostly changes, of whispers that everyone knows. */
const changing = fc.array(
  fc.tuple(
    fc.constantFrom(...OPERATIONS, ...(['update', 'again', 'delete', 'page', 'page'] as const)),
    fc.integer({ min: 0, max: 17 }),
  ),
  { maxLength: 150, size: 'max' },
);
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
const whisperOf = (event: { readonly data: string }) => JSON.parse(event.data) as WhisperCreated;
/** The clientMessageId, which both copies keep. */
const keyOf = (event: { readonly clientMessageId?: string }) => event.clientMessageId?.split(' ').at(-1);
const textOf = (event: { readonly data: string }) =>
  (JSON.parse(event.data) as { readonly content?: string }).content ?? null;

/** Whispers of the user that a device knows of. */
function ownWhispers(world: InboxWorld, user: string, device: number): { id: string; to: string }[] {
  const known = new Set(world.devicesOf(user)[device]?.places.values());
  return world
    .whispersOf(user)
    .filter(({ id, sender }) => sender === user && known.has(whisperIdOf(id)))
    .map((event) => ({ id: whisperIdOf(event.id), to: whisperOf(event).to.id }));
}

describe('inboxes under any interleaving', () => {
  it('[WHISPER-1] [WHISPER-2] each acknowledged whisper is once in both logs, where its answer says', () => {
    fc.assert(
      fc.property(histories, (operations) => {
        const { world, sent } = play(operations);
        for (const { from, to, key, refs } of sent) {
          const inLog = (user: string) =>
            world.whispersOf(user).filter((event) => event.sender === from && keyOf(event) === key);
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
          const log = world.logOf(user).map((event) => [event.seq, whisperOf(event).id]);
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
          const landed = world.whispersOf(to).map(keyOf);
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
                .whispersOf(other)
                .findLast(({ sender, seq }) => sender === user && seq <= (theirs?.read ?? 0));
              const copy = world.whispersOf(user).find(({ id }) => whisperIdOf(id) === read?.id);
              expect(own?.sentRead ?? 0).toBe(copy?.seq ?? 0);
              expect(own?.sentDelivered ?? 0).toBeGreaterThanOrEqual(own?.sentRead ?? 0);
            }
          }
        },
      ),
      { numRuns: 300, examples: [BOTH_DIE, RECEIPT_FIRST] },
    );
  });

  it('[WHISPER-18] [WHISPER-19] each acknowledged change stands in both logs, where its answer says', () => {
    fc.assert(
      fc.property(changing, (operations) => {
        const { world, changed } = play(operations, 1);
        for (const { user, to, id, text, ref } of changed) {
          const outcome = world.devicesOf(user).flatMap(({ outcomes }) => outcomes.get(ref) ?? [])[0];
          if (outcome?.code !== undefined) {
            expect(['not_found', 'unavailable']).toContain(outcome.code);
            continue;
          }
          if (outcome?.seq === undefined) continue;
          const [own] = world.logOf(user).filter(({ seq }) => seq === outcome.seq);
          expect([outcome.id, whisperOf(own!).id]).toEqual([id, id]);
          const theirs = world.logOf(to).filter((event) => whisperIdOf(event.id) === whisperIdOf(own!.id));
          expect(theirs.map(({ type, data }) => [type, data])).toEqual([[own!.type, own!.data]]);
          if (text === null) expect(own!.type).toBe('whisper:deleted');
          else expect([text, null]).toContain(textOf(own!));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('[WHISPER-18] every device comes to have the texts of now, and every page with what was shown since', () => {
    fc.assert(
      fc.property(changing, (operations) => {
        const { world } = play(operations, 1);
        for (const user of USERS) {
          const now = new Map(world.whispersOf(user).map((event) => [whisperIdOf(event.id), textOf(event)]));
          for (const { texts, pages } of world.devicesOf(user)) {
            expect(texts.all).toEqual(now);
            for (const page of pages) {
              for (const [id, text] of page.all) expect([id, text]).toEqual([id, now.get(id)]);
            }
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('[WHISPER-20] what is deleted or was edited has its old texts nowhere: in no log and in no ring', () => {
    fc.assert(
      fc.property(changing, (operations) => {
        const { world, sent, changed } = play(operations, 1);
        const texts = new Set<unknown>([...sent.map(({ key }) => key), ...changed.map(({ text }) => text)]);
        for (const user of USERS) {
          const now = new Set<unknown>(world.whispersOf(user).map(textOf));
          const state = world.state(user);
          const held = state.ring
            .slice(1, state.head)
            .map(({ json }) => JSON.parse(json) as { data: object });
          const events = [...world.logOf(user).map(whisperOf), ...held.map(({ data }) => data)];
          for (const event of events) {
            if ('content' in event && texts.has(event.content)) expect(now).toContain(event.content);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('[WHISPER-19] what was sent and changed, to one recipient, stands in the order of asking', () => {
    fc.assert(
      fc.property(changing, (operations) => {
        const { world, sent, changed } = play(operations, 1);
        const asked = [
          ...sent
            .filter(({ refs }) => refs.length === 1)
            .map(({ from, to, key, refs }) => ({ user: from, to, ref: refs[0]!, nth: Number(key.slice(1)) })),
          ...changed,
        ].sort((a, b) => a.nth - b.nth);
        for (const user of USERS) {
          for (const to of USERS) {
            const placed = asked
              .filter((one) => one.user === user && one.to === to)
              .flatMap(({ ref }) => world.devicesOf(user).flatMap(({ outcomes }) => outcomes.get(ref) ?? []))
              .flatMap(({ seq, duplicate }) => (seq === undefined || duplicate === true ? [] : [seq]));
            expect(placed).toEqual([...placed].sort((a, b) => a - b));
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
