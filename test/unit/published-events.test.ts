import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { published } from '../../src/channel/published.ts';
import type { Effect } from '../../src/channel/effects.ts';
import { type PublishedEvent, readPublished } from '../../src/protocol/published-event.ts';
import { ChannelMachine, frameOf, userOf } from '../support/channel-machine.ts';
import { anyText } from '../support/any-text.ts';

const read = (envelope: object, channel = 'room') => readPublished(channel, JSON.stringify(envelope));
const created = (data: object, more: object = {}) =>
  read({ type: 'message:created', channelId: 'room', data, ...more });
const MESSAGE = { id: 'msg_1', content: 'Hello world', authorId: 'user_1', authorName: 'John Doe' };

function event(type: string, data: object, more: object = {}): PublishedEvent {
  const found = read({ type, channelId: 'room', data, ...more });
  if (typeof found === 'string') throw new Error(found);
  return found;
}

describe('an envelope', () => {
  it('[VALKEY-3] of the documented form is a message with its author', () => {
    expect(created({ ...MESSAGE, authorAvatar: 'https://a.example/1.png', createdAt: '2024' })).toEqual({
      kind: 'created',
      id: 'msg_1',
      content: 'Hello world',
      author: { id: 'user_1', name: 'John Doe', avatar: 'https://a.example/1.png' },
      data: { ...MESSAGE, authorAvatar: 'https://a.example/1.png', createdAt: '2024' },
    });
    expect(created({ ...MESSAGE, authorName: '\u0007' })).toMatchObject({ author: { name: 'user_1' } });
    expect(created({ ...MESSAGE, content: '', imageUrl: 'https://a.example/2.png' })).toMatchObject({
      kind: 'created',
    });
  });

  it('[VALKEY-4] keeps back addresses and what means something here', () => {
    const more = { authorEmail: 'j@example.org', shadow: 'x', deleted: true, reactions: [], author: {} };
    expect(created({ ...MESSAGE, ...more })).toMatchObject({ kind: 'created', data: MESSAGE });
    expect(JSON.stringify(created({ ...MESSAGE, ...more }))).not.toMatch(
      /example.org|shadow|deleted|reactions/,
    );
  });

  it('[VALKEY-2] that is none is told by what is wrong with it', () => {
    expect(readPublished('room', '{')).toBe('json');
    for (const other of [null, [], 'x', { data: {} }, { type: 1 }]) {
      expect(readPublished('room', JSON.stringify(other))).toBe('envelope');
    }
    expect(created(MESSAGE, { timestamp: 'now' })).toBe('envelope');
    expect(created([])).toBe('envelope');
    expect(created(MESSAGE, { channelId: 'other' })).toBe('channel');
    expect(created(MESSAGE, { channelId: undefined })).toBe('channel');
    expect(read({ type: 'message:created', channelId: 'a b', data: MESSAGE }, 'a b')).toBe('channel');
    expect(read({ type: 'member:banned', channelId: 'room', data: {} })).toBe('type');
    for (const bad of [
      { id: '' },
      { id: 1 },
      { id: 'x'.repeat(65) },
      { content: '' },
      { content: 'x'.repeat(4_001) },
      { content: 'a\0' },
      { authorId: '' },
      { extra: '\ud800' },
    ]) {
      expect(created({ ...MESSAGE, ...bad })).toBe('data');
    }
    expect(read({ type: 'message:updated', channelId: 'room', data: { id: 'x' } })).toBe('data');
    expect(read({ type: 'message:deleted', channelId: 'room', data: {} })).toBe('data');
    expect(read({ type: 'typing:start', channelId: 'room', data: {} })).toBe('data');
  });

  it('[VALKEY-2] never throws, whatever it holds', () => {
    const type = fc.constantFrom('message:created', 'message:updated', 'typing:stop', 'presence:join', 'x');
    const data = fc.oneof(fc.jsonValue(), fc.record({ id: anyText, content: anyText, authorId: anyText }));
    fc.assert(
      fc.property(type, data, (kind, held) => {
        const found = read({ type: kind, channelId: 'room', data: held });
        if (typeof found !== 'string') expect(JSON.stringify(found).isWellFormed()).toBe(true);
      }),
    );
  });
});

const waiter = { connection: -1, ref: 'outside' };
const kinds = (effects: readonly Effect[]) => effects.map(({ kind }) => kind);

/** What the machine does with it, committed and shown where it is an entry. */
function carryOut(machine: ChannelMachine, one: PublishedEvent): Effect[] {
  const effects = published(machine.state, one, waiter, machine.context);
  const [first] = effects;
  if (first?.kind !== 'append') return [...effects];
  const landed = machine.append(first.entry);
  const settled = machine.settle(first.entry.id, { id: first.entry.id, seq: landed.seq, duplicate: false });
  return [...settled, ...machine.publish(landed)];
}

