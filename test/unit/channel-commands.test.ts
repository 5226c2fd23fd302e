import { describe, expect, it } from 'vitest';
import type { Effect } from '../../src/channel/effects.ts';
import { failure } from '../../src/protocol/errors.ts';
import { ChannelMachine, frameOf, userOf } from '../support/channel-machine.ts';
import { OPEN_POLICY } from '../support/open-policy.ts';

const ada = userOf('ada');
const bob = userOf('bob');
const kinds = (effects: readonly Effect[]) => effects.map(({ kind }) => kind);
const codeOf = (effects: readonly Effect[]) => frameOf(effects[0]).data['code'];
/** The entry of the only append among the effects. */
const entryOf = (effects: readonly Effect[]) => {
  const append = effects.find((effect) => effect.kind === 'append');
  if (append?.kind !== 'append') throw new Error('nothing was appended');
  return append.entry;
};

describe('channel:join', () => {
  it('[CHAN-1] subscribes before it answers, with epoch, head, page, members and count', () => {
    const machine = new ChannelMachine();
    machine.grow(3);
    machine.join(1, ada);
    const effects = machine.join(2, bob, { limit: 2 });
    expect(kinds(effects)).toEqual(['broadcast', 'subscribe', 'send']);
    const { ref, data } = frameOf(effects[2]);
    expect(ref).toBe('r');
    expect(data).toMatchObject({ epoch: 'e1', seq: 3, recovered: null, hasMore: true, memberCount: 2 });
    expect(data['members']).toEqual([
      { id: 'u-ada', name: 'ada' },
      { id: 'u-bob', name: 'bob' },
    ]);
    expect((data['events'] as { seq: number }[]).map(({ seq }) => seq)).toEqual([2, 3]);
  });

  it('[CHAN-1] lists 100 members and counts all', () => {
    const machine = new ChannelMachine();
    for (let index = 1; index <= 150; index += 1) machine.join(index, userOf(`user-${index}`));
    const { data } = frameOf(machine.join(1, userOf('user-1')).at(-1));
    expect(data['members']).toHaveLength(100);
    expect(data['memberCount']).toBe(150);
  });

  it('[CHAN-2] is not_found where nobody made the channel and the user may not', () => {
    const guest = userOf('guest', { guest: true, roles: ['guest'] });
    const cases = [
      ['anyone', guest, undefined],
      ['users', guest, 'not_found'],
      ['users', ada, undefined],
      ['moderators', ada, 'not_found'],
      ['moderators', userOf('mod', { roles: ['moderator'] }), undefined],
      ['moderators', userOf('root', { roles: ['admin'] }), undefined],
    ] as const;
    for (const [channelCreation, user, code] of cases) {
      const machine = new ChannelMachine(undefined, false);
      machine.policy = { ...OPEN_POLICY, channelCreation };
      const effects = machine.join(1, user);
      if (code === undefined) expect(effects.at(-1)?.kind).toBe('send');
      else expect(codeOf(effects)).toBe(code);
    }
  });

  it('[CHAN-2] a private channel looks like one that does not exist', () => {
    const machine = new ChannelMachine();
    machine.state.private = true;
    expect(codeOf(machine.join(1, ada))).toBe('not_found');
  });

  it('[CHAN-4] again: an answer, and nothing for the others', () => {
    const machine = new ChannelMachine();
    machine.join(1, ada);
    expect(kinds(machine.join(1, ada))).toEqual(['subscribe', 'send']);
  });

  it('[CHAN-1] one that can not be read is refused, and told nobody that it stays', () => {
    const machine = new ChannelMachine({ events: 1, size: 1_000 });
    machine.grow(5);
    const asked = machine.join(1, ada);
    expect(kinds(asked)).toEqual(['broadcast', 'read']);
    const effects = machine.answerRead(asked.slice(1), failure('unavailable', 'away', 1_000));
    expect(kinds(effects)).toEqual(['send', 'broadcast']);
    expect(codeOf(effects)).toBe('unavailable');
    expect(machine.state.present.size).toBe(0);
  });

  it('[CHAN-4] a second join that can not be read leaves the first as it was', () => {
    const machine = new ChannelMachine({ events: 1, size: 1_000 });
    machine.grow(5);
    machine.answerRead(machine.join(1, ada));
    const effects = machine.answerRead(machine.join(1, ada), failure('unavailable', 'away', 1_000));
    expect(kinds(effects)).toEqual(['send']);
    expect(machine.state.userOf.has(1)).toBe(true);
  });

  it('[CHAN-5] who left before the page came is not subscribed', () => {
    const machine = new ChannelMachine({ events: 1, size: 1_000 });
    machine.grow(5);
    const asked = machine.join(1, ada);
    machine.run('channel:leave', 1, ada);
    const effects = machine.answerRead(asked.slice(1));
    expect(kinds(effects)).toEqual(['send']);
    expect(codeOf(effects)).toBe('not_member');
  });
});

