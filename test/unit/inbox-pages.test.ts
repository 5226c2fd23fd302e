import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blocksRead } from '../../src/inbox/choices.ts';
import { renew, restore, tellState } from '../../src/inbox/connections.ts';
import { conversationRead, conversationsRead } from '../../src/inbox/conversations.ts';
import type { Effect } from '../../src/inbox/effects.ts';
import { asked } from '../../src/inbox/incoming.ts';
import { pageRead } from '../../src/inbox/pages.ts';
import { personFound } from '../../src/inbox/people.ts';
import { isAtRest } from '../../src/inbox/state.ts';
import { ownEvent } from '../../src/inbox/ask.ts';
import { failure } from '../../src/protocol/errors.ts';
import { codeOf, framesOf, InboxMachine, only, whisperFrom } from '../support/inbox-machine.ts';
import { userOf } from '../support/channel-machine.ts';

const kinds = (effects: readonly Effect[]) => effects.map(({ kind }) => kind);
const eventAt = (seq: number) =>
  ownEvent({ kind: 'send', whisper: whisperFrom('ada', 'bob', `w${seq}`) }, seq);
const away = failure('unavailable', 'away', 1_000);

function grow(machine: InboxMachine, count: number): void {
  for (let index = 0; index < count; index += 1) {
    const seq = machine.state.head + 1;
    const whisper = whisperFrom('bob', 'ada', `w${seq}`);
    machine.commit([...asked(machine.state, { kind: 'send', whisper }, machine.context)], seq);
  }
}

function toldState(effects: readonly Effect[]): object {
  const { to, seq, data } = only(effects, 'state');
  return { to, seq, data: JSON.parse(data) as unknown };
}

describe('connections of an inbox', () => {
  it('[INBOX-1] who comes listens, and is told where the inbox stands and how much is unread with whom', () => {
    const marks = { delivered: 0, read: 0, sentDelivered: 2, sentRead: 1 };
    const machine = new InboxMachine({
      head: 9,
      conversations: [
        { correspondent: 'u-cy', lastSeq: 4, unread: 0, ...marks },
        { correspondent: 'u-bob', lastSeq: 9, unread: 2, ...marks },
      ],
    });
    const effects = machine.attach(1);
    const state = {
      ...{ epoch: 'e1', seq: 9, unread: 2 },
      conversations: [
        { with: 'u-bob', lastSeq: 9, unread: 2, delivered: 2, read: 1 },
        { with: 'u-cy', lastSeq: 4, unread: 0, delivered: 2, read: 1 },
      ],
    };
    expect(toldState(effects)).toEqual({ to: 1, seq: 9, data: state });
    restore(machine.state, 2, userOf('ada'));
    renew(machine.state, 2, userOf('ada', { roles: ['admin'] }));
    renew(machine.state, 3, userOf('ada'));
    expect([...machine.state.connections.keys()]).toEqual([1, 2]);
    expect(toldState([tellState(machine.state, 2)])).toEqual({ to: 2, seq: 9, data: state });
    expect(isAtRest(machine.state)).toBe(true);
    machine.send('hi');
    expect(isAtRest(machine.state)).toBe(false);
  });
});

describe('inbox:resume', () => {
  it('[INBOX-2] a recent point is answered at once, and live events follow right behind', () => {
    const machine = new InboxMachine();
    machine.attach(1);
    grow(machine, 5);
    const effects = machine.run('inbox:resume', { recover: { epoch: 'e1', seq: 3 } });
    expect(kinds(effects)).toEqual(['send']);
    const [resumed] = framesOf(effects);
    expect(resumed).toMatchObject({ type: 'inbox:resumed', ref: 'r' });
    expect(resumed?.data).toMatchObject({ epoch: 'e1', seq: 5, recovered: true, hasMore: false, unread: 5 });
    expect(resumed?.data['events']).toMatchObject([{ seq: 4 }, { seq: 5 }]);
  });

  it('[INBOX-2] an old point is read; another epoch, or a seq beyond the head, gets the newest page', () => {
    const machine = new InboxMachine({ head: 3 });
    machine.attach(1);
    const old = only(machine.run('inbox:resume', { recover: { epoch: 'e1', seq: 1 } }), 'read');
    expect(old.range).toMatchObject({ direction: 'after', seq: 1 });
    grow(machine, 1);
    const page = { events: [eventAt(2), eventAt(3)], hasMore: false };
    const [resumed] = framesOf(pageRead(machine.state, old.purpose, page, machine.context));
    expect(resumed?.data).toMatchObject({ seq: 4, recovered: true, hasMore: false });
    expect(resumed?.data['events']).toMatchObject([{ seq: 2 }, { seq: 3 }, { seq: 4 }]);
    for (const recover of [
      { epoch: 'other', seq: 1 },
      { epoch: 'e1', seq: 9 },
    ]) {
      const { purpose, range } = only(machine.run('inbox:resume', { recover }), 'read');
      expect(range.direction).toBe('newest');
      expect(purpose).toMatchObject({ recovered: false });
      expect(codeOf(pageRead(machine.state, purpose, away, machine.context))).toBe('unavailable');
    }
  });
});

