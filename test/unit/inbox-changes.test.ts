import { describe, expect, it } from 'vitest';
import { ownEvent } from '../../src/inbox/ask.ts';
import { conversationRead, conversationsRead } from '../../src/inbox/conversations.ts';
import type { Ask, Effect, WhisperPlaced } from '../../src/inbox/effects.ts';
import { asked, refusal, settled, vetted } from '../../src/inbox/incoming.ts';
import { answered, wayBack } from '../../src/inbox/outgoing.ts';
import { pageRead } from '../../src/inbox/pages.ts';
import { located } from '../../src/inbox/receipts.ts';
import type { LocatedWhisper } from '../../src/inbox/state.ts';
import type { WhisperChange } from '../../src/inbox/whisper-change.ts';
import { failure, type Failure } from '../../src/protocol/errors.ts';
import { codeOf, framesOf, InboxMachine, only, whisperFrom } from '../support/inbox-machine.ts';
import { userOf } from '../support/channel-machine.ts';
import { OPEN_POLICY } from '../support/open-policy.ts';

const kinds = (effects: readonly Effect[]) => effects.map(({ kind }) => kind);
const ada = { id: 'u-ada', name: 'ada' };
const bob = { id: 'u-bob', name: 'bob' };
const NO_WHISPER = { code: 'not_found', message: 'no such whisper' };
const away = failure('unavailable', 'away', 1_000);

function place(machine: InboxMachine, id: string, seq: number, over: Partial<WhisperPlaced> = {}): Effect[] {
  const outcome = { id, seq, delivered: true, ...over };
  return [...answered(machine.state, { id, outcome }, machine.context)];
}

/** A whisper to Bob that stands at `seq` of Ada's log, which is the next one. */
function sent(machine: InboxMachine, seq: number, content = 'first'): string {
  const { id } = machine.send(content, 'r', 1, `key ${seq}`);
  place(machine, id, seq);
  return id;
}

function changeIn(effects: readonly Effect[]): WhisperChange {
  const { ask } = only(effects, 'ask');
  if (ask.kind !== 'change') throw new Error('no change is asked for');
  return ask.change;
}

function found(
  machine: InboxMachine,
  effects: readonly Effect[],
  place_: LocatedWhisper | Failure | null,
): Effect[] {
  const { with: correspondent, purpose } = only(effects, 'locate');
  return [...located(machine.state, correspondent, place_, purpose, machine.context)];
}

/** Bob's inbox asks Ada's. */
function changeFrom(content: string | null, id = 'e', whisperId = 'w'): Ask {
  const { from, to } = whisperFrom('bob', 'ada', whisperId);
  return { kind: 'change', change: { id, whisper: { id: whisperId, from, to }, content, timestamp: 5 } };
}

const outcomeOf = (effects: readonly Effect[]) => only(effects, 'answer').answer.outcome;