describe('channel:leave', () => {
  it('[CHAN-5] unsubscribes first, tells the others, then answers', () => {
    const machine = new ChannelMachine();
    machine.join(1, ada);
    expect(kinds(machine.run('channel:leave', 1, ada))).toEqual(['unsubscribe', 'broadcast', 'send']);
    expect(codeOf(machine.run('channel:leave', 1, ada))).toBe('not_member');
  });
});

describe('message:send', () => {
  const joined = () => {
    const machine = new ChannelMachine();
    machine.join(1, ada);
    machine.join(2, bob);
    return machine;
  };

  it('[MSG-1] appends, then acknowledges the place, then publishes what the log holds', () => {
    const machine = joined();
    const effects = machine.run('message:send', 1, ada, {
      content: 'hi',
      clientMessageId: 'c',
    });
    expect(kinds(effects)).toEqual(['append']);
    const event = machine.append(entryOf(effects));
    const [ack] = machine.settle(event.id, { id: event.id, seq: event.seq, duplicate: false });
    expect(frameOf(ack)).toMatchObject({ type: 'ack', ref: 'r', data: { id: event.id, seq: 1 } });
    const [published] = machine.publish(event);
    expect(published).toMatchObject({ kind: 'publish', seq: 1 });
    expect(frameOf(published)).toMatchObject({
      type: 'message:created',
      channelId: 'room',
      seq: 1,
      data: { content: 'hi', author: { id: 'u-ada', name: 'ada' }, clientMessageId: 'c' },
    });
  });

  it('[MSG-3] twins wait for the first outcome, over another connection too; only the first is no duplicate', () => {
    const machine = joined();
    machine.join(3, ada);
    const entry = entryOf(
      machine.run('message:send', 1, ada, { content: 'hi', clientMessageId: 'c' }, 'first'),
    );
    expect(machine.run('message:send', 3, ada, { content: 'hi', clientMessageId: 'c' }, 'second')).toEqual(
      [],
    );
    expect(kinds(machine.run('message:send', 2, bob, { content: 'hi', clientMessageId: 'c' }))).toEqual([
      'append',
    ]);
    const acks = machine.settle(entry.id, { id: entry.id, seq: 1, duplicate: false });
    expect(acks.map((ack) => frameOf(ack))).toMatchObject([
      { ref: 'first', data: { seq: 1 } },
      { ref: 'second', data: { seq: 1, duplicate: true } },
    ]);
    expect(frameOf(acks[0]).data).not.toHaveProperty('duplicate');
  });

  it('[MSG-3] twins of a send that failed fail with it, and the next try is a new one', () => {
    const machine = joined();
    const send = () => machine.run('message:send', 1, ada, { content: 'hi', clientMessageId: 'c' });
    const entry = entryOf(send());
    send();
    const told = machine.settle(entry.id, failure('unavailable', 'away', 1_000));
    expect(told.map((effect) => frameOf(effect).data['code'])).toEqual(['unavailable', 'unavailable']);
    expect(machine.state.inFlight.size).toBe(0);
    expect(entryOf(send()).id).not.toBe(entry.id);
  });

  it('[MSG-2] a duplicate in the log answers with the first place', () => {
    const machine = joined();
    const entry = entryOf(machine.run('message:send', 1, ada, { content: 'hi', clientMessageId: 'c' }));
    const [ack] = machine.settle(entry.id, { id: 'old', seq: 1, duplicate: true });
    expect(frameOf(ack).data).toEqual({ id: 'old', seq: 1, duplicate: true });
  });

  it.each([
    ['', 'bad_request'],
    ['x'.repeat(4_001), 'too_large'],
    ['\u{1f600}'.repeat(4_001), 'too_large'],
    ['a\u0000b', 'bad_request'],
    ['a\ud800b', 'bad_request'],
    ['/unknown', 'bad_request'],
  ])('[MSG-4] [MSG-8] content %# is %s', (content, code) => {
    expect(codeOf(joined().run('message:send', 1, ada, { content }))).toBe(code);
  });

  it('[MSG-4] 4,000 characters fit, however many code units they take', () => {
    expect(kinds(joined().run('message:send', 1, ada, { content: '\u{1f600}'.repeat(4_000) }))).toEqual([
      'append',
    ]);
  });

  it.each([
    [{ text: 'x'.repeat(4_096) }, 'too_large'],
    [{ text: '\u0000' }, 'bad_request'],
    [{ text: '\ud800' }, 'bad_request'],
    [{ text: '\udfff' }, 'bad_request'],
    [{ '\udc00': 1 }, 'bad_request'],
    [{ deep: [{ x: '\u0000' }] }, 'bad_request'],
    [{ text: '\\u0000' }, null],
    [{ text: '\\\\ud800' }, null],
    [{ text: '\\\\\u{1f600}' }, null],
    [{ text: '\u{1f600}' }, null],
  ])('[MSG-5] meta %j is %s', (meta, code) => {
    const effects = joined().run('message:send', 1, ada, { content: 'hi', meta });
    if (code !== null) expect(codeOf(effects)).toBe(code);
    else expect((JSON.parse(entryOf(effects).data) as { meta: unknown }).meta).toEqual(meta);
  });

  it.each(['c'.repeat(129), 'a\nb', 'a\u007fb', 'a\u0085b', 'a\ud800'])(
    '[MSG-6] clientMessageId %j is bad_request',
    (clientMessageId) => {
      expect(codeOf(joined().run('message:send', 1, ada, { content: 'hi', clientMessageId }))).toBe(
        'bad_request',
      );
    },
  );

  it('[MSG-9] replyTo comes back in the event', () => {
    const machine = joined();
    machine.grow(1);
    const effects = machine.run('message:send', 1, ada, { content: 'hi', replyTo: 'grown-1' });
    expect(JSON.parse(entryOf(effects).data)).toMatchObject({ replyTo: 'grown-1' });
    expect(codeOf(joined().run('message:send', 1, ada, { content: 'hi', replyTo: 'm\0' }))).toBe(
      'bad_request',
    );
  });

  it('[MSG-7] is not_member before joining, and forbidden for a guest who may only read', () => {
    const machine = joined();
    expect(codeOf(machine.run('message:send', 9, ada, { content: 'hi' }))).toBe('not_member');
    machine.policy = { ...OPEN_POLICY, guests: 'read' };
    const guest = userOf('guest', { guest: true });
    machine.join(4, guest);
    expect(codeOf(machine.run('message:send', 4, guest, { content: 'hi' }))).toBe('forbidden');
  });

  it('[REQ-1] without a ref only an error is answered', () => {
    const machine = joined();
    const entry = entryOf(machine.run('message:send', 1, ada, { content: 'hi' }, null));
    expect(machine.settle(entry.id, { id: entry.id, seq: 1, duplicate: false })).toEqual([]);
  });
});

