import { describe, expect, it } from 'vitest';
import { failure } from '../../src/protocol/errors.ts';
import { fail } from '../../src/protocol/result.ts';
import { userOf } from '../support/channel-machine.ts';
import { inboxShard, type SentFrame } from '../support/inbox-shard.ts';

const ada = userOf('ada');
const bob = userOf('bob');
const AWAY = fail(failure('unavailable', 'away', 1_000));

function entryOf(channelId: string, n: number, sender = bob.id) {
  const id = `${channelId}-${n}`;
  const data = JSON.stringify({ id, content: 'hi', author: { id: sender, name: 'x' } });
  return { log: `channel:${channelId}`, id, type: 'message:created', sender, timestamp: n, data } as const;
}

/** A shard that owns everything, with `messages` of Bob's in the channel `room`. */
function reading(messages = 3, setting: Parameters<typeof inboxShard>[0] = {}) {
  const running = inboxShard(setting, [ada, bob]);
  const { gateway, store } = running;
  for (let n = 1; n <= messages; n += 1) store.commit([entryOf('room', n)]);
  const mark = (connection: number, seq: number, ref?: string): void => {
    gateway.request(connection, 'read:set', 'room', { seq }, ref);
  };
  /** Frames of a connection about marks. */
  const told = (connection: number) =>
    gateway.heard.flatMap(([kind, id, frame]) => {
      if (kind !== 'send' || id !== connection) return [];
      const { type, data } = frame as SentFrame;
      return [[type, data['seq'] ?? data['code'] ?? data['channels']]];
    });
  return { ...running, mark, told };
}

describe('marks of channels on their shard', () => {
  it('[READ-1] are told to every other connection of the user, in the channel or not', async () => {
    const { clock, come, mark, told } = reading();
    come(1, ada);
    come(2, ada);
    come(3, bob);
    await clock.advance(20);
    mark(1, 2, 'm');
    await clock.advance(50);
    expect(told(1)).toEqual([['ack', 2]]);
    expect(told(2)).toEqual([['read:updated', 2]]);
    expect(told(3)).toEqual([]);
  });

  it('[READ-7] that come while one is written are written together, each answered', async () => {
    const { clock, reads, come, mark, told } = reading();
    const writes: number[][] = [];
    const write = reads.mark.bind(reads);
    reads.mark = async (marks) => {
      writes.push(marks.map(({ seq }) => seq));
      await new Promise<void>((resolve) => {
        clock.after(10, resolve);
      });
      return write(marks);
    };
    come(1, ada);
    mark(1, 1, 'a');
    await clock.advance(5);
    mark(1, 3, 'b');
    mark(1, 2, 'c');
    await clock.advance(100);
    expect(writes).toEqual([[1], [3]]);
    expect(told(1)).toEqual([
      ['ack', 1],
      ['ack', 3],
      ['ack', 3],
    ]);
  });

  it('[READ-1] [READ-7] a store that is away is tried again, and given up after 5 s', async () => {
    const { clock, reads, come, mark, told } = reading();
    const write = reads.mark.bind(reads);
    reads.mark = async () => AWAY;
    come(1, ada);
    mark(1, 1, 'lost');
    await clock.advance(5_100);
    expect(told(1)).toEqual([['error', 'unavailable']]);
    mark(1, 2, 'late');
    await clock.advance(300);
    reads.mark = write;
    await clock.advance(2_000);
    expect(told(1).at(-1)).toEqual(['ack', 2]);
  });

  it('[READ-5] who comes is told what they follow, with all who come then in one read', async () => {
    const { clock, reads, store, gateway, come, mark, told } = reading();
    come(1, ada);
    await clock.advance(20);
    mark(1, 1);
    await clock.advance(20);
    store.commit([entryOf('room', 4), entryOf('room', 5, ada.id)]);
    const read = reads.unread.bind(reads);
    const asked: (readonly string[])[] = [];
    reads.unread = async (users, channels) => {
      asked.push(users);
      return read(users, channels);
    };
    gateway.tell((to) => {
      for (const [connection, user] of [ada, ada, bob].entries()) {
        to.attach(connection + 2, user);
        to.inbox(connection + 2);
      }
    });
    await clock.advance(20);
    const unread = [{ id: 'room', seq: 1, head: 5, unread: 3, mentions: 0 }];
    expect(told(2)).toEqual([['unread', unread]]);
    expect(told(3)).toEqual([['unread', unread]]);
    expect(told(4)).toEqual([]);
    expect(asked).toEqual([[ada.id, bob.id]]);
  });

  it('[READ-5] a store that is away delays it; who went meanwhile is not read for', async () => {
    const { clock, reads, come, go, mark, told } = reading();
    come(1, ada);
    mark(1, 1);
    await clock.advance(20);
    const read = reads.unread.bind(reads);
    reads.unread = async () => AWAY;
    come(2, ada);
    come(3, bob);
    await clock.advance(20);
    go(3);
    const asked: (readonly string[])[] = [];
    reads.unread = async (users, channels) => {
      asked.push(users);
      return read(users, channels);
    };
    await clock.advance(2_000);
    expect(told(2)).toMatchObject([['unread', [{ id: 'room', unread: 2 }]]]);
    expect(asked).toEqual([[ada.id]]);
  });

  it('[READ-5] a replacement tells it again, and private channels only to those who may read them', async () => {
    const { clock, store, takeOver, come, mark } = reading();
    store.addChannel({ id: 'secret', name: 'secret', private: true });
    store.commit([entryOf('secret', 1)]);
    come(1, ada);
    mark(1, 1);
    await clock.advance(20);
    const staff = userOf('mod', { roles: ['moderator'] });
    const heir = takeOver((to) => {
      to.attach(7, ada);
      to.inboxListener(7, 0);
      to.attach(8, staff);
      to.inboxListener(8, 0);
    });
    await clock.advance(50);
    const kinds = heir.heard.filter(([, id]) => id === 7).map(([kind, , frame]) => [kind, frame]);
    expect(kinds.at(-1)).toMatchObject(['send', { type: 'unread', data: { channels: [{ id: 'room' }] } }]);
  });

  it('[READ-6] unread:get answers for what is followed, or for what is named and may be read', async () => {
    const { clock, store, gateway, come, ask, mark } = reading();
    store.addChannel({ id: 'secret', name: 'secret', private: true });
    store.commit([entryOf('secret', 1), entryOf('other', 1)]);
    come(1, ada);
    come(2, userOf('mod', { roles: ['moderator'] }));
    mark(1, 1);
    await clock.advance(20);
    ask(1, 'unread:get', {}, 'followed');
    ask(1, 'unread:get', { channels: ['secret', 'other', 'nowhere'] }, 'named');
    ask(2, 'unread:get', { channels: ['secret'] }, 'staff');
    ask(1, 'unread:get', { channels: ['not a channel'] }, 'bad');
    await clock.advance(50);
    const answer = (ref: string) =>
      gateway.heard
        .filter(([kind]) => kind === 'send')
        .map(([, , frame]) => frame as SentFrame)
        .find((frame) => frame.ref === ref);
    const ids = (ref: string) => (answer(ref)?.data['channels'] as { id: string }[]).map(({ id }) => id);
    expect(ids('followed')).toEqual(['room']);
    expect(ids('named')).toEqual(['other']);
    expect(ids('staff')).toEqual(['secret']);
    expect(answer('bad')).toMatchObject({ type: 'error', data: { code: 'bad_request' } });
  });
});
