import { describe, expect, it } from 'vitest';
import type { Effect } from '../../src/channel/effects.ts';
import { pageDropped } from '../../src/channel/page-reads.ts';
import type { CommittedEvent } from '../../src/log/committed-event.ts';
import { failure } from '../../src/protocol/errors.ts';
import { ChannelMachine, frameOf, userOf } from '../support/channel-machine.ts';
import { OPEN_POLICY } from '../support/open-policy.ts';

const ada = userOf('ada');
const bob = userOf('bob');
const mod = userOf('mod', { roles: ['moderator'] });
const ref = ({ id, name }: typeof ada) => ({ id, name });
const kinds = (effects: readonly Effect[]) => effects.map(({ kind }) => kind);
const codeOf = (effects: readonly Effect[]) => frameOf(effects[0]).data['code'];
const NO_MESSAGE = { code: 'not_found', message: 'no such message' };

/** The entry of the only effect, an append. */
function entryOf(effects: readonly Effect[]) {
  const [effect] = effects;
  if (effect?.kind !== 'append' || effects.length > 1) throw new Error(`no append: ${kinds(effects).join()}`);
  return effect.entry;
}

/** Ada, Bob and a moderator are in. */
function joined(bounds = { events: 100, size: 1_000_000 }): ChannelMachine {
  const machine = new ChannelMachine(bounds);
  for (const [index, user] of [ada, bob, mod].entries()) machine.join(index + 1, user);
  return machine;
}

/** What `effects` append is committed, acknowledged and shown. */
function commit(machine: ChannelMachine, effects: readonly Effect[]): Effect[] {
  const event = machine.append(entryOf(effects));
  const { id, seq } = event;
  return [...machine.settle(id, { id, seq, duplicate: false }), ...machine.publish(event)];
}

const EXTRAS = { clientMessageId: 'k', meta: { a: [1, { b: null }] } };

/** Ada's message is in the log, at 1. */
function said(machine: ChannelMachine, content = 'first'): string {
  const effects = machine.run('message:send', 1, ada, { content, ...EXTRAS });
  commit(machine, effects);
  return entryOf(effects).id;
}

const update = (machine: ChannelMachine, id: string, content: string, by = ada, connection = 1) =>
  machine.run('message:update', connection, by, { id, content });
const remove = (machine: ChannelMachine, id: string, by = ada, connection = 1) =>
  machine.run('message:delete', connection, by, { id });
/** What the page `data` asks for tells, event by event. */
const told = (machine: ChannelMachine, data: object = {}) =>
  (frameOf(machine.run('history:get', 2, bob, data)[0]).data['events'] as { data: object }[]).map(
    (event) => event.data,
  );