describe('a channel that another program publishes into', () => {
  it('[VALKEY-3] has the message as it came, with its author, under its own id', () => {
    const machine = new ChannelMachine();
    const [ack, shown] = carryOut(machine, event('message:created', { ...MESSAGE, imageUrl: 'i' }));
    expect(frameOf(ack)).toMatchObject({ type: 'ack', data: { id: 'msg_1', seq: 1 } });
    expect(frameOf(shown)).toMatchObject({
      type: 'message:created',
      seq: 1,
      data: { ...MESSAGE, imageUrl: 'i', author: { id: 'user_1', name: 'John Doe' } },
    });
    // People react to it by that id.
    const ada = userOf('ada');
    machine.join(1, ada);
    expect(kinds(machine.run('reaction:add', 1, ada, { messageId: 'msg_1', emoji: '👍' }))).toEqual([
      'append',
    ]);
  });

  it('[VALKEY-10] takes it whatever holds of people', () => {
    const machine = new ChannelMachine();
    const by = { by: 'm', byName: 'mod', until: null };
    machine.state.sanctions.ban.set('user_1', { kind: 'ban', user: 'user_1', name: 'John', ...by });
    machine.state.settings = { ...machine.state.settings, announcement: true, slowModeSeconds: 60 };
    for (const id of ['1', '2']) {
      const taken = published(
        machine.state,
        event('message:created', { ...MESSAGE, id }),
        waiter,
        machine.context,
      );
      expect(kinds(taken)).toEqual(['append']);
    }
  });

  it('[VALKEY-5] lets a second one of the same id wait for the first', () => {
    const machine = new ChannelMachine();
    const one = event('message:created', MESSAGE);
    expect(kinds(published(machine.state, one, waiter, machine.context))).toEqual(['append']);
    expect(published(machine.state, one, { ...waiter, connection: -2 }, machine.context)).toEqual([]);
    const answers = machine.settle('msg_1', { id: 'msg_1', seq: 1, duplicate: false });
    expect(answers.map((answer) => frameOf(answer).data['duplicate'])).toEqual([undefined, true]);
  });

  it('[VALKEY-6] edits it by the id, with the data as they came', () => {
    const machine = new ChannelMachine();
    carryOut(machine, event('message:created', MESSAGE));
    const update = event(
      'message:updated',
      { id: 'msg_1', content: 'Bye', by: 'x', note: 1 },
      { timestamp: 5 },
    );
    const [append] = published(machine.state, update, waiter, machine.context);
    if (append?.kind !== 'append') throw new Error('nothing appended');
    const { amends, sender } = append.entry;
    expect(sender).toBe('user_1');
    expect(JSON.parse(amends!.data)).toMatchObject({ content: 'Bye', authorName: 'John Doe' });
    expect(JSON.parse(append.entry.data)).toMatchObject({
      ...{ id: 'msg_1', content: 'Bye', note: 1, author: { id: 'user_1' } },
    });
    expect(JSON.parse(append.entry.data)).not.toHaveProperty('by');
  });

  it('[VALKEY-7] deletes it, and keeps nothing of it', () => {
    const machine = new ChannelMachine();
    carryOut(machine, event('message:created', MESSAGE));
    const gone = event('message:deleted', { id: 'msg_1', content: 'Hello world' });
    const [, shown] = carryOut(machine, gone);
    expect(frameOf(shown)).toMatchObject({
      type: 'message:deleted',
      data: { id: 'msg_1', by: { id: 'user_1' } },
    });
    expect(
      machine.state.ring
        .slice(1, 2)
        .map(({ json }) => json)
        .join(),
    ).not.toContain('Hello world');
  });

  it('[VALKEY-6] answers not_found where there is no such message, and [VALKEY-3] in a deleted channel', () => {
    const machine = new ChannelMachine();
    const update = event('message:updated', { id: 'none', content: 'x' });
    const asked = published(machine.state, update, waiter, machine.context);
    expect(kinds(asked)).toEqual(['find']);
    expect(frameOf(machine.answerFind(asked, null)[0]).data['code']).toBe('not_found');
    Object.assign(machine.state, { deleted: true });
    const refused = published(machine.state, event('message:created', MESSAGE), waiter, machine.context);
    expect(frameOf(refused[0]).data['code']).toBe('not_found');
  });

  it('[VALKEY-8] shows who types there until they stop, write, or six seconds are over', () => {
    const machine = new ChannelMachine();
    const start = event('typing:start', { userId: 'user_1', userName: 'John', threadId: 't' });
    const [told] = carryOut(machine, start);
    expect(frameOf(told)).toMatchObject({
      ...{ type: 'typing:start', data: { threadId: 't', user: { id: 'user_1', name: 'John' } } },
    });
    expect(kinds(carryOut(machine, start))).toEqual(['send']);
    expect(frameOf(machine.pass(6_000)[0])).toMatchObject({
      type: 'typing:stop',
      data: { user: { id: 'user_1' } },
    });
    carryOut(machine, start);
    const shown = carryOut(machine, event('message:created', MESSAGE));
    expect(shown.flatMap((effect) => ('frame' in effect ? [frameOf(effect).type] : []))).toContain(
      'typing:stop',
    );
    expect(machine.state.typists.size).toBe(0);
  });

  it('[VALKEY-8] tells who comes and goes there, but of people who are here themselves', () => {
    const machine = new ChannelMachine();
    const ada = userOf('ada');
    machine.join(1, ada);
    const join = event('presence:join', { userId: 'user_1', userName: 'John', userEmail: 'j@example.org' });
    expect(frameOf(carryOut(machine, join)[0])).toMatchObject({
      ...{ type: 'presence:join', data: { userId: 'user_1', user: { id: 'user_1', name: 'John' } } },
    });
    expect(machine.state.present.size).toBe(1);
    expect(kinds(carryOut(machine, event('presence:leave', { userId: ada.id })))).toEqual(['send']);
  });
});