describe('whisper:update and whisper:delete of the author', () => {
  it('[WHISPER-18] ask the correspondent’s inbox, are shown to the other connections and acknowledged', () => {
    const machine = new InboxMachine();
    const id = sent(machine, 1);
    machine.pass(7);
    const update = machine.run('whisper:update', { id, content: 'second' }, 'u', 2);
    expect(only(update, 'ask').to).toBe('u-bob');
    const change = changeIn(update);
    expect(change.whisper).toEqual({ id, from: ada, to: bob, clientMessageId: 'key 1' });
    const shown = place(machine, change.id, 2);
    expect(only(shown, 'publish')).toMatchObject({ seq: 2, except: [2] });
    const editedAt = machine.context.now;
    expect(framesOf(shown)).toMatchObject([
      { type: 'whisper:updated', seq: 2, timestamp: editedAt },
      { type: 'ack', ref: 'u' },
    ]);
    expect(framesOf(shown).map(({ data }) => data)).toEqual([
      { id, from: ada, to: bob, content: 'second', editedAt },
      { id, seq: 2 },
    ]);
    const gone = place(machine, changeIn(machine.run('whisper:delete', { id }, 'd')).id, 3);
    expect(framesOf(gone).map(({ type, data }) => [type, data])).toEqual([
      ['whisper:deleted', { id, from: ada, to: bob }],
      ['ack', { id, seq: 3 }],
    ]);
  });

  it('[WHISPER-18] look for a whisper that is not at hand; what is not there, or another’s, is not_found', () => {
    const machine = new InboxMachine({ head: 9 });
    const request = (id = 'old') => machine.run('whisper:update', { id, content: 'x' });
    const here = { correspondent: 'u-bob', seq: 4, sent: true };
    const data = JSON.stringify({ id: 'old', from: ada, to: bob, content: 'now', editedAt: 3 });
    expect(only(request(), 'locate')).toMatchObject({ id: 'old', with: null });
    const asking = found(machine, request(), { ...here, data });
    // It waits for the first one, which isn't found yet.
    expect(asking).toEqual([]);
    const alone = new InboxMachine({ head: 9 });
    const ask = (id: string, place_: LocatedWhisper | Failure | null) =>
      found(alone, alone.run('whisper:update', { id, content: 'x' }), place_);
    expect(changeIn(ask('old', { ...here, data })).whisper).toEqual({ id: 'old', from: ada, to: bob });
    const refused = [
      ask('old', null),
      ask('old', { ...here, sent: false, data }),
      ask('old:sent', { ...here, data }),
      alone.run('whisper:delete', { id: 'a\0b' }),
    ];
    for (const effects of refused) expect(framesOf(effects)[0]?.data).toEqual(NO_WHISPER);
    expect(codeOf(ask('old', away))).toBe('unavailable');
  });

  it('[WHISPER-18] are refused with the answer of the log where another was faster', () => {
    const machine = new InboxMachine();
    const id = sent(machine, 1);
    const change = changeIn(machine.run('whisper:update', { id, content: 'x' }));
    const refused = answered(
      machine.state,
      { id: change.id, outcome: failure('not_found', 'no such whisper') },
      machine.context,
    );
    expect(framesOf(refused)[0]?.data).toEqual(NO_WHISPER);
  });

  it('[WHISPER-19] what stands so already is acknowledged as that, and not shown again', () => {
    const machine = new InboxMachine();
    const id = sent(machine, 1);
    const [first, twin] = ['a', 'b'].map((ref) =>
      changeIn(machine.run('whisper:update', { id, content: 'x' }, ref)),
    );
    place(machine, first!.id, 2);
    const effects = place(machine, twin!.id, 2, { id: first!.id });
    expect(kinds(effects)).toEqual(['send']);
    expect(framesOf(effects)[0]).toMatchObject({ ref: 'b', data: { id, seq: 2, duplicate: true } });
  });

  it('[WHISPER-19] stay in order with sends, also behind one that has to be looked for', () => {
    const machine = new InboxMachine();
    const id = sent(machine, 1);
    const looking = machine.run('whisper:update', { id: 'old', content: '1' });
    const rest = [
      machine.run('whisper:send', { to: { id: 'u-bob' }, content: '2' }),
      machine.run('whisper:delete', { id }),
    ];
    expect(rest).toEqual([[], []]);
    const data = JSON.stringify({ id: 'old', from: ada, to: bob, content: 'now' });
    const asks = found(machine, looking, { correspondent: 'u-bob', seq: 1, sent: true, data });
    const order = (effects: readonly Effect[]) =>
      effects.map((effect) => (effect.kind === 'ask' ? effect.ask.kind : effect.kind));
    expect(order(asks)).toEqual(['change', 'send', 'change']);
    expect(order(wayBack(machine.state, () => true))).toEqual(['change', 'send', 'change']);
    expect(codeOf(machine.pass(10_000))).toBe('unavailable');
  });

  it('[WHISPER-19] a failed search lets those behind it go on', () => {
    const machine = new InboxMachine();
    const id = sent(machine, 1);
    const looking = machine.run('whisper:delete', { id: 'old' });
    expect(machine.run('whisper:delete', { id })).toEqual([]);
    expect(kinds(found(machine, looking, null))).toEqual(['send', 'ask']);
  });

  it('[WHISPER-17] count among what may be under way', () => {
    const machine = new InboxMachine();
    const id = sent(machine, 1);
    for (let index = 0; index < 1_000; index += 1) machine.run('whisper:delete', { id });
    expect(codeOf(machine.run('whisper:delete', { id }))).toBe('overloaded');
    expect(codeOf(machine.run('whisper:send', { to: bob, content: 'x' }))).toBe('overloaded');
  });

  it('[WHISPER-19] an update has the content of a send, and a guest who may not send may only delete', () => {
    const machine = new InboxMachine();
    const id = sent(machine, 1);
    const update = (content: string) => machine.run('whisper:update', { id, content });
    expect([update(''), update('x'.repeat(4_001)), update('a\0b')].map(codeOf)).toEqual([
      ...['bad_request', 'too_large', 'bad_request'],
    ]);
    machine.policy = { ...OPEN_POLICY, guestWhispers: false };
    const guest = userOf('ada', { guest: true });
    const request = (type: string, data: object) => machine.run(type, data, 'r', 1, guest);
    expect(codeOf(request('whisper:update', { id, content: 'x' }))).toBe('forbidden');
    expect(kinds(request('whisper:delete', { id }))).toEqual(['ask']);
  });

  it('[WHISPER-9] a note to oneself has one event', () => {
    const machine = new InboxMachine();
    const note = machine.run('whisper:send', { to: { id: 'u-ada' }, content: 'milk' });
    const { answer } = only(
      machine.commit([...asked(machine.state, only(note, 'ask').ask, machine.context)], 1),
      'answer',
    );
    answered(machine.state, answer, machine.context);
    const { to, ask } = only(machine.run('whisper:update', { id: 'w-1', content: 'tea' }), 'ask');
    expect(to).toBe('u-ada');
    const appended = [...asked(machine.state, ask, machine.context)];
    const { entry } = only(appended, 'append');
    expect(entry).toMatchObject({ log: 'inbox:u-ada', id: 'w-2', amends: { id: 'w-1', isFinal: false } });
    expect(entry).not.toHaveProperty('companions');
    const placed = only(machine.commit(appended, 2), 'answer');
    const shown = answered(machine.state, placed.answer, machine.context);
    expect(framesOf(shown).map(({ type }) => type)).toEqual(['whisper:updated', 'ack']);
  });
});