describe('message:update and message:delete', () => {
  it('[MSG-10] amend the message, are acknowledged with its id and shown to all', () => {
    const machine = joined();
    const id = said(machine);
    machine.time = 7;
    const editedAt = machine.context.now;
    const effects = update(machine, id, 'second');
    const author = ref(ada);
    expect(entryOf(effects)).toMatchObject({
      ...{ type: 'message:updated', sender: ada.id, timestamp: editedAt },
      amends: { id, superseded: JSON.stringify({ id }), isFinal: false },
    });
    const created = { id, content: 'second', author, ...EXTRAS, editedAt };
    expect(JSON.parse(entryOf(effects).amends!.data)).toEqual(created);
    const [ack, shown] = commit(machine, effects);
    expect(frameOf(ack)).toMatchObject({ type: 'ack', ref: 'r', data: { id, seq: 2 } });
    expect(frameOf(ack).data).toEqual({ id, seq: 2 });
    expect(shown).toMatchObject({ kind: 'publish', seq: 2 });
    expect(frameOf(shown)).toMatchObject({ type: 'message:updated', seq: 2, timestamp: editedAt });
    expect(frameOf(shown).data).toEqual({ id, content: 'second', editedAt, author });

    const deletion = remove(machine, id, mod, 3);
    expect(entryOf(deletion)).toMatchObject({
      ...{ type: 'message:deleted', sender: mod.id },
      amends: { id, data: JSON.stringify({ id, author, deleted: true }), isFinal: true },
    });
    const [, gone] = commit(machine, deletion);
    expect(frameOf(gone)).toMatchObject({ type: 'message:deleted', seq: 3 });
    expect(frameOf(gone).data).toEqual({ id, by: ref(mod) });
  });

  it('[MSG-11] somebody else’s is forbidden, but for staff that deletes', () => {
    const machine = joined();
    const id = said(machine);
    expect(codeOf(update(machine, id, 'x', bob, 2))).toBe('forbidden');
    expect(codeOf(update(machine, id, 'x', mod, 3))).toBe('forbidden');
    expect(codeOf(remove(machine, id, bob, 2))).toBe('forbidden');
    expect(kinds(remove(machine, id, mod, 3))).toEqual(['append']);
  });

  it('[MSG-11] need to be in the channel, and to be allowed to write', () => {
    const machine = joined();
    const id = said(machine);
    expect([update(machine, id, 'x', ada, 9), remove(machine, id, ada, 9)].map(codeOf)).toEqual([
      ...['not_member', 'not_member'],
    ]);
    machine.policy = { ...OPEN_POLICY, guests: 'read' };
    const guest = { ...ada, guest: true };
    expect([update(machine, id, 'x', guest), remove(machine, id, guest)].map(codeOf)).toEqual([
      ...['forbidden', 'forbidden'],
    ]);
  });

  it('[MSG-11] the new text is held to what a sent one is', () => {
    const machine = joined();
    const id = said(machine);
    const codes = ['', 'x'.repeat(4_001), 'a\0b', '/command'].map((content) =>
      codeOf(update(machine, id, content)),
    );
    expect(codes).toEqual(['bad_request', 'too_large', 'bad_request', 'bad_request']);
    expect(() => update(machine, '', 'x')).toThrow('id');
    expect(() => update(machine, 'x'.repeat(65), 'x')).toThrow('id');
  });

  it('[MSG-11] what is no message here is not_found, with one text', () => {
    const machine = joined();
    const id = said(machine);
    const event = entryOf(update(machine, id, 'second')).id;
    commit(machine, update(machine, id, 'third'));
    const lost = { ...machine.log[1]!, id: event };
    const answers = [
      machine.answerFind(update(machine, 'nothing', 'x'), null),
      machine.answerFind(remove(machine, 'nothing'), null),
      machine.answerFind(update(machine, event, 'x'), lost),
      remove(machine, machine.log[1]!.id),
      remove(machine, 'a\0b'),
      remove(machine, '\ud800'),
    ];
    for (const effects of answers) {
      expect(kinds(effects)).toEqual(['send']);
      expect(frameOf(effects[0]).data).toEqual(NO_MESSAGE);
    }
  });

  it('[MSG-11] what is deleted can’t be updated, whoever finds out', () => {
    const machine = joined();
    const id = said(machine);
    const late = entryOf(update(machine, id, 'late'));
    commit(machine, remove(machine, id));
    expect(frameOf(update(machine, id, 'x')[0]).data).toEqual(NO_MESSAGE);
    const refused = machine.settle(late.id, { id: late.id, seq: 0, duplicate: false });
    expect(frameOf(refused[0]).data).toEqual(NO_MESSAGE);
    expect(machine.state.head).toBe(2);
  });

  it('[MSG-12] what stands so already is acknowledged as that', () => {
    const machine = joined();
    const id = said(machine);
    const [first, twin] = [update(machine, id, 'x'), update(machine, id, 'x')].map(entryOf);
    commit(machine, [{ kind: 'append', entry: first! }]);
    const [ack] = machine.settle(twin!.id, { id: first!.id, seq: 2, duplicate: true });
    expect(frameOf(ack).data).toEqual({ id, seq: 2, duplicate: true });
    commit(machine, remove(machine, id));
    // Whoever deletes it again asks for the same.
    expect(entryOf(remove(machine, id, mod, 3)).amends!.data).toBe(entryOf(remove(machine, id)).amends!.data);
  });

  it('[MSG-11] [MSG-12] look for a message that is not at hand; its other changes wait behind, in order', () => {
    const machine = joined();
    const id = said(machine);
    const event = machine.log[0]!;
    machine.state.ring.clear();
    const looking = update(machine, id, 'second');
    expect(looking).toEqual([{ kind: 'find', id }]);
    machine.state.ring.push({ ...event, json: '{}', shadowed: 'no' as const, bytes: null });
    expect([update(machine, id, 'x', bob, 2), remove(machine, id)]).toEqual([[], []]);
    const effects = machine.answerFind(looking, event);
    expect(kinds(effects)).toEqual(['append', 'send', 'append']);
    expect(frameOf(effects[1]).data['code']).toBe('forbidden');
    const entries = effects.flatMap((effect) => (effect.kind === 'append' ? [effect.entry.type] : []));
    expect(entries).toEqual(['message:updated', 'message:deleted']);
    expect(machine.state.searches.size).toBe(0);
  });

  it('[MSG-11] a search that fails is unavailable, and the next one begins anew', () => {
    const machine = joined();
    const looking = remove(machine, 'old');
    remove(machine, 'old');
    const away = failure('unavailable', 'away', 1_000);
    expect(machine.answerFind(looking, away).map((effect) => frameOf(effect).data['code'])).toEqual([
      ...['unavailable', 'unavailable'],
    ]);
    expect(kinds(remove(machine, 'old'))).toEqual(['find']);
  });

  it('[TYPING-2] an update leaves the mark of who types', () => {
    const machine = joined();
    const id = said(machine);
    machine.run('typing:start', 1, ada);
    expect(kinds(commit(machine, update(machine, id, 'x')))).toEqual(['send', 'publish']);
  });
});

