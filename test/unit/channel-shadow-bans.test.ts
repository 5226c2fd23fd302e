import { describe, expect, it } from 'vitest';
import { approve } from '../../src/channel/held.ts';
import type { Effect } from '../../src/channel/effects.ts';
import { heldWhenNew } from '../../src/channel/message-extras.ts';
import { sentFound } from '../../src/channel/purge.ts';
import { publication } from '../../src/channel/shadows.ts';
import type { AppendEntry } from '../../src/log/entry.ts';
import type { Principal } from '../../src/protocol/entities.ts';
import { ChannelMachine, frameOf, userOf } from '../support/channel-machine.ts';

const ada = userOf('ada');
const bob = userOf('bob');
const mod = userOf('mod', { roles: ['user', 'moderator'] });
const keeper = userOf('keeper');
const root = userOf('root', { roles: ['user', 'admin'] });
const PEOPLE = [ada, bob, mod, keeper, root];
const ref = ({ id, name }: Principal) => ({ id, name });
const codeOf = ([effect]: readonly Effect[]) => frameOf(effect).data['code'];
const ADA = { user: { id: ada.id } };

/** Ada over the connections 1 and 11, Bob over 2, staff over 3, a moderator of the channel over 4, an administrator over 5. */
function scene() {
  const machine = new ChannelMachine();
  machine.state.members.set(keeper.id, { name: 'keeper', role: 'moderator', joinedAt: 1 });
  for (const [index, user] of PEOPLE.entries()) machine.join(index + 1, user);
  machine.join(11, ada);
  const userAt = (connection: number) => PEOPLE[(connection % 10) - 1]!;
  const ask = (connection: number, type: string, data: object = {}) =>
    machine.run(type, connection, userAt(connection), data);
  /** The entries are committed and shown. */
  const commit = (effects: readonly Effect[]) =>
    effects.flatMap((effect) => {
      if (effect.kind !== 'append') return [effect];
      const event = machine.append(effect.entry);
      const acked = machine.settle(event.id, { id: event.id, seq: event.seq, duplicate: false });
      return [...acked, ...machine.publish(event)];
    });
  const done = (connection: number, type: string, data: object = {}) => commit(ask(connection, type, data));
  const say = (connection: number, content: string, data: object = {}) =>
    String(frameOf(done(connection, 'message:send', { content, ...data })[0]).data['id']);
  /** The last event as it goes to a connection. */
  const shownTo = (effects: readonly Effect[], connection: number) => {
    const shown = effects.find(({ kind }) => kind === 'publish');
    if (shown?.kind !== 'publish') throw new Error('nothing was shown');
    const { frame } = shown.apart?.find(({ to }) => to.includes(connection)) ?? shown;
    return JSON.parse(frame) as { readonly type: string; readonly data?: Readonly<Record<string, unknown>> };
  };
  const history = (connection: number) => {
    const { data } = frameOf(ask(connection, 'history:get')[0]);
    return data['events'] as readonly { readonly type: string; readonly data?: { readonly id: string } }[];
  };
  return { machine, ask, commit, done, say, shownTo, history };
}

const entryIn = (effects: readonly Effect[]): AppendEntry | undefined =>
  effects.flatMap((effect) => (effect.kind === 'append' ? [effect.entry] : []))[0];

