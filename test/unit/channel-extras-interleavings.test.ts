import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeEvent } from '../../src/channel/frames.ts';
import type { MessageData } from '../../src/channel/message-extras.ts';
import { userOf } from '../support/channel-machine.ts';
import { ChannelWorld } from '../support/channel-world.ts';
import { viewOf } from '../support/message-views.ts';

const USERS = [userOf('ada'), userOf('bob'), userOf('mod', { roles: ['moderator'] })];
const EMOJI = ['👍', '🎉', ':wave:'];
const OPERATIONS = [
  ...(['send', 'send', 'reply', 'reply', 'react', 'react', 'react', 'unreact', 'pin', 'unpin'] as const),
  ...(['update', 'delete', 'react there', 'reply there', 'delete there', 'update there'] as const),
  ...(['commit', 'commit', 'commit', 'tell', 'tell', 'tell', 'read', 'read', 'read'] as const),
  ...(['page', 'thread', 'pins', 'join'] as const),
];
type Operation = readonly [(typeof OPERATIONS)[number], number];

/** Plays the operations, and lets everything come to rest. */
function play(operations: readonly Operation[]): ChannelWorld {
  const world = new ChannelWorld(USERS);
  for (const [index, [operation, number]] of operations.entries()) {
    const by = number % USERS.length;
    const user = USERS[by]!;
    const emoji = EMOJI[Math.floor(number / 3) % EMOJI.length]!;
    const ref = `${operation} ${index}`;
    const messages = world.log.filter(({ type }) => type === 'message:created');
    const message = messages[Math.floor(number / 9) % Math.max(1, messages.length)];
    const id = message?.id ?? 'nothing';
    const author = USERS.findIndex((one) => one.id === message?.sender);
    switch (operation) {
      case 'send':
        world.request(by, 'message:send', { content: `sent ${index}.` }, ref);
        break;
      case 'reply':
        world.request(by, 'message:send', { content: `reply ${index}.`, replyTo: id }, ref);
        break;
      case 'react':
      case 'unreact':
        world.request(
          by,
          operation === 'react' ? 'reaction:add' : 'reaction:remove',
          { messageId: id, emoji },
          ref,
        );
        break;
      case 'pin':
      case 'unpin':
        world.request(2, `message:${operation}`, { id }, ref);
        break;
      case 'update':
        if (author >= 0) world.request(author, 'message:update', { id, content: `text ${index}.` }, ref);
        break;
      case 'delete':
        if (author >= 0 && number % 2 === 0) world.request(author, 'message:delete', { id }, ref);
        break;
      case 'react there':
        world.reactElsewhere(id, user, emoji, number % 4 !== 0);
        break;
      case 'reply there':
        world.replyElsewhere(id, user, `there ${index}.`, number);
        break;
      case 'update there':
        world.changeElsewhere(id, `there ${index}.`);
        break;
      case 'delete there':
        if (number % 3 === 0) world.changeElsewhere(id, null);
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

const operation = fc.tuple(fc.constantFrom(...OPERATIONS), fc.integer({ min: 0, max: 89 }));
const histories = fc.array(operation, { maxLength: 120, size: 'max' });
/** Nobody else writes, so that every state that is shown is one that the log had. */
const alone = histories.map((all) => all.filter(([name]) => !name.endsWith('there')));

const jsonOf = (world: ChannelWorld) => world.told.map((event) => encodeEvent('room', event).json);

describe('reactions, replies and pins under any interleaving', () => {
  it('[REACT-4] [REPLY-3] [PIN-2] the ring is what the log’s pages tell, to the byte, and pins are the table’s', () => {
    fc.assert(
      fc.property(histories, (operations) => {
        const world = play(operations);
        const { ring, head, pins, quotes, ahead, reads, changedMeanwhile } = world.state;
        const held = ring.slice(1, head).map(({ json }) => json);
        expect(held).toEqual(jsonOf(world).slice(head - held.length));
        expect([...pins]).toEqual(world.pins);
        expect([quotes.size, ahead.length, reads, changedMeanwhile.length]).toEqual([0, 0, 0, 0]);
      }),
      { numRuns: 500, endOnFailure: true },
    );
  });

  it('[REACT-4] [REPLY-3] [REPLY-4] [PIN-3] every page tells exactly the state after the event that it names', () => {
    fc.assert(
      fc.property(alone, (operations) => {
        const world = play(operations);
        const states = world.states();
        for (const { json, head } of world.watchers.flatMap(({ pages }) => pages)) {
          const state = states.get(head) ?? [];
          const events = JSON.parse(json) as { readonly seq: number }[];
          expect(events.map((event) => JSON.stringify(event))).toEqual(
            events.map(({ seq }) => state[seq - 1]),
          );
        }
      }),
      { numRuns: 300, endOnFailure: true },
    );
  });

  it('[REACT-5] who begins with any page and applies what is shown behind it has what the last page has', () => {
    fc.assert(
      fc.property(histories, (operations) => {
        const world = play(operations);
        const now = new Map(
          world.told
            .filter(({ type }) => type === 'message:created')
            .map(({ id, data }) => [id, viewOf(JSON.parse(data) as MessageData)]),
        );
        for (const watcher of world.watchers) {
          expect(watcher.messages.views).toEqual(now);
          for (const { messages } of watcher.pages) {
            for (const [id, view] of messages.views) expect([id, view]).toEqual([id, now.get(id)]);
          }
        }
      }),
      { numRuns: 300, endOnFailure: true },
    );
  });
});
