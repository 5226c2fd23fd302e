/** Shards of two servers of one database, and what they tell each other. */
import { afterEach, describe, expect, it } from 'vitest';
import { MemoryWords } from '../../src/cache/memory-words.ts';
import { entryOf as whisperEntry, whisperOf } from '../../src/inbox/whisper.ts';
import { IMPORT_RUN } from '../../src/shard/ports/log-heads.ts';
import type { Role, User } from '../../src/protocol/entities.ts';
import { commit, entryOf } from '../contracts/channel-log.ts';
import { inboxShard, lastState, type SentFrame, toldOfInbox } from '../support/inbox-shard.ts';
import type { FakeGateway } from '../support/running-shard.ts';

const person = (name: string, ...roles: Role[]): User => ({
  ...{ id: `id-${name}`, name, guest: false },
  roles: ['user', ...roles],
});
const [ada, bob, mod] = [person('ada'), person('bob'), person('mod', 'moderator', 'admin')];

const errors: string[][] = [];
afterEach(() => {
  expect(errors.splice(0).flat()).toEqual([]);
});

/** On each of them Ada has the connection 1; Bob has 2, the moderator 3. `carry`: what becomes of words. */
function servers(
  carry: (deliver: () => void) => void = (deliver) => {
    deliver();
  },
  watches = false,
) {
  const words = new MemoryWords(carry);
  const one = inboxShard({ name: 'one-', words, watches }, [ada, bob, mod]);
  const two = inboxShard({ name: 'two-', words, watches, beside: one }, [ada, bob, mod]);
  for (const { come, errors: told } of [one, two]) {
    errors.push(told);
    come(1, ada);
    come(2, bob);
    come(3, mod);
  }
  const forger = words.join();
  const join = async (channelId: string, ...connections: readonly number[]) => {
    for (const { gateway } of [one, two]) {
      for (const connection of connections) {
        gateway.request(connection, 'channel:join', channelId, {}, `join ${connection}`);
      }
    }
    await one.clock.advance(30);
  };
  const forge = async (said: object) => {
    await forger.publish(JSON.stringify({ from: 'forger', ...said }));
  };
  return { one, two, clock: one.clock, join, forge, words };
}

/** Types of ephemeral frames that were told to a channel, or to one connection. */
function told({ heard }: FakeGateway, connection?: number): string[] {
  return heard.flatMap(([kind, ...args]) => {
    if (kind === 'broadcast' && connection === undefined) return [(args[1] as SentFrame).type];
    return kind === 'send' && args[0] === connection ? [(args[1] as SentFrame).type] : [];
  });
}

