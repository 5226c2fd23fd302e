import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeEvent } from '../../src/channel/frames.ts';
import { userOf } from '../support/channel-machine.ts';
import { ChannelWorld } from '../support/channel-world.ts';

const USERS = [userOf('ada'), userOf('bob'), userOf('mod', { roles: ['moderator'] })];
const OPERATIONS = [
  ...(['send', 'send', 'update', 'update', 'update', 'again', 'delete', 'elsewhere'] as const),
  ...(['commit', 'commit', 'tell', 'tell', 'read', 'read', 'read', 'page', 'page', 'join'] as const),
];

interface Asked {
  readonly user: number;
  readonly id: string;
  /** Null: deleted. */
  readonly text: string | null;
  readonly ref: string;
}

/** Plays the operations, lets everything come to rest, and tells what was asked for. */
function play(operations: readonly (readonly [(typeof OPERATIONS)[number], number])[]) {
  const world = new ChannelWorld(USERS);
  const asked: Asked[] = [];
  const known = (number: number) => {
    const messages = world.log.filter(({ type }) => type === 'message:created');
    return messages[number % Math.max(1, messages.length)];
  };
  for (const [index, [operation, number]] of operations.entries()) {
    const user = number % USERS.length;
    const ref = `${operation} ${index}`;
    const event = known(Math.floor(number / 3));
    switch (operation) {
      case 'send':
        world.request(user, 'message:send', { content: `sent ${index}.`, clientMessageId: ref }, ref);
        break;
      case 'update':
      case 'again':
      case 'delete': {
        if (event === undefined) break;
        const last = asked.findLast(({ id }) => id === event.id);
        const fresh = operation === 'again' ? (last?.text ?? `again ${index}.`) : `text ${index}.`;
        const text = operation === 'delete' ? null : fresh;
        // Mostly by its author: what others ask is refused.
        const author = USERS.findIndex(({ id }) => id === event.sender);
        const by = number % 5 === 0 ? user : author;
        asked.push({ user: by, id: event.id, text, ref });
        if (text === null) world.request(by, 'message:delete', { id: event.id }, ref);
        else world.request(by, 'message:update', { id: event.id, content: text }, ref);
        break;
      }
      case 'elsewhere':
        if (event !== undefined) world.changeElsewhere(event.id, number % 4 === 0 ? null : `there ${index}.`);
        break;
      case 'page': {
        const seq = 1 + (number % (world.state.head + 1));
        const range = number % 3 === 0 ? { afterSeq: seq } : number % 3 === 1 ? { beforeSeq: seq } : {};
        world.request(user, 'history:get', { ...range, limit: 1 + (number % 7) }, ref);
        break;
      }
      case 'join':
        world.request(user, 'channel:join', { recover: { epoch: 'e', seq: number % 5 } }, ref);
        break;
      case 'commit':
        world.commit(1 + (number % 4));
        break;
      case 'tell':
        world.tell();
        break;
      case 'read':
        world.read(number);
        break;
    }
  }
  world.settle();
  return { world, asked };
}

const histories = fc.array(fc.tuple(fc.constantFrom(...OPERATIONS), fc.integer({ min: 0, max: 29 })), {
  maxLength: 120,
  size: 'max',
});
const textOf = ({ data }: { readonly data: string }) =>
  (JSON.parse(data) as { readonly content?: string }).content ?? null;
const created = (world: ChannelWorld) => world.log.filter(({ type }) => type === 'message:created');

describe('changes of messages under any interleaving', () => {
  it('[MSG-13] every member comes to have the texts of now, and every page with what was shown since', () => {
    fc.assert(
      fc.property(histories, (operations) => {
        const { world } = play(operations);
        const now = new Map(created(world).map((event) => [event.id, textOf(event)]));
        for (const { texts, pages } of world.watchers) {
          expect(texts).toEqual(now);
          for (const page of pages) {
            for (const [id, text] of page.texts)
              if (now.has(id)) expect([id, text]).toEqual([id, now.get(id)]);
          }
        }
        expect([world.state.reads, world.state.changedMeanwhile.length]).toEqual([0, 0]);
        expect(world.state.searches.size).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  it('[MSG-13] [HIST-3] a page from the ring is the log’s to the byte, however often it was asked for', () => {
    fc.assert(
      fc.property(histories, (operations) => {
        const { world } = play(operations);
        const { ring, head } = world.state;
        const held = ring.slice(1, head);
        for (const { seq, json } of held) expect(json).toBe(encodeEvent('room', world.log[seq - 1]!).json);
        world.request(0, 'history:get', { limit: Math.max(1, held.length) }, 'last');
        expect(world.watchers[0]!.pages.at(-1)!.json).toBe(`[${held.map(({ json }) => json).join(',')}]`);
      }),
      { numRuns: 300 },
    );
  });

  it('[MSG-10] [MSG-12] each acknowledged change stands where its answer says, in the order of asking', () => {
    fc.assert(
      fc.property(histories, (operations) => {
        const { world, asked } = play(operations);
        const placed = new Map<string, number>();
        for (const { user, id, text, ref } of asked) {
          const { seq, code, duplicate, id: told } = world.watchers[user]!.answers.get(ref) ?? {};
          if (code !== undefined) {
            expect(['not_found', 'forbidden']).toContain(code);
            continue;
          }
          const event = world.log[Number(seq) - 1]!;
          expect([told, (JSON.parse(event.data) as { readonly id: string }).id]).toEqual([id, id]);
          if (text === null) expect(event.type).toBe('message:deleted');
          else expect([text, null]).toContain(textOf(event));
          if (duplicate === true) continue;
          expect(Number(seq)).toBeGreaterThan(placed.get(id) ?? 0);
          placed.set(id, Number(seq));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('[MSG-11] a text is its author’s alone, and only staff deletes those of others', () => {
    fc.assert(
      fc.property(histories, (operations) => {
        const { world } = play(operations);
        const authors = new Map(created(world).map(({ id, sender }) => [id, sender]));
        for (const { type, data, sender } of world.log) {
          const author = authors.get((JSON.parse(data) as { readonly id: string }).id);
          if (type === 'message:updated') expect(sender).toBe(author);
          else if (type === 'message:deleted') expect([author, 'u-mod']).toContain(sender);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('[MSG-13] what is deleted or was replaced is in no log and no ring', () => {
    fc.assert(
      fc.property(histories, (operations) => {
        const { world } = play(operations);
        const now = new Set(created(world).map(textOf));
        const held = world.state.ring.slice(1, world.state.head).map(({ json }) => json);
        for (const text of [...world.log.map(({ data }) => data), ...held]) {
          for (const [, content = ''] of text.matchAll(/"content":"([^"]*)"/g))
            expect(now).toContain(content);
        }
      }),
      { numRuns: 300 },
    );
  });
});