describe('a shadow ban', () => {
  it('[SHADOW-1] is shown to moderators alone, replaces one in force and says so, and is kept as an act', () => {
    const { ask, done, shownTo } = scene();
    const entry = entryIn(ask(3, 'user:shadowban', { ...ADA, reason: 'spam', seconds: 60 }));
    expect(entry).toMatchObject({
      ...{ type: 'member:shadowbanned', shadow: true },
      audit: { action: 'member:shadowbanned', target: { kind: 'user', id: ada.id }, reason: 'spam' },
    });
    const effects = done(3, 'user:shadowban', { ...ADA, reason: 'spam' });
    expect(frameOf(effects[0]).data).not.toHaveProperty('replaced');
    const data = { user: ref(ada), by: ref(mod), reason: 'spam', shadow: true };
    for (const connection of [3, 4, 5]) expect(shownTo(effects, connection)).toMatchObject({ data });
    for (const connection of [1, 11, 2]) {
      expect(shownTo(effects, connection)).toEqual({ type: 'void', channelId: 'room', seq: 1 });
    }
    const again = done(4, 'user:shadowban', ADA);
    expect(frameOf(again[0]).data).toMatchObject({ seq: 2, replaced: true });
    const end = done(4, 'user:unshadowban', { ...ADA, reason: 'enough' });
    expect(shownTo(end, 5)).toMatchObject({ type: 'member:unshadowbanned', data: { reason: 'enough' } });
    expect(shownTo(end, 1)).toMatchObject({ type: 'void' });
    expect(codeOf(ask(3, 'user:unshadowban', ADA))).toBe('not_found');
  });

  it('[SHADOW-1] is by the ranks of a ban, and holds no administrator', () => {
    const { ask, done, say, machine } = scene();
    for (const type of ['user:shadowban', 'user:unshadowban']) {
      expect(codeOf(ask(2, type, ADA))).toBe('forbidden');
      expect(codeOf(ask(4, type, { user: { id: mod.id } }))).toBe('forbidden');
      expect(codeOf(ask(4, type, { user: { id: keeper.id } }))).toBe('forbidden');
    }
    done(5, 'user:shadowban', { user: { id: mod.id } });
    const shadow = machine.state.sanctions.shadow.get(mod.id)!;
    machine.state.sanctions.shadow.set(root.id, { ...shadow, user: root.id });
    say(5, 'seen');
    expect(machine.log.at(-1)).not.toHaveProperty('shadow');
  });

  it('[SHADOW-1] ends by itself, to the millisecond, and can’t be for a time that makes no sense', () => {
    const { machine, done, say, ask } = scene();
    done(3, 'user:shadowban', { ...ADA, seconds: 10 });
    machine.pass(9_999);
    say(1, 'hidden');
    machine.pass(1);
    say(1, 'seen');
    expect(machine.log.slice(1).map(({ shadow }) => shadow)).toEqual([ada.id, undefined]);
    for (const seconds of [0, -1, 1.5, 31_536_001]) {
      expect(() => ask(3, 'user:shadowban', { ...ADA, seconds })).toThrow(/seconds/);
    }
  });

  it('[SHADOW-2] [SHADOW-3] its author is told as ever on all connections, moderators with a mark, others by void', () => {
    const { done, shownTo } = scene();
    done(3, 'user:shadowban', ADA);
    const effects = done(1, 'message:send', { content: 'hi', clientMessageId: 'c' });
    const { data: ack, type } = frameOf(effects[0]);
    expect([type, ack]).toEqual(['ack', { id: ack['id'], seq: 2 }]);
    const data = { id: ack['id'], content: 'hi', author: ref(ada), clientMessageId: 'c' };
    for (const connection of [1, 11]) expect(shownTo(effects, connection).data).toEqual(data);
    for (const connection of [3, 4, 5]) {
      expect(shownTo(effects, connection).data).toEqual({ ...data, shadow: ada.id });
    }
    expect(shownTo(effects, 2)).toEqual({ type: 'void', channelId: 'room', seq: 2 });
  });

  it('[SHADOW-3] pages hold each reader’s form, and others’ places', () => {
    const { done, say, history, ask, machine } = scene();
    say(1, 'before');
    done(3, 'user:shadowban', ADA);
    say(1, 'hidden');
    expect(history(2).map(({ type }) => type)).toEqual(['message:created', 'void', 'void']);
    expect(history(1).map(({ type }) => type)).toEqual(['message:created', 'void', 'message:created']);
    expect(history(4).map(({ type }) => type)).toEqual([
      ...['message:created', 'member:shadowbanned', 'message:created'],
    ]);
    const joined = frameOf(ask(2, 'channel:join', { recover: { epoch: 'e1', seq: 1 } }).at(-1));
    expect(joined.data).toMatchObject({
      recovered: true,
      seq: 3,
      events: [{ type: 'void' }, { type: 'void' }],
    });
    // Of a page that is for everyone the text is shared, and of others not.
    machine.grow(1);
    const after = { afterSeq: 3 };
    expect(ask(1, 'history:get', after)).toEqual([{ ...ask(2, 'history:get', after)[0], to: 1 }]);
  });

  it('[SHADOW-4] mentions nobody in an inbox, and its author’s typing is nobody’s business', () => {
    const { done, ask } = scene();
    expect(entryIn(ask(1, 'message:send', { content: '@bob' }))?.companions).toHaveLength(1);
    const typing = done(1, 'typing:start');
    expect(typing.map(({ kind }) => kind)).toEqual(['broadcast', 'typing', 'send']);
    // Who typed stops.
    expect(done(3, 'user:shadowban', ADA).map(({ kind }) => kind)).toEqual(['send', 'publish', 'broadcast']);
    const entry = entryIn(ask(1, 'message:send', { content: '@bob' }));
    expect(entry).not.toHaveProperty('companions');
    expect(JSON.parse(entry!.data)).toMatchObject({ mentions: [ref(bob)], shadow: ada.id });
    for (const type of ['typing:start', 'typing:stop']) {
      expect(done(1, type).map((effect) => frameOf(effect).type)).toEqual(['ack']);
    }
    // A moderator who mentions everybody who is here does not do so either.
    done(5, 'user:shadowban', { user: { id: keeper.id } });
    expect(entryIn(ask(4, 'message:send', { content: '@here' }))).not.toHaveProperty('companions');
  });

  it('[SHADOW-5] a reply to one’s own hidden message is hidden, later too; a moderator’s is shown, and quotes it to few', () => {
    const { done, say, shownTo, ask } = scene();
    done(3, 'user:shadowban', ADA);
    const replyTo = say(1, 'hidden');
    done(3, 'user:unshadowban', ADA);
    expect(entryIn(ask(1, 'message:send', { content: 'more', replyTo }))).toMatchObject({ shadow: ada.id });
    const reply = done(3, 'message:send', { content: 'no', replyTo });
    for (const connection of [1, 3]) {
      expect(shownTo(reply, connection).data).toMatchObject({ quote: { id: replyTo, content: 'hidden' } });
    }
    expect(shownTo(reply, 2).data).toMatchObject({ content: 'no', replyTo });
    expect(shownTo(reply, 2).data).not.toHaveProperty('quote');
  });

  it('[SHADOW-6] an edit of what everyone sees is for few, until one that everyone sees', () => {
    const { done, say, history, shownTo } = scene();
    const id = say(1, 'first');
    done(3, 'user:shadowban', ADA);
    const edit = done(1, 'message:update', { id, content: 'hidden' });
    expect(frameOf(edit[0])).toMatchObject({ type: 'ack', data: { id, seq: 3 } });
    expect(shownTo(edit, 11)).toMatchObject({ type: 'message:updated', data: { content: 'hidden' } });
    expect(shownTo(edit, 2)).toMatchObject({ type: 'void' });
    const content = (connection: number) => history(connection)[0]?.data;
    expect(content(1)).toMatchObject({ content: 'hidden', editedAt: expect.any(Number) });
    expect(content(3)).toMatchObject({ content: 'hidden', shadow: ada.id });
    expect(content(2)).toEqual({ id, content: 'first', author: ref(ada) });
    done(3, 'user:unshadowban', ADA);
    expect(content(2)).toMatchObject({ content: 'first' });
    done(1, 'message:update', { id, content: 'second' });
    for (const connection of [1, 2, 3]) {
      expect(content(connection)).toMatchObject({ content: 'second' });
      expect(content(connection)).not.toHaveProperty('shadow');
    }
    expect(history(3)[2]).toMatchObject({ data: { id, shadow: ada.id } });
    expect(history(3)[2]?.data).not.toHaveProperty('content');
  });

  it('[SHADOW-8] a reaction is for few, and so is its end, whenever that is; taking away what all see is for all', () => {
    const { done, say, history, shownTo } = scene();
    const messageId = say(2, 'bob’s');
    const react = (connection: number, emoji: string, type = 'reaction:add') =>
      done(connection, type, { messageId, emoji });
    react(1, '👍');
    done(3, 'user:shadowban', ADA);
    expect(shownTo(react(1, '🎉'), 2)).toMatchObject({ type: 'void' });
    expect(shownTo(react(2, '🎉'), 1)).toMatchObject({ type: 'reaction:added' });
    const reactions = (connection: number) =>
      (history(connection)[0]?.data as { readonly reactions?: object } | undefined)?.reactions;
    expect(reactions(2)).toEqual([
      { emoji: '👍', users: [ada.id] },
      { emoji: '🎉', users: [bob.id] },
    ]);
    for (const connection of [1, 3]) {
      expect(reactions(connection)).toMatchObject([{}, { users: [ada.id, bob.id] }]);
    }
    expect(shownTo(react(1, '👍', 'reaction:remove'), 2)).toMatchObject({ type: 'reaction:removed' });
    done(3, 'user:unshadowban', ADA);
    expect(shownTo(react(1, '🎉', 'reaction:remove'), 2)).toMatchObject({ type: 'void' });
    expect(reactions(3)).toEqual([{ emoji: '🎉', users: [bob.id] }]);
  });

  it('[SHADOW-9] a flood of hidden messages leaves others’ newest page as it is', () => {
    const { machine, done, say, ask } = scene();
    say(2, 'one');
    say(2, 'two');
    done(3, 'user:shadowban', ADA);
    for (let count = 0; count < 30; count += 1) say(1, `${count}`);
    const { data } = frameOf(ask(2, 'channel:join', { limit: 2 }).at(-1));
    expect(data['events']).toMatchObject([
      ...[{ data: { content: 'one' } }, { data: { content: 'two' } }],
      ...Array.from({ length: 31 }, () => ({ type: 'void' })),
    ]);
    expect(machine.state.head).toBe(33);
  });

  it('[SHADOW-11] who becomes a moderator sees it in the next page and live; who is one and shadow-banned doesn’t', () => {
    const { done, say, history, shownTo } = scene();
    done(3, 'user:shadowban', ADA);
    say(1, 'hidden');
    expect(history(2)[1]).toMatchObject({ type: 'void' });
    done(5, 'channel:role', { user: { id: bob.id }, role: 'moderator' });
    expect(history(2)[1]).toMatchObject({ type: 'message:created', data: { shadow: ada.id } });
    expect(shownTo(done(1, 'message:send', { content: 'x' }), 2)).toMatchObject({ type: 'message:created' });
    const ban = done(5, 'user:shadowban', { user: { id: bob.id } });
    expect(shownTo(ban, 2)).toMatchObject({ type: 'void' });
    expect(history(2).map(({ type }) => type)).toEqual(['void', 'void', 'member:role', 'void', 'void']);
    done(5, 'user:unshadowban', { user: { id: bob.id } });
    // They aren't told later either, nor whom their own messages were hidden for.
    expect(history(2).map(({ type }) => type)).toEqual([
      ...['member:shadowbanned', 'message:created', 'member:role', 'message:created', 'void', 'void'],
    ]);
    expect(history(4)[4]).toMatchObject({ type: 'member:shadowbanned', data: { user: ref(bob) } });
    // What was hidden stays so.
    done(3, 'user:unshadowban', ADA);
    expect(history(2)[1]).toMatchObject({ type: 'message:created', data: { shadow: ada.id } });
  });

  it('[SHADOW-12] there is no such message for whoever doesn’t see it', () => {
    const { done, say, ask } = scene();
    done(3, 'user:shadowban', ADA);
    const id = say(1, 'hidden');
    for (const [type, data] of [
      ['message:send', { content: 'x', replyTo: id }],
      ['message:update', { id, content: 'x' }],
      ['message:delete', { id }],
      ['reaction:add', { messageId: id, emoji: '👍' }],
      ['reaction:remove', { messageId: id, emoji: '👍' }],
    ] as const) {
      expect([type, codeOf(ask(2, type, data))]).toEqual([type, 'not_found']);
    }
    const task = (connection: number) => ask(connection, 'message:report', { id, reason: 'spam' })[0];
    expect(task(2)).toMatchObject({ request: { task: { report: { seesAll: false } } } });
    expect(task(4)).toMatchObject({ request: { task: { report: { seesAll: true } } } });
    expect(entryIn(ask(4, 'reaction:add', { messageId: id, emoji: '👍' }))).toMatchObject({ shadow: ada.id });
    expect(entryIn(ask(4, 'message:pin', { id }))).toMatchObject({ shadow: ada.id });
  });

  it('[SHADOW-2] [SHADOW-12] a text that only its author sees is no repetition for others, but is for its author', () => {
    const { machine, done, say, ask } = scene();
    machine.state.settings = { ...machine.state.settings, uniqueMessages: true };
    done(3, 'user:shadowban', ADA);
    say(1, 'the same');
    expect(codeOf(ask(11, 'message:send', { content: 'the same' }))).toBe('blocked_content');
    expect(entryIn(ask(2, 'message:send', { content: 'the same' }))).toBeDefined();
  });

  it('[SHADOW-3] pins and deletions of it by moderators are void for others, and its pin is left out', () => {
    const { done, say, ask, shownTo, history } = scene();
    done(3, 'user:shadowban', ADA);
    const id = say(1, 'hidden');
    expect(shownTo(done(3, 'message:pin', { id }), 2)).toMatchObject({ type: 'void' });
    const pins = (connection: number) => frameOf(ask(connection, 'pins:get')[0]).data['events'];
    expect(pins(2)).toEqual([]);
    expect(pins(1)).toMatchObject([{ data: { id } }]);
    const gone = done(3, 'message:delete', { id });
    expect(shownTo(gone, 1)).toMatchObject({ type: 'message:deleted', data: { id } });
    expect(shownTo(gone, 2)).toMatchObject({ type: 'void' });
    expect(history(2).map(({ type }) => type)).toEqual(['void', 'void', 'void', 'void']);
    expect(history(1)[1]?.data).toEqual({ id, author: ref(ada), deleted: true });
  });

  it('[SHADOW-3] what a ban or a purge deletes of it is void for others', () => {
    const { machine, done, say, commit, shownTo } = scene();
    say(1, 'seen');
    done(3, 'user:shadowban', ADA);
    say(1, 'hidden');
    const [asked] = commit(machine.run('message:purge', 3, mod, { ...ADA, seconds: 60 }));
    if (asked?.kind !== 'findSent') throw new Error(asked?.kind);
    const sent = machine.log.filter(({ sender }) => sender === ada.id);
    const page = { events: sent, hasMore: false };
    const entries = sentFound(machine.state, asked.purge, page, machine.context);
    expect(entries.map((effect) => entryIn([effect])?.shadow)).toEqual([undefined, ada.id]);
    const [, hidden] = entries.map((effect) => commit([effect]));
    expect(shownTo(hidden!, 2)).toMatchObject({ type: 'void' });
    expect(shownTo(hidden!, 11)).toMatchObject({ type: 'message:deleted' });
  });

  it('[SHADOW-3] what waited for a moderator is hidden when it is let in', () => {
    const { machine, done } = scene();
    done(3, 'user:shadowban', ADA);
    const message = {
      ...{ id: 'held', channelId: 'room', author: ref(ada), reason: 'x', at: 1 },
      data: JSON.stringify({ id: 'held', content: 'x', author: ref(ada) }),
    };
    const review = { id: 'held', by: mod, waiter: { connection: 3, ref: 'r' } };
    const entry = entryIn(approve(machine.state, review, message, machine.context));
    expect(entry).toMatchObject({ shadow: ada.id, data: expect.stringContaining('"shadow":"u-ada"') });
  });

  it('[SHADOW-13] what a gateway missed is told in the forms of those who are there now', () => {
    const { machine, done, say, shownTo } = scene();
    done(3, 'user:shadowban', ADA);
    say(1, 'hidden');
    const [, missed] = machine.state.ring.slice(1, machine.state.head);
    const told = publication(machine.state, heldWhenNew('room', missed!), machine.context);
    expect(shownTo([told], 2)).toEqual({ type: 'void', channelId: 'room', seq: 2 });
    expect(shownTo([told], 11)).toMatchObject({ data: { content: 'hidden' } });
    expect(shownTo([told], 4)).toMatchObject({ data: { content: 'hidden', shadow: ada.id } });
  });

  it.each([
    ['/shadowban ada 10m spam', { type: 'member:shadowbanned', reason: 'spam', until: expect.any(Number) }],
    ['/shadowban ada', { type: 'member:shadowbanned' }],
    ['/unshadowban ada', { type: 'member:unshadowbanned' }],
  ])('[SHADOW-1] %s', (content, { type, ...data }) => {
    const { machine, done, ask } = scene();
    if (content.startsWith('/un')) done(3, 'user:shadowban', ADA);
    expect(codeOf(ask(2, 'message:send', { content }))).toBe('forbidden');
    expect(frameOf(done(3, 'message:send', { content })[0])).toMatchObject({
      data: { command: content.split(' ')[0]!.slice(1) },
    });
    expect(machine.log.at(-1)).toMatchObject({ type });
    expect(JSON.parse(machine.log.at(-1)!.data)).toMatchObject({ user: ref(ada), ...data });
  });
});
