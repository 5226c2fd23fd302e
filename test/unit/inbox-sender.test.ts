import { describe, expect, it } from 'vitest';
import { caughtUp } from '../../src/inbox/arrivals.ts';
import { restore } from '../../src/inbox/connections.ts';
import type { Effect } from '../../src/inbox/effects.ts';
import { asked } from '../../src/inbox/incoming.ts';
import { answered, wayBack } from '../../src/inbox/outgoing.ts';
import { receiptCame } from '../../src/inbox/receipts.ts';
import { nextDeadline } from '../../src/inbox/time.ts';
import { ownEvent } from '../../src/inbox/ask.ts';
import type { Whisper } from '../../src/inbox/whisper.ts';
import { failure } from '../../src/protocol/errors.ts';
import type { WhisperCreated } from '../../src/protocol/inbox-events.ts';
import { codeOf, framesOf, InboxMachine, only, whisperIn } from '../support/inbox-machine.ts';
import { userOf } from '../support/channel-machine.ts';
import { OPEN_POLICY } from '../support/open-policy.ts';

const sentEvent = (whisper: Whisper, seq: number) => ownEvent({ kind: 'send', whisper }, seq);
const kinds = (effects: readonly Effect[]) => effects.map(({ kind }) => kind);
const bob = { id: 'u-bob', name: 'bob' };

function place(machine: InboxMachine, { id }: Whisper, seq: number, delivered = true): Effect[] {
  return [...answered(machine.state, { id, outcome: { id, seq, delivered } }, machine.context)];
}