describe('whisper:history', () => {
  it('[WHISPER-12] of the whole inbox comes out of the ring or the log', () => {
    const machine = new InboxMachine({ head: 1 });
    grow(machine, 3);
    const newest = machine.run('whisper:history', { limit: 2 });
    expect(framesOf(newest)[0]?.data).toMatchObject({ hasMore: true, events: [{ seq: 3 }, { seq: 4 }] });
    const { purpose, range } = only(machine.run('whisper:history', { beforeSeq: 3 }), 'read');
    expect(range).toEqual({ direction: 'before', seq: 3, limit: 50 });
    const page = { events: [eventAt(1), eventAt(2)], hasMore: false };
    const [read] = framesOf(pageRead(machine.state, purpose, page, machine.context));
    expect(read).toMatchObject({ type: 'whispers', data: { hasMore: false } });
  });

  it('[WHISPER-12] with one correspondent, by id or name, tells how far one’s own were delivered and read', () => {
    const machine = new InboxMachine({ head: 2 });
    const { query, waiter } = only(
      machine.run('whisper:history', { with: { id: 'u-bob' }, limit: 5 }),
      'query',
    );
    expect(query).toEqual({
      ...{ kind: 'conversation', correspondent: 'u-bob' },
      range: { beforeSeq: 3, limit: 5 },
    });
    const marks = { sentDelivered: 2, sentRead: 1 };
    const page = { events: [eventAt(1), eventAt(2), eventAt(3)], hasMore: true, marks };
    const [told] = framesOf(conversationRead(machine.state, waiter, page, machine.context));
    expect(told?.data).toMatchObject({ hasMore: true, delivered: 2, read: 1 });
    expect(told?.data['events']).toMatchObject([{ seq: 1 }, { seq: 2 }]);
    expect(codeOf(conversationRead(machine.state, waiter, away, machine.context))).toBe('unavailable');
    const { purpose } = only(machine.run('whisper:history', { with: { name: 'Bob' } }), 'find');
    const find = (found: Parameters<typeof personFound>[2]) =>
      personFound(machine.state, purpose, found, machine.context);
    expect(kinds(find({ id: 'u-bob', name: 'bob' }))).toEqual(['query']);
    expect(codeOf(find(null))).toBe('not_found');
    expect(codeOf(find(away))).toBe('unavailable');
    expect(codeOf(machine.run('whisper:history', { with: { id: 'a\ud800' } }))).toBe('not_found');
  });
});

describe('lists of an inbox', () => {
  it('[WHISPER-13] `whisper:conversations` tells with whom, the last whisper, and how many are unread', () => {
    const machine = new InboxMachine();
    const { query, waiter } = only(machine.run('whisper:conversations', {}), 'query');
    expect(query).toEqual({ kind: 'conversations', limit: 50 });
    const bob = { id: 'u-bob', name: 'bob' };
    const list = { items: [{ with: bob, last: eventAt(4), state: { unread: 3 } }], hasMore: false };
    const [told] = framesOf(conversationsRead(machine.state, waiter, list, machine.context));
    expect(told?.type).toBe('conversations');
    expect(told?.data).toMatchObject({
      items: [{ with: bob, last: { type: 'whisper:created', seq: 4, data: { id: 'w4' } }, unread: 3 }],
      hasMore: false,
    });
    machine.run('whisper:conversations', {});
    expect(codeOf(conversationsRead(machine.state, waiter, away, machine.context))).toBe('unavailable');
  });

  it('[WHISPER-14] `user:blocks` tells whom one blocks', () => {
    const machine = new InboxMachine();
    const { query, waiter } = only(machine.run('user:blocks'), 'query');
    expect(query).toEqual({ kind: 'blocks' });
    const items = [{ id: 'u-bob', name: 'bob' }];
    expect(framesOf(blocksRead(waiter, items, machine.context))[0]).toMatchObject({
      type: 'blocks',
      data: { items },
    });
    expect(codeOf(blocksRead(waiter, away, machine.context))).toBe('unavailable');
  });
});

describe('purity', () => {
  it('[INBOX-4] the same inputs give the same effects and the same state', () => {
    const input = fc.constantFrom('attach', 'send', 'note', 'receive', 'pass', 'resume', 'block');
    const replay = (inputs: readonly string[]) => {
      const machine = new InboxMachine();
      const story = inputs.map((kind): unknown => {
        if (kind === 'attach') return machine.attach(1);
        if (kind === 'send') return machine.send('hi');
        if (kind === 'note') return machine.run('whisper:send', { to: { id: 'u-ada' }, content: 'x' });
        if (kind === 'pass') return machine.pass(4_000);
        if (kind === 'resume') return machine.run('inbox:resume');
        if (kind === 'block') return machine.run('user:block', { user: { id: 'u-cy' } });
        grow(machine, 1);
        return machine.state.head;
      });
      return [story, machine.state];
    };
    fc.assert(
      fc.property(fc.array(input, { maxLength: 60 }), (inputs) => {
        expect(replay(inputs)).toEqual(replay(inputs));
      }),
    );
  });
});