describe('what is written on one server', () => {
  it('[NODE-1] is shown on the other within some milliseconds, with its number, and not back', async () => {
    const { one, two, clock, join } = servers();
    await join('room', 1);
    for (const content of ['a', 'b', 'c'])
      one.gateway.request(1, 'message:send', 'room', { content }, content);
    await clock.advance(20);
    expect(two.gateway.published).toEqual([1, 2, 3]);
    two.gateway.request(1, 'message:send', 'room', { content: 'd' });
    await clock.advance(20);
    for (const { gateway } of [one, two]) expect(gateway.published).toEqual([1, 2, 3, 4]);
  });

  it('[NODE-1] is not read where nobody has it open', async () => {
    const { one, two, clock } = servers();
    one.gateway.request(1, 'channel:join', 'room');
    one.gateway.request(1, 'message:send', 'room', { content: 'a' });
    await clock.advance(50);
    expect(two.shard.gauges().actors).toBe(0);
    expect(two.pageReads()).toBe(0);
  });

  it('[NODE-2] is shown once where words come twice, late, or about what is one’s own', async () => {
    const late: (() => void)[] = [];
    const { one, two, clock, join, forge } = servers((deliver) => {
      deliver();
      late.push(deliver);
    });
    await join('room', 1);
    for (const content of ['a', 'b']) {
      for (const { gateway } of [one, two]) {
        gateway.request(1, 'message:send', 'room', { content }, content);
        await forge({ moved: [['channel:room', 2]] });
      }
    }
    await clock.advance(50);
    for (const deliver of late.splice(0)) deliver();
    await clock.advance(500);
    for (const { gateway } of [one, two]) expect(gateway.published).toEqual([1, 2, 3, 4]);
  });

  it('[NODE-2] a forged head costs a look, and shows nothing; what comes behind it is shown', async () => {
    const { one, two, clock, join, forge } = servers();
    await join('room', 1);
    await forge({
      moved: [
        ['channel:room', 1_000_000],
        ['inbox:id-ada', 1_000_000],
      ],
      changed: ['channel:room'],
    });
    await forge({
      words: [
        { kind: 'receipt', to: ada.id, receipt: { type: 'whisper:read', by: bob, id: 'x', seq: 1_000_000 } },
      ],
    });
    await clock.advance(5_000);
    expect(two.gateway.published).toEqual([]);
    expect(told(two.gateway, 1)).not.toContain('whisper:read');
    // Nothing is asked for any more.
    let reads = 0;
    const read = two.log.read.bind(two.log);
    two.log.read = (...args) => {
      reads += 1;
      return read(...args);
    };
    await clock.advance(5_000);
    expect(reads).toBe(0);
    one.gateway.request(1, 'message:send', 'room', { content: 'a' });
    await clock.advance(50);
    expect(two.gateway.published).toEqual([1]);
  });

  it('[NODE-1] is told while the channel is being loaded there', async () => {
    const { one, two, clock, join } = servers();
    one.gateway.request(1, 'channel:join', 'room');
    one.gateway.request(1, 'message:send', 'room', { content: 'a' });
    await clock.advance(50);
    // The page is read before the second message, and comes behind it.
    const load = two.log.load.bind(two.log);
    two.log.load = async (...args) => {
      const loaded = await load(...args);
      await new Promise<void>((resolve) => void clock.after(100, resolve));
      return loaded;
    };
    two.gateway.request(1, 'channel:join', 'room');
    await clock.advance(20);
    one.gateway.request(1, 'message:send', 'room', { content: 'b' });
    await clock.advance(300);
    expect(two.gateway.published).toEqual([2]);
    await join('room', 1);
  });
});

describe('without words', () => {
  const lost = (): void => undefined;

  it('[NODE-3] what is written in channels is found within a second, in inboxes within three', async () => {
    const { one, two, clock, join } = servers(lost, true);
    for (const { way } of [one, two]) way!.isHeard = false;
    await clock.advance(1_000);
    await join('room', 1);
    one.gateway.request(1, 'message:send', 'room', { content: 'a' });
    one.ask(1, 'whisper:send', { to: { id: bob.id }, content: 'hi' }, 'w');
    await clock.advance(900);
    expect(two.gateway.published).toEqual([1]);
    await clock.advance(2_500);
    expect(toldOfInbox(two.gateway, 2)).toContain('event 1');
  });

  it('[NODE-3] a word that is lost is made up for within ten seconds, and at once when the way was broken', async () => {
    const { one, two, clock, join } = servers(lost, true);
    await join('room', 1);
    await clock.advance(2_000);
    one.gateway.request(1, 'message:send', 'room', { content: 'a' });
    await clock.advance(11_000);
    expect(two.gateway.published).toEqual([1]);
    two.way!.isHeard = false;
    two.way!.isHeard = true;
    one.gateway.request(1, 'message:send', 'room', { content: 'b' });
    await clock.advance(900);
    expect(two.gateway.published).toEqual([1, 2]);
  });

  it('[IMPORT-11] what an import writes is found though words come through, and the last of it when it is gone', async () => {
    const { one, two, clock, join } = servers(undefined, true);
    await join('room', 1);
    await clock.advance(6_000);
    for (const { heads } of [one, two]) heads.servers = [IMPORT_RUN];
    const put = async () => commit(one.log, [entryOf('channel:room')]);
    const putting = put();
    await clock.advance(6_000);
    await putting;
    for (const { gateway } of [one, two]) expect(gateway.published).toEqual([1]);
    const last = put();
    for (const { heads } of [one, two]) heads.servers = ['another'];
    await clock.advance(6_000);
    await last;
    for (const { gateway } of [one, two]) expect(gateway.published).toEqual([1, 2]);
  });

  it('[IMPORT-11] what an import puts into inboxes is shown, and as read', async () => {
    const { one, clock } = servers(undefined, true);
    one.heads.servers = [IMPORT_RUN];
    await clock.advance(6_000);
    // Awake.
    one.ask(2, 'whisper:policy', {}, 'p');
    const created = { id: 'w1', from: ada, to: bob, content: 'long ago' };
    const { companions = [], ...entry } = whisperEntry(whisperOf(created, 1));
    const putting = commit(one.log, [entry, ...companions]);
    await clock.advance(20);
    await putting;
    await one.inboxes.mark([{ owner: bob.id, correspondent: ada.id, delivered: 1, read: 1 }]);
    await clock.advance(4_000);
    expect(toldOfInbox(one.gateway, 2).filter((what) => what.startsWith('event'))).toEqual(['event 1']);
    expect(toldOfInbox(one.gateway, 2).at(-1)).toBe('state 1');
    expect(lastState(one.gateway, 2)).toMatchObject({ unread: 0 });
  });
});