describe('whisper:send', () => {
  it('[WHISPER-1] finds the recipient, asks their inbox, and is shown to the others and acknowledged when placed', () => {
    const machine = new InboxMachine();
    machine.attach(1);
    machine.attach(2);
    const effects = machine.run('whisper:send', {
      to: { name: 'Bob' },
      content: 'psst',
      clientMessageId: 'c',
    });
    expect(only(effects, 'find').person).toEqual({ name: 'Bob' });
    const { to, ask } = only(machine.found(effects, bob), 'ask');
    expect(to).toBe('u-bob');
    const sentAt = machine.context.now;
    machine.time += 70;
    const shown = place(machine, whisperIn(ask), 1);
    expect(kinds(shown)).toEqual(['publish', 'send']);
    expect(only(shown, 'publish')).toMatchObject({ seq: 1, except: [1] });
    const [event, ack] = framesOf(shown);
    expect(event).toEqual({
      type: 'whisper:created',
      seq: 1,
      timestamp: sentAt,
      data: { id: 'w-1', from: { id: 'u-ada', name: 'ada' }, to: bob, content: 'psst', clientMessageId: 'c' },
    });
    // It stands in the event's place, so it has its time.
    expect(ack).toMatchObject({ type: 'ack', ref: 'r', timestamp: sentAt });
    expect(ack?.data).toEqual({ id: 'w-1', seq: 1, delivered: true });
  });

  it('[WHISPER-2] twins wait for the first one, over another connection too; the same key may go to two people', () => {
    const machine = new InboxMachine();
    const whisper = machine.send('hi', 'first', 1, 'c');
    expect(
      machine.run('whisper:send', { to: { id: 'u-bob' }, content: 'hi', clientMessageId: 'c' }, 'second', 2),
    ).toEqual([]);
    const other = machine.run('whisper:send', { to: { id: 'u-cy' }, content: 'hi', clientMessageId: 'c' });
    expect(only(machine.found(other, { id: 'u-cy', name: 'cy' }), 'ask').to).toBe('u-cy');
    const [, first, second] = framesOf(place(machine, whisper, 1));
    expect(first).toMatchObject({ ref: 'first', data: { seq: 1 } });
    expect(first?.data).not.toHaveProperty('duplicate');
    expect(second).toMatchObject({ ref: 'second', data: { seq: 1, duplicate: true } });
  });

  it('[WHISPER-2] what stands in the log already is acknowledged as that, and not shown again', () => {
    const machine = new InboxMachine({ head: 4 });
    const { id } = machine.send('hi', 'r', 1, 'c');
    const outcome = { id: 'old', seq: 2, delivered: false };
    const effects = answered(machine.state, { id, outcome }, machine.context);
    expect(kinds(effects)).toEqual(['send']);
    expect(framesOf(effects)[0]?.data).toEqual({ id: 'old', seq: 2, delivered: false, duplicate: true });
  });

  it('[WHISPER-7] nobody of that name, and whatever their inbox refuses, is told as it is', () => {
    const machine = new InboxMachine();
    const send = (to: object) => machine.run('whisper:send', { to, content: 'hi' });
    const unknown = framesOf(machine.found(send({ name: 'nobody' }), null))[0];
    expect(unknown?.data).toEqual({
      code: 'not_found',
      message: 'no such user, or they take no whispers from you',
    });
    expect(codeOf(send({ id: 'a\0b' }))).toBe('not_found');
    expect(codeOf(machine.found(send({ id: 'u-x' }), failure('unavailable', 'away', 1)))).toBe('unavailable');
    expect(() => send({ id: 5, name: 'bob' })).toThrow();
    expect(() => send({})).toThrow();
  });

  it.each([
    ['', 'bad_request'],
    ['x'.repeat(4_001), 'too_large'],
    ['a\u0000b', 'bad_request'],
    ['a\ud800b', 'bad_request'],
  ])('[WHISPER-8] content %# is %s', (content, code) => {
    expect(codeOf(new InboxMachine().run('whisper:send', { to: bob, content }))).toBe(code);
  });

  it('[WHISPER-8] a clientMessageId with control characters is bad_request, and a reading guest forbidden', () => {
    const machine = new InboxMachine();
    expect(codeOf(machine.run('whisper:send', { to: bob, content: 'x', clientMessageId: 'a\nb' }))).toBe(
      'bad_request',
    );
    machine.policy = { ...OPEN_POLICY, guests: 'read' };
    const guest = userOf('ada', { guest: true });
    expect(codeOf(machine.run('whisper:send', { to: bob, content: 'x' }, 'r', 1, guest))).toBe('forbidden');
    machine.policy = { ...OPEN_POLICY, guestWhispers: false };
    expect(codeOf(machine.run('whisper:send', { to: bob, content: 'x' }, 'r', 1, guest))).toBe('forbidden');
  });

  it('[WHISPER-9] a note to oneself is one event, acknowledged, and shown to the other connections', () => {
    const machine = new InboxMachine();
    machine.attach(1);
    const { to, ask } = only(
      machine.run('whisper:send', { to: { id: 'u-ada' }, content: 'milk', clientMessageId: 'c' }),
      'ask',
    );
    expect(to).toBe('u-ada');
    const appended = [...asked(machine.state, ask, machine.context)];
    expect(only(appended, 'append').entry).toMatchObject({ id: 'w-1', clientMessageId: 'u-ada c' });
    expect(only(appended, 'append').entry).not.toHaveProperty('companions');
    const { answer } = only(machine.commit(appended, 1), 'answer');
    const shown = answered(machine.state, answer, machine.context);
    expect(only(shown, 'publish').except).toEqual([1]);
    expect(framesOf(shown)[1]?.data).toEqual({ id: 'w-1', seq: 1, delivered: true });
    expect(machine.state.unread).toBe(0);
  });

  it('[WHISPER-4] what comes behind one whose recipient is looked for waits, and each is looked for once', () => {
    const machine = new InboxMachine();
    const first = machine.run('whisper:send', { to: { name: 'bob' }, content: '1' });
    expect(machine.run('whisper:send', { to: { name: 'bob' }, content: '2' })).toEqual([]);
    const cy = machine.run('whisper:send', { to: { name: 'cy' }, content: '3' });
    expect(machine.found(cy, { id: 'u-cy', name: 'cy' })).toEqual([]);
    const asks = machine
      .found(first, bob)
      .map((effect) => (effect.kind === 'ask' ? whisperIn(effect.ask) : null));
    const contents = asks.map((whisper) => (JSON.parse(whisper?.data ?? '{}') as WhisperCreated).content);
    expect(contents).toEqual(['1', '2', '3']);
  });

  it('[WHISPER-10] is asked again in order when the way is back, and given up after ten seconds', () => {
    const machine = new InboxMachine();
    const [first, second] = [machine.send('1'), machine.send('2')];
    const again = wayBack(machine.state, (id) => id === 'u-bob');
    expect(again.map((effect) => (effect.kind === 'ask' ? whisperIn(effect.ask) : null))).toEqual([
      first,
      second,
    ]);
    expect(wayBack(machine.state, () => false)).toEqual([]);
    expect(nextDeadline(machine.state)).toBe(10_000);
    expect(machine.pass(9_999)).toEqual([]);
    const given = machine.pass(1);
    expect(kinds(given)).toEqual(['send', 'send', 'catchUp']);
    expect(codeOf(given)).toBe('unavailable');
    expect(framesOf(given)[0]?.data).toHaveProperty('retryAfterMs');
    expect(nextDeadline(machine.state)).toBeNull();
  });

  it('[WHISPER-10] one that was given up is shown when it turns out to have landed', () => {
    const machine = new InboxMachine();
    const whisper = machine.send('1');
    machine.pass(10_000);
    caughtUp(machine.state, { events: [], hasMore: false }, machine.context);
    expect(kinds(wayBack(machine.state, () => true))).toEqual(['catchUp']);
    const page = { events: [sentEvent(whisper, 1)], hasMore: false };
    expect(framesOf(caughtUp(machine.state, page, machine.context))[0]).toMatchObject({ seq: 1 });
    expect(place(machine, whisper, 1)).toEqual([]);
  });

  it('[WHISPER-10] what a state before this one asked is read when a shard was replaced', () => {
    const machine = new InboxMachine();
    expect(wayBack(machine.state, () => true)).toEqual([]);
    restore(machine.state, 1, userOf('ada'));
    expect(wayBack(machine.state, () => true)).toEqual([{ kind: 'catchUp', seq: 0 }]);
  });

  it('[WHISPER-17] more than 1,000 under way are overloaded', () => {
    const machine = new InboxMachine();
    for (let index = 0; index < 1_000; index += 1) machine.send('x');
    expect(codeOf(machine.run('whisper:send', { to: bob, content: 'x' }))).toBe('overloaded');
  });
});