describe('changes that arrive', () => {
  it('[WHISPER-18] are committed in both logs, each amending the copy there, and shown', () => {
    const machine = new InboxMachine();
    machine.attach(1);
    const appended = [...asked(machine.state, changeFrom('new'), machine.context)];
    const { entry } = only(appended, 'append');
    const head = { id: 'w', from: bob, to: ada };
    const amended = {
      data: JSON.stringify({ ...head, content: 'new', editedAt: 5 }),
      superseded: '{"id":"w"}',
    };
    expect(entry).toMatchObject({
      ...{ log: 'inbox:u-ada', id: 'e', type: 'whisper:updated', sender: 'u-bob' },
      amends: { id: 'w', ...amended, isFinal: false },
      companions: [
        { log: 'inbox:u-bob', id: 'e:sent', amends: { id: 'w:sent', ...amended, isFinal: false } },
      ],
    });
    const effects = machine.commit(appended, 1, 7);
    expect(kinds(effects)).toEqual(['publish', 'answer']);
    expect(outcomeOf(effects)).toMatchObject({ id: 'e', seq: 7 });
    const deletion = only(asked(machine.state, changeFrom(null, 'd'), machine.context), 'append').entry;
    expect(deletion).toMatchObject({
      type: 'whisper:deleted',
      data: JSON.stringify(head),
      amends: { data: JSON.stringify({ ...head, deleted: true }), isFinal: true },
    });
  });

  it('[WHISPER-18] are answered not_found when the log has nothing to amend', () => {
    const machine = new InboxMachine();
    const { entry } = only(asked(machine.state, changeFrom('x'), machine.context), 'append');
    const nowhere = { id: 'e', seq: 0, duplicate: false };
    const outcome = { ...nowhere, companions: [nowhere] };
    expect(outcomeOf(settled(machine.state, entry, outcome, machine.context))).toEqual(NO_WHISPER);
    expect(machine.state.head).toBe(0);
  });

  it('[WHISPER-19] asked for again wait for the first one', () => {
    const machine = new InboxMachine();
    const first = [...asked(machine.state, changeFrom('x'), machine.context)];
    expect(asked(machine.state, changeFrom('x'), machine.context)).toEqual([]);
    expect(kinds(asked(machine.state, changeFrom('x', 'twin'), machine.context))).toEqual(['append']);
    expect(kinds(machine.commit(first, 1))).toEqual(['publish', 'answer', 'answer']);
    expect(outcomeOf([refusal(changeFrom('x'), away)])).toEqual(away);
  });

  it('[WHISPER-21] updates are refused as sends are, deletions never', () => {
    const outcome = (machine: InboxMachine, content: string | null) => {
      const effects = asked(machine.state, changeFrom(content, `e${content}`), machine.context);
      return effects[0]?.kind === 'answer' ? effects[0].answer.outcome : effects.map(({ kind }) => kind);
    };
    for (const machine of [
      new InboxMachine({ blocked: ['u-bob'] }),
      new InboxMachine({ policy: 'nobody' }),
    ]) {
      expect(outcome(machine, 'x')).toMatchObject({ code: 'not_found' });
      expect(outcome(machine, null)).toEqual(['append']);
    }
    const full = new InboxMachine();
    full.unreadLimit = 0;
    expect(outcome(full, 'x')).toEqual(['append']);
    const shared = new InboxMachine({ policy: 'shared' });
    expect(outcome(shared, null)).toEqual(['append']);
    expect(outcome(shared, 'x')).toEqual(['vet']);
    // Behind one that waits, in order.
    expect(asked(shared.state, changeFrom(null, 'later'), shared.context)).toEqual([]);
    expect(kinds(vetted(shared.state, 'u-bob', false, shared.context))).toEqual(['answer', 'append']);
  });
});