describe('channels', () => {
  it('[NODE-4] that are deleted end for those who are in them on the other server, and can be restored', async () => {
    const { one, two, clock, join } = servers();
    await join('room', 1, 3);
    one.gateway.request(1, 'message:send', 'room', { content: 'a' });
    await clock.advance(30);
    one.gateway.request(3, 'channel:delete', 'room');
    await clock.advance(100);
    expect(two.gateway.heard.filter(([kind]) => kind === 'unsubscribe')).toHaveLength(2);
    expect(told(two.gateway, 1).filter((type) => type === 'channel:deleted')).toHaveLength(1);
    two.gateway.request(1, 'message:send', 'room', { content: 'b' }, 'too late');
    await clock.advance(30);
    expect(two.gateway.answers['too late']).toMatch(/not_found|not_member/);
    two.gateway.request(3, 'channel:restore', 'room', {}, 'back');
    await clock.advance(100);
    await join('room', 1);
    one.gateway.request(1, 'message:send', 'room', { content: 'c' }, 'goes on');
    await clock.advance(50);
    expect(one.gateway.answers['goes on']).toBe('ack');
    expect(two.gateway.published.at(-1)).toBe(2);
  });

  it('[NODE-4] the same without words, purged too', async () => {
    const { one, two, clock, join } = servers(() => undefined, true);
    for (const { way } of [one, two]) way!.isHeard = false;
    await clock.advance(1_000);
    for (const [room, data] of [
      ['kept', {}],
      ['gone', { purge: true }],
    ] as const) {
      await join(room, 1, 3);
      one.gateway.request(1, 'message:send', room, { content: 'a' });
      await clock.advance(1_000);
      one.gateway.request(3, 'channel:delete', room, data);
      await clock.advance(1_000);
    }
    expect(told(two.gateway, 1).filter((type) => type === 'channel:deleted')).toHaveLength(2);
  });

  it('[NODE-5] who is banned or kicked there is out here', async () => {
    const { one, two, clock, join } = servers();
    await join('room', 1, 2, 3);
    one.gateway.request(3, 'message:send', 'room', { content: 'mine' });
    await clock.advance(30);
    const out = (type: string) =>
      two.gateway.heard.filter(([kind, , id]) => kind === 'unsubscribe' && id === (type === 'ban' ? 1 : 2));
    one.gateway.request(3, 'user:ban', 'room', { user: { id: ada.id } }, 'ban');
    one.gateway.request(3, 'channel:kick', 'room', { user: { id: bob.id } }, 'kick');
    await clock.advance(100);
    expect([one.gateway.answers['ban'], one.gateway.answers['kick']]).toEqual(['ack', 'ack']);
    expect(out('ban')).toHaveLength(1);
    expect(out('kick')).toHaveLength(1);
  });

  it('[NODE-7] who types there is told here, but to themselves, until they stop or it is over', async () => {
    const { one, two, clock, join } = servers();
    await join('room', 1, 2);
    one.gateway.request(1, 'typing:start', 'room');
    await clock.advance(20);
    expect(told(two.gateway)).toContain('typing:start');
    const [, , , except] = two.gateway.heard.find(([kind, , frame]) => {
      return kind === 'broadcast' && (frame as SentFrame).type === 'typing:start';
    })!;
    expect(except).toEqual([1]);
    one.gateway.request(1, 'typing:stop', 'room');
    await clock.advance(20);
    expect(told(two.gateway).filter((type) => type.startsWith('typing'))).toEqual([
      'typing:start',
      'typing:stop',
    ]);
    one.gateway.request(1, 'typing:start', 'room');
    await clock.advance(7_000);
    expect(told(two.gateway).filter((type) => type.startsWith('typing'))).toHaveLength(4);
  });

  it('[NODE-6] what one has read there is told to one’s connections here', async () => {
    const { one, two, clock, join } = servers();
    await join('room', 1);
    one.gateway.request(1, 'message:send', 'room', { content: 'a' });
    await clock.advance(30);
    one.gateway.request(1, 'read:set', 'room', { seq: 1 });
    await clock.advance(50);
    expect(told(two.gateway, 1)).toContain('read:updated');
    expect(told(two.gateway, 2)).not.toContain('read:updated');
  });
});

