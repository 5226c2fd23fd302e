import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeEvent } from '../../src/channel/frames.ts';
import type { MessageData } from '../../src/channel/message-extras.ts';
import { placeFor } from '../../src/channel/shadows.ts';
import { dataFor, type Reader } from '../../src/protocol/shadow.ts';
import { userOf } from '../support/channel-machine.ts';
import { ChannelWorld } from '../support/channel-world.ts';
import { type MessageView, viewOf } from '../support/message-views.ts';

// Both `ada` and `cleo` may be shadow-banned; the last one looks after the channel.
const USERS = [userOf('ada'), userOf('cleo'), userOf('bob'), userOf('mod', { roles: ['moderator'] })];
const MOD = 3;
const OPERATIONS = [
  ...(['send', 'send', 'reply', 'reply', 'react', 'react', 'unreact', 'update', 'update', 'delete'] as const),
  ...(['ban', 'ban', 'unban', 'pin', 'delete by mod', 'mention'] as const),
  ...(['commit', 'commit', 'commit', 'tell', 'tell', 'tell', 'read', 'read', 'read'] as const),
  ...(['page', 'thread', 'pins', 'join'] as const),
];
type Operation = readonly [(typeof OPERATIONS)[number], number];

/** Plays the operations, and lets everything come to rest. */
function play(operations: readonly Operation[]): ChannelWorld {
  const world = new ChannelWorld(USERS);
  for (const [index, [operation, number]] of operations.entries()) {
    const by = number % USERS.length;
    const banned = { user: { id: USERS[number % 2]!.id } };
    const ref = `${operation} ${index}`;
    const messages = world.log.filter(({ type }) => type === 'message:created');
    const message = messages[Math.floor(number / 8) % Math.max(1, messages.length)];
    const id = message?.id ?? 'nothing';
    const author = USERS.findIndex((one) => one.id === message?.sender);
    const emoji = ['👍', '🎉'][Math.floor(number / 4) % 2]!;
    switch (operation) {
      case 'send':
        world.request(by, 'message:send', { content: `sent ${index}.` }, ref);
        break;
      case 'mention':
        world.request(by, 'message:send', { content: `sent ${index}. @bob` }, ref);
        break;
      case 'reply':
        world.request(by, 'message:send', { content: `sent ${index}.`, replyTo: id }, ref);
        break;
      case 'react':
      case 'unreact': {
        const type = operation === 'react' ? 'reaction:add' : 'reaction:remove';
        world.request(by, type, { messageId: id, emoji }, ref);
        break;
      }
      case 'update':
        if (author >= 0) world.request(author, 'message:update', { id, content: `sent ${index}.` }, ref);
        break;
      case 'delete':
        if (author >= 0 && number % 3 === 0) world.request(author, 'message:delete', { id }, ref);
        break;
      case 'delete by mod':
        if (number % 3 === 0) world.request(MOD, 'message:delete', { id }, ref);
        break;
      case 'pin':
        world.request(MOD, 'message:pin', { id }, ref);
        break;
      case 'ban':
        world.request(MOD, 'user:shadowban', banned, ref);
        break;
      case 'unban':
        world.request(MOD, 'user:unshadowban', banned, ref);
        break;
      case 'page': {
        const seq = 1 + (number % (world.state.head + 1));
        const range = number % 3 === 0 ? { afterSeq: seq } : number % 3 === 1 ? { beforeSeq: seq } : {};
        world.request(by, 'history:get', { ...range, limit: 1 + (number % 7) }, ref);
        break;
      }
      case 'thread':
        world.request(by, 'thread:get', { id, limit: 1 + (number % 5) }, ref);
        break;
      case 'pins':
        world.request(by, 'pins:get', {}, ref);
        break;
      case 'join':
        world.request(by, 'channel:join', { recover: { epoch: 'e', seq: number % 5 } }, ref);
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
  return world;
}

const operation = fc.tuple(fc.constantFrom(...OPERATIONS), fc.integer({ min: 0, max: 119 }));
const histories = fc.array(operation, { maxLength: 120, size: 'max' });
const readerOf = (index: number): Reader => ({ id: USERS[index]!.id, seesAll: index === MOD });

/** The messages as a fresh page tells them to the reader. */
function freshFor(world: ChannelWorld, reader: Reader): ReadonlyMap<string, MessageView> {
  return new Map(
    world.told.flatMap(({ id, type, data }) => {
      const seen = type === 'message:created' ? dataFor(type, data, reader) : null;
      return seen === null ? [] : [[id, viewOf(JSON.parse(seen) as MessageData)] as const];
    }),
  );
}

/** A reaction that everyone is to see is taken back under a ban before it has landed. */
const TAKEN_BACK: [(typeof OPERATIONS)[number], number][] = [
  ['send', 0],
  ['ban', 0],
  ['commit', 0],
  ['react', 36],
  ['commit', 0],
  ['read', 0],
  ['read', 0],
  ['unreact', 108],
  ['tell', 0],
  ['tell', 0],
  ['read', 0],
  ['read', 0],
];

const isHidden = (data: string): boolean =>
  (JSON.parse(data) as { readonly shadow?: unknown }).shadow !== undefined;

describe('shadow bans under any interleaving with messages, edits and reactions', () => {
  it('[SHADOW-3] [SHADOW-10] each reader’s view is dense, and what was told earlier with what was shown since is a fresh page', () => {
    fc.assert(
      fc.property(histories, (operations) => {
        const world = play(operations);
        for (const [index, watcher] of world.watchers.entries()) {
          const fresh = freshFor(world, readerOf(index));
          // A place that is missing or doubled makes the watcher throw.
          expect(watcher.messages.views).toEqual(fresh);
          for (const { messages } of watcher.pages) {
            for (const [id, view] of messages.views)
              expect([index, id, view]).toEqual([index, id, fresh.get(id)]);
          }
        }
      }),
      { numRuns: 300, endOnFailure: true, examples: [[TAKEN_BACK]] },
    );
  });

  it('[SHADOW-3] [SHADOW-4] nobody but its author and moderators is told what is hidden, by no frame; it is in nobody’s inbox', () => {
    fc.assert(
      fc.property(histories, (operations) => {
        const world = play(operations);
        const hidden = world.given.filter(({ data }) => isHidden(data));
        for (const { companions = [] } of hidden as readonly { readonly companions?: readonly object[] }[]) {
          expect(companions).toEqual([]);
        }
        const texts = hidden.flatMap(({ sender, data }) => {
          const { content } = JSON.parse(data) as { readonly content?: string };
          return content === undefined ? [] : [{ sender, content: JSON.stringify(content) }];
        });
        for (const [index, { frames }] of world.watchers.entries()) {
          if (index === MOD) continue;
          const all = frames.join('\n');
          expect(all).not.toContain('shadow');
          const { id } = readerOf(index);
          for (const { sender, content } of texts) if (sender !== id) expect(all).not.toContain(content);
        }
      }),
      { numRuns: 200, endOnFailure: true },
    );
  });

  it('[SHADOW-10] what the ring tells a reader is what the log’s pages do', () => {
    fc.assert(
      fc.property(histories, (operations) => {
        const world = play(operations);
        const { ring, head } = world.state;
        const told = world.told.map((event) => encodeEvent('room', event));
        for (const event of ring.slice(1, head)) {
          const same = told[event.seq - 1]!;
          expect(event.shadowed).toBe(same.shadowed);
          for (const index of USERS.keys()) {
            const [held, stored] = [event, same].map((one) => placeFor('room', one, readerOf(index)));
            expect(JSON.parse(held!)).toEqual(JSON.parse(stored!));
          }
        }
      }),
      { numRuns: 200, endOnFailure: true },
    );
  });
});