describe('the order of an inbox', () => {
  it('[INBOX-3] what is ahead of the head waits for what lies between', () => {
    const machine = new InboxMachine();
    const [first, second] = [machine.send('1', 'a'), machine.send('2', 'b')];
    expect(place(machine, second, 2)).toEqual([]);
    expect(framesOf(place(machine, first, 1)).map(({ type, ref, seq }) => ref ?? [type, seq])).toEqual([
      ['whisper:created', 1],
      'a',
      ['whisper:created', 2],
      'b',
    ]);
    expect(machine.state.catchUpAt).toBeNull();
  });

  it('[INBOX-3] what does not come by itself is read, again when the log is away', () => {
    const machine = new InboxMachine();
    const [first, second] = [machine.send('1', 'a'), machine.send('2', 'b')];
    place(machine, second, 2);
    expect(machine.pass(49)).toEqual([]);
    expect(machine.pass(1)).toEqual([{ kind: 'catchUp', seq: 0 }]);
    expect(caughtUp(machine.state, failure('unavailable', 'away', 1), machine.context)).toEqual([]);
    expect(machine.pass(250)).toEqual([{ kind: 'catchUp', seq: 0 }]);
    const page = { events: [sentEvent(first, 1)], hasMore: false };
    const shown = caughtUp(machine.state, page, machine.context);
    expect(framesOf(shown).map(({ type, ref, seq }) => ref ?? [type, seq])).toEqual([
      ['whisper:created', 1],
      ['whisper:created', 2],
      'b',
    ]);
    expect(framesOf(place(machine, first, 1)).map(({ ref }) => ref)).toEqual(['a']);
  });

  it('[WHISPER-6] a receipt waits until its whisper was shown, and is told once', () => {
    const machine = new InboxMachine();
    const whisper = machine.send('1');
    const receipt = { type: 'whisper:read', by: bob, id: whisper.id, seq: 1 } as const;
    expect(receiptCame(machine.state, receipt, machine.context)).toEqual([]);
    const shown = place(machine, whisper, 1);
    expect(framesOf(shown).map(({ type }) => type)).toEqual(['whisper:created', 'ack', 'whisper:read']);
    expect(framesOf(shown)[2]?.data).toEqual({ id: whisper.id, by: bob });
    expect(receiptCame(machine.state, receipt, machine.context)).toEqual([]);
    const delivered = { ...receipt, type: 'whisper:delivered' } as const;
    expect(receiptCame(machine.state, delivered, machine.context)).toEqual([]);
  });
});

describe('somebody who is muted', () => {
  it('[BAN-3] sends and edits no whispers until then, and may delete and read', () => {
    const machine = new InboxMachine();
    const { now } = machine.context;
    const muted = (mutedUntil: number | null) => ({ ...machine.owner, mutedUntil });
    const send = (mutedUntil: number | null) =>
      machine.run('whisper:send', { to: { id: 'u-bob' }, content: '' }, 'r', 1, muted(mutedUntil));
    const told = (effects: readonly Effect[]) => framesOf(effects)[0]?.data;
    expect(told(send(now + 1_500))).toMatchObject({ code: 'muted', retryAfterMs: 1_500 });
    expect(told(send(null))).toEqual({ code: 'muted', message: 'you are muted everywhere' });
    expect(codeOf(send(now))).toBe('bad_request');
    expect(codeOf(machine.run('whisper:update', { id: 'w', content: 'x' }, 'r', 1, muted(null)))).toBe(
      'muted',
    );
    expect(kinds(machine.run('whisper:delete', { id: 'w' }, 'r', 1, muted(null)))).toEqual(['locate']);
    expect(kinds(machine.run('whisper:conversations', {}, 'r', 1, muted(null)))).toEqual(['query']);
  });
});