describe('a channel that somebody follows', () => {
  it('[NODE-6] misses nothing that was written while it was being opened', async () => {
    const { one, two, clock, forge } = servers();
    one.store.commit([entryOf('channel:room')]);
    await two.reads.mark([{ user: bob.id, channelId: 'room', seq: 1, at: 1 }]);
    two.come(5, bob);
    await clock.advance(1_500);
    const unread = () =>
      two.gateway.heard.flatMap(([kind, to, frame]) => {
        if (kind !== 'send' || to !== 5 || (frame as SentFrame).type !== 'unread') return [];
        return (frame as SentFrame).data['channels'] as { unread: number }[];
      });
    one.store.commit([entryOf('channel:room')]);
    await forge({ moved: [['channel:room', 2]] });
    await clock.advance(1);
    expect(unread().at(-1)).toMatchObject({ unread: 1 });
    one.store.commit([entryOf('channel:room')]);
    await clock.advance(1_500);
    one.gateway.request(1, 'channel:join', 'room');
    one.gateway.request(1, 'message:send', 'room', { content: 'd' }, 'd');
    await clock.advance(2_500);
    expect(unread().at(-1)).toMatchObject({ unread: 3 });
  });
});

describe('inboxes', () => {
  it('[NODE-6] a whisper reaches the recipient and the sender’s other connections on the other server', async () => {
    const { one, two, clock } = servers();
    await clock.advance(20);
    one.ask(1, 'whisper:send', { to: { id: bob.id }, content: 'hi' }, 'w');
    await clock.advance(300);
    for (const connection of [1, 2]) expect(toldOfInbox(two.gateway, connection)).toContain('event 1');
    one.ask(1, 'whisper:send', { to: { id: bob.id }, content: 'again' }, 'x');
    await clock.advance(300);
    expect(toldOfInbox(two.gateway, 2).filter((what) => what.startsWith('event'))).toEqual([
      'event 1',
      'event 2',
    ]);
    expect(toldOfInbox(one.gateway, 2).filter((what) => what.startsWith('event'))).toEqual([
      'event 1',
      'event 2',
    ]);
  });

  it('[NODE-6] that it was read is told to the sender there, and the reader’s other connections have the marks', async () => {
    const { one, two, clock } = servers();
    await clock.advance(20);
    one.ask(1, 'whisper:send', { to: { id: bob.id }, content: 'hi' }, 'w');
    await clock.advance(300);
    const whisper = one.store.log(`inbox:${bob.id}`).events[0]!;
    two.ask(2, 'whisper:read', { id: whisper.id, with: { id: ada.id } }, 'r');
    await clock.advance(1_000);
    expect(toldOfInbox(one.gateway, 1)).toContain('whisper:read');
    expect(lastState(one.gateway, 2)).toMatchObject({ unread: 0 });
  });

  it('[NODE-6] who is blocked there can’t whisper here', async () => {
    const { one, two, clock } = servers();
    await clock.advance(20);
    // Awake on both.
    for (const { ask } of [one, two]) ask(2, 'whisper:policy', {}, 'p');
    await clock.advance(100);
    two.ask(2, 'user:block', { user: { id: ada.id } }, 'b');
    await clock.advance(500);
    one.ask(1, 'whisper:send', { to: { id: bob.id }, content: 'hi' }, 'w');
    await clock.advance(100);
    expect(one.gateway.answers['w']).toBe('not_found');
  });
});