describe('replayed events', () => {
  const head = { id: 'w-1', from: ada, to: bob };

  it('[WHISPER-20] of the ring tell the state of now', () => {
    const machine = new InboxMachine();
    machine.attach(1);
    const id = sent(machine, 1);
    const resumed = () =>
      (
        framesOf(machine.run('inbox:resume', { recover: { epoch: 'e1', seq: 0 } }))[0]?.data['events'] as {
          data: object;
        }[]
      ).map(({ data }) => data);
    const update = (content: string, seq: number) => {
      place(machine, changeIn(machine.run('whisper:update', { id, content })).id, seq);
    };
    update('second', 2);
    const key = { clientMessageId: 'key 1' };
    const editedAt = machine.context.now;
    expect(resumed()).toEqual([
      { ...head, content: 'second', ...key, editedAt },
      { ...head, content: 'second', editedAt },
    ]);
    update('third', 3);
    expect(resumed().slice(0, 2)).toEqual([{ ...head, content: 'third', ...key, editedAt }, { id }]);
    place(machine, changeIn(machine.run('whisper:delete', { id })).id, 4);
    expect(resumed()).toEqual([{ ...head, deleted: true }, { id }, { id }, head]);
    const [event] = machine.state.ring.slice(1, 1);
    expect(JSON.parse(event!.json)).toMatchObject({ type: 'whisper:created', seq: 1 });
  });

  it('[WHISPER-20] of pages that were read before a change was shown tell it too', () => {
    const machine = new InboxMachine({ head: 1 });
    machine.attach(1);
    const whisper = whisperFrom('ada', 'bob', 'w-1');
    const stale = ownEvent({ kind: 'send', whisper }, 1);
    const { purpose } = only(machine.run('whisper:history', {}), 'read');
    machine.run('whisper:conversations', {});
    machine.run('whisper:history', { with: { id: 'u-bob' } });
    const change = { id: 'e', whisper: head, content: null, timestamp: 9 };
    const deletion = ownEvent({ kind: 'change', change }, 2);
    const read = { events: [stale], hasMore: false };
    machine.caughtUp({ events: [deletion], hasMore: false });
    const deleted = { type: 'whisper:created', seq: 1, data: { ...head, deleted: true } };
    const page = framesOf(pageRead(machine.state, purpose, read, machine.context))[0];
    expect(page?.data['events']).toMatchObject([deleted, { seq: 2 }]);
    const waiter = { connection: 1, ref: 'c' };
    const item = { with: bob, last: stale, state: { unread: 0 } };
    const list = conversationsRead(machine.state, waiter, { items: [item], hasMore: false }, machine.context);
    expect(framesOf(list)[0]?.data['items']).toMatchObject([{ last: deleted }]);
    const marks = { sentDelivered: 0, sentRead: 0 };
    const history = conversationRead(machine.state, waiter, { ...read, marks }, machine.context);
    expect(framesOf(history)[0]?.data['events']).toMatchObject([deleted]);
    expect([machine.state.reads, machine.state.changedMeanwhile.length]).toEqual([0, 0]);
  });

  it('[WHISPER-20] what was read as deleted stays so when an earlier update is shown behind it', () => {
    const machine = new InboxMachine();
    const gone = { id: 'w-1:sent', type: 'whisper:created', sender: 'u-ada', seq: 1, timestamp: 1 };
    machine.caughtUp({
      events: [{ ...gone, data: JSON.stringify({ ...head, deleted: true }) }],
      hasMore: false,
    });
    const change = { id: 'e', whisper: head, content: 'text', timestamp: 9 };
    machine.caughtUp({ events: [ownEvent({ kind: 'change', change }, 2)], hasMore: false });
    expect(machine.state.ring.slice(1, 1)[0]?.json).not.toContain('text');
  });

  it('[WHISPER-22] move no count and no mark, and a deleted whisper can be marked', () => {
    const machine = new InboxMachine();
    const whisper = whisperFrom('bob', 'ada', 'w');
    machine.commit([...asked(machine.state, { kind: 'send', whisper }, machine.context)], 1);
    machine.commit([...asked(machine.state, changeFrom('x', 'e'), machine.context)], 2);
    machine.commit([...asked(machine.state, changeFrom(null, 'd'), machine.context)], 3);
    expect(machine.state).toMatchObject({ head: 3, unread: 1 });
    expect(machine.state.conversations.get('u-bob')).toMatchObject({ lastSeq: 1, unread: 1 });
    const marking = only(machine.run('whisper:read', { with: { id: 'u-bob' }, id: 'w' }), 'mark');
    expect(marking.mark).toMatchObject({ correspondent: 'u-bob', read: 1 });
    // Ids of the events of changes are nobody's whispers.
    expect(kinds(machine.run('whisper:read', { with: { id: 'u-bob' }, id: 'd' }))).toEqual(['locate']);
  });
});