describe('replayed events', () => {
  const author = ref(ada);

  it('[MSG-13] of the ring tell the state of now, also where the same page was told before', () => {
    const machine = joined();
    machine.grow(1);
    const id = said(machine);
    const editedAt = machine.context.now;
    expect(told(machine, { limit: 2 })[1]).toMatchObject({ content: 'first' });
    commit(machine, update(machine, id, 'second'));
    expect(told(machine, { afterSeq: 0, limit: 2 })[1]).toEqual({
      ...{ id, content: 'second', author, ...EXTRAS, editedAt },
    });
    commit(machine, update(machine, id, 'third'));
    expect(told(machine, { afterSeq: 1 }).slice(0, 2)).toEqual([
      { id, content: 'third', author, ...EXTRAS, editedAt },
      { id },
    ]);
    commit(machine, remove(machine, id));
    expect(told(machine, { afterSeq: 1 })).toEqual([
      { id, author, deleted: true },
      { id },
      { id },
      { id, by: author },
    ]);
  });

  it('[MSG-13] of a page that was read before a change was shown tell it too', () => {
    const machine = joined({ events: 2, size: 1_000_000 });
    const id = said(machine);
    machine.grow(3);
    const stale = machine.read({ direction: 'newest', limit: 10 });
    const asked = machine.run('history:get', 2, bob);
    const other = machine.run('history:get', 2, bob);
    expect(kinds(asked)).toEqual(['read']);
    const found = machine.answerFind(remove(machine, id), machine.log[0]!);
    commit(machine, found);
    const answer = (effects: readonly Effect[]) => {
      const [effect] = effects;
      if (effect?.kind !== 'read') throw new Error('no read');
      return frameOf(machine.answerRead([effect], stale)[0]).data['events'] as { data: object }[];
    };
    expect(answer(asked)[0]!.data).toEqual({ id, author, deleted: true });
    expect(machine.state).toMatchObject({ reads: 1 });
    expect(machine.state.changedMeanwhile.length).toBe(1);
    // Nobody waits for the other one any more.
    expect(kinds(other)).toEqual(['read']);
    pageDropped(machine.state);
    expect([machine.state.reads, machine.state.changedMeanwhile.length]).toEqual([0, 0]);
  });

  it('[MSG-13] what was read as deleted stays so when an earlier update is shown behind it', () => {
    const machine = joined();
    const common = { sender: ada.id, timestamp: 1 };
    const events: CommittedEvent[] = [
      {
        ...{ id: 'm', type: 'message:created', seq: 1, ...common },
        data: JSON.stringify({ id: 'm', author, deleted: true }),
      },
      {
        ...{ id: 'e', type: 'message:updated', seq: 2, ...common },
        data: JSON.stringify({ id: 'm', content: 'text', editedAt: 1, author }),
      },
    ];
    for (const event of events) machine.publish(event);
    expect(told(machine)[0]).toEqual({ id: 'm', author, deleted: true });
  });
});