describe('what is told over no channel, and what is held', () => {
  it('[NODE-6] a frame to a user reaches their connections to the other server', async () => {
    const { one, two, clock } = servers();
    await clock.advance(20);
    one.shard.tell(ada.id, JSON.stringify({ type: 'report:resolved', timestamp: 1, data: {} }));
    await clock.advance(20);
    for (const { gateway } of [one, two]) {
      expect(told(gateway, 1).filter((type) => type === 'report:resolved')).toHaveLength(1);
      expect(told(gateway, 2)).not.toContain('report:resolved');
    }
  });

  it('[NODE-6] what an erasure took is read anew on the other server', async () => {
    const { one, two, clock, join } = servers();
    await join('room', 1);
    one.gateway.request(1, 'message:send', 'room', { content: 'a' });
    await clock.advance(50);
    expect(two.shard.gauges().ringSize).toBeGreaterThan(0);
    const forgotten = one.shard.forget();
    await clock.advance(50);
    expect(await forgotten).toBe(true);
    expect(two.shard.gauges().ringSize).toBe(0);
  });
});

it('[NODE-6] a report is told to moderators who are in the channel on either server', async () => {
  const { one, two, clock, join } = servers();
  await join('room', 1, 2, 3);
  one.gateway.request(1, 'message:send', 'room', { content: 'rude' });
  await clock.advance(50);
  const [rude] = one.store.log('channel:room').events;
  two.gateway.request(2, 'message:report', 'room', { id: rude!.id, reason: 'spam' }, 'report');
  await clock.advance(50);
  expect(two.gateway.answers['report']).toBe('ack');
  for (const { gateway } of [one, two]) {
    expect(told(gateway, 3).filter((type) => type === 'report:created')).toHaveLength(1);
    expect(told(gateway, 1)).not.toContain('report:created');
  }
});

it('[NODE-6] what is written on one server counts as unread on the other, for who isn’t in the channel', async () => {
  const { one, two, clock } = servers();
  one.gateway.request(1, 'channel:join', 'room');
  one.gateway.request(1, 'message:send', 'room', { content: 'a' });
  await clock.advance(50);
  await two.reads.mark([{ user: bob.id, channelId: 'room', seq: 1, at: 1 }]);
  // He comes again, and follows it from then on.
  two.go(2);
  await clock.advance(20);
  two.come(2, bob);
  await clock.advance(100);
  const unread = () =>
    two.gateway.heard.flatMap(([kind, id, frame]) => {
      const { type, data } = (kind === 'send' && id === 2 ? frame : { type: '' }) as SentFrame;
      if (type !== 'unread') return [];
      return (data['channels'] as { head: number; unread: number }[]).map((channel) => [
        channel.head,
        channel.unread,
      ]);
    });
  expect(unread().at(-1)).toEqual([1, 0]);
  for (const [index, content] of ['b', 'c'].entries()) {
    one.gateway.request(1, 'message:send', 'room', { content });
    await clock.advance(2_500);
    expect(unread().at(-1)).toEqual([index + 2, index + 1]);
  }
});