describe('presence:get', () => {
  it('[PRES-4] lists by id, behind `after`, with the exact count', () => {
    const machine = new ChannelMachine();
    for (const [index, name] of ['dot', 'ada', 'cy', 'bob'].entries()) machine.join(index, userOf(name));
    const get = (data: object) => frameOf(machine.run('presence:get', 0, userOf('dot'), data)[0]).data;
    expect(get({ limit: 2 })).toEqual({
      members: [
        { id: 'u-ada', name: 'ada' },
        { id: 'u-bob', name: 'bob' },
      ],
      count: 4,
      hasMore: true,
    });
    expect(get({ after: 'u-bob' })).toMatchObject({
      members: [{ name: 'cy' }, { name: 'dot' }],
      hasMore: false,
    });
    expect(codeOf(machine.run('presence:get', 9, ada))).toBe('not_member');
  });
});

describe('history:get', () => {
  it('[HIST-1] takes one bound, not both, and only from members', () => {
    const machine = new ChannelMachine();
    machine.join(1, ada);
    expect(codeOf(machine.run('history:get', 1, ada, { beforeSeq: 3, afterSeq: 1 }))).toBe('bad_request');
    expect(codeOf(machine.run('history:get', 2, bob))).toBe('not_member');
    expect(() => machine.run('history:get', 1, ada, { limit: 201 })).toThrow('limit');
  });
});
