import { describe, expect, it } from 'vitest';
import { changed } from '../../src/inbox/choices.ts';
import { detach } from '../../src/inbox/connections.ts';
import type { Effect } from '../../src/inbox/effects.ts';
import { asked, settled, vetted } from '../../src/inbox/incoming.ts';
import type { MarkedConversation } from '../../src/inbox/marks.ts';
import { located, marked } from '../../src/inbox/receipts.ts';
import { failure } from '../../src/protocol/errors.ts';
import { codeOf, framesOf, InboxMachine, only, whisperFrom } from '../support/inbox-machine.ts';

const kinds = (effects: readonly Effect[]) => effects.map(({ kind }) => kind);
const NO_RECIPIENT = { code: 'not_found', message: 'no such user, or they take no whispers from you' };
const bob = { id: 'u-bob' };

/** Bob's inbox, or another one's, asks Ada's. */
function ask(machine: InboxMachine, id: string, from = 'bob', over: object = {}): Effect[] {
  const whisper = whisperFrom(from, 'ada', id, over);
  return [...asked(machine.state, { kind: 'send', whisper }, machine.context)];
}

function receive(machine: InboxMachine, id: string, seq: number, from = 'bob'): Effect[] {
  return machine.commit(ask(machine, id, from), seq, seq + 10);
}

const outcomeOf = (effects: readonly Effect[]) => only(effects, 'answer').answer.outcome;

describe('a whisper that arrives', () => {
  it('[WHISPER-1] is committed with its copy, shown to all connections, and answered with the number there', () => {
    const machine = new InboxMachine();
    machine.attach(1);
    const appended = ask(machine, 'w', 'bob', { clientMessageId: 'c' });
    const { entry } = only(appended, 'append');
    expect(entry).toMatchObject({ log: 'inbox:u-ada', id: 'w', sender: 'u-bob', clientMessageId: 'c' });
    expect(entry.companions).toMatchObject([
      { log: 'inbox:u-bob', id: 'w:sent', sender: 'u-bob', clientMessageId: 'u-ada c', data: entry.data },
    ]);
    const effects = machine.commit(appended, 1, 7);
    expect(kinds(effects)).toEqual(['publish', 'answer']);
    expect(only(effects, 'publish')).toMatchObject({ seq: 1, except: [] });
    expect(only(effects, 'answer')).toEqual({
      kind: 'answer',
      to: 'u-bob',
      answer: { id: 'w', outcome: { id: 'w', seq: 7, delivered: true } },
    });
  });

  it('[WHISPER-1] reaches nobody when no connection is there', () => {
    const machine = new InboxMachine();
    machine.attach(1);
    detach(machine.state, 1);
    expect(outcomeOf(receive(machine, 'w', 1))).toMatchObject({ delivered: false });
  });

  it('[WHISPER-2] asked for again, or a twin of it, waits for the first one', () => {
    const machine = new InboxMachine();
    const first = ask(machine, 'w');
    expect(ask(machine, 'w')).toEqual([]);
    const keyed = ask(machine, 'k', 'bob', { clientMessageId: 'w' });
    expect(kinds(keyed)).toEqual(['append']);
    expect(ask(machine, 'k2', 'bob', { clientMessageId: 'w' })).toEqual([]);
    expect(kinds(machine.commit(first, 1))).toEqual(['publish', 'answer', 'answer']);
    const answers = machine.commit(keyed, 2).filter((effect) => effect.kind === 'answer');
    expect(answers.map(({ answer }) => [answer.id, answer.outcome])).toMatchObject([
      ['k', { id: 'k' }],
      ['k2', { id: 'k' }],
    ]);
  });

  it('[WHISPER-10] that was given up is shown and answered when it lands after all', () => {
    const machine = new InboxMachine();
    const appended = ask(machine, 'w');
    const { entry } = only(appended, 'append');
    const problem = failure('unavailable', 'away', 1_000);
    expect(outcomeOf(settled(machine.state, entry, problem, machine.context))).toEqual(problem);
    expect(kinds(machine.commit(appended, 1))).toEqual(['publish', 'answer']);
  });

  it('[WHISPER-7] of someone who is blocked is refused as if there were nobody', () => {
    const machine = new InboxMachine({ blocked: ['u-bob'] });
    expect(outcomeOf(ask(machine, 'w'))).toEqual(NO_RECIPIENT);
    expect(kinds(ask(machine, 'v', 'cy'))).toEqual(['append']);
  });

  it('[BAN-9] to someone who is banned is refused as if there were nobody', () => {
    const machine = new InboxMachine();
    machine.banned.add('u-ada');
    expect(outcomeOf(ask(machine, 'w'))).toEqual(NO_RECIPIENT);
    machine.banned.clear();
    expect(kinds(ask(machine, 'w'))).toEqual(['append']);
  });

  it('[WHISPER-15] is refused alike where nobody, or only people of one channel, may whisper', () => {
    expect(outcomeOf(ask(new InboxMachine({ policy: 'nobody' }), 'w'))).toEqual(NO_RECIPIENT);
    const machine = new InboxMachine({ policy: 'shared' });
    expect(ask(machine, 'w')).toEqual([{ kind: 'vet', user: 'u-bob' }]);
    expect(ask(machine, 'v')).toEqual([]);
    expect(kinds(ask(machine, 'x', 'cy'))).toEqual(['vet']);
    expect(kinds(vetted(machine.state, 'u-bob', true, machine.context))).toEqual(['append', 'append']);
    expect(outcomeOf(vetted(machine.state, 'u-cy', false, machine.context))).toEqual(NO_RECIPIENT);
    ask(machine, 'y');
    const away = failure('unavailable', 'away', 1_000);
    expect(outcomeOf(vetted(machine.state, 'u-bob', away, machine.context))).toEqual(away);
  });

  it('[WHISPER-16] is a conflict where as many are unread as the setting says', () => {
    const machine = new InboxMachine();
    machine.unreadLimit = 2;
    receive(machine, 'a', 1);
    receive(machine, 'b', 2, 'cy');
    expect(outcomeOf(ask(machine, 'c'))).toMatchObject({ code: 'conflict' });
  });
});

describe('marks', () => {
  const conversation = (lastSeq: number, unread: number, delivered: number, read: number) => ({
    correspondent: 'u-bob',
    ...{ lastSeq, unread, delivered, read, sentDelivered: 0, sentRead: 0 },
  });
  const commit = (machine: InboxMachine, effects: readonly Effect[], result: MarkedConversation) => {
    const { mark, purpose } = only(effects, 'mark');
    return marked(machine.state, mark, purpose, result, machine.context);
  };

  it('[WHISPER-11] `whisper:read` is committed, then told to the correspondent and the other connections', () => {
    const machine = new InboxMachine();
    receive(machine, 'a', 1);
    receive(machine, 'b', 2);
    const effects = machine.run('whisper:read', { with: bob, id: 'a' });
    expect(only(effects, 'mark').mark).toEqual({ correspondent: 'u-bob', delivered: 1, read: 1 });
    const told = commit(machine, effects, {
      state: conversation(2, 1, 1, 1),
      deliveredWhisper: { id: 'a', sentSeq: 11 },
      readWhisper: { id: 'a', sentSeq: 11 },
    });
    const by = { id: 'u-ada', name: 'ada' };
    expect(only(told, 'receipt')).toEqual({
      kind: 'receipt',
      to: 'u-bob',
      receipt: { type: 'whisper:read', by, id: 'a', seq: 11 },
    });
    expect(only(told, 'broadcast').except).toEqual([1]);
    expect(framesOf(told).map(({ data }) => data)).toEqual([
      { id: 'a', by, with: 'u-bob', unread: 1, total: 1 },
      { unread: 1, total: 1 },
    ]);
    expect(kinds(machine.run('whisper:read', { with: bob, id: 'a' }))).toEqual(['send']);
  });

  it('[WHISPER-11] `whisper:delivered` is told to the correspondent alone', () => {
    const machine = new InboxMachine();
    receive(machine, 'a', 1);
    const effects = machine.run('whisper:delivered', { with: bob, id: 'a' });
    const whisper = { id: 'a', sentSeq: 11 };
    const result = { state: conversation(1, 1, 1, 0), deliveredWhisper: whisper, readWhisper: null };
    expect(kinds(commit(machine, effects, result))).toEqual(['receipt', 'send']);
    expect(machine.state.unread).toBe(1);
  });

  it('[WHISPER-5] counts that hold what was not shown yet wait for it; what came meanwhile is added', () => {
    const machine = new InboxMachine();
    receive(machine, 'a', 1);
    const effects = machine.run('whisper:read', { with: bob, id: 'a' });
    const [second, third] = [ask(machine, 'b'), ask(machine, 'c')];
    const readWhisper = { id: 'a', sentSeq: 11 };
    const result = { state: conversation(2, 1, 1, 1), deliveredWhisper: readWhisper, readWhisper };
    expect(commit(machine, effects, result)).toEqual([]);
    machine.commit(second, 2);
    expect(machine.state.unread).toBe(1);
    const again = machine.run('whisper:read', { with: bob, id: 'b' });
    machine.commit(third, 3);
    const behind = { id: 'b', sentSeq: 12 };
    commit(machine, again, {
      state: conversation(2, 0, 2, 2),
      deliveredWhisper: behind,
      readWhisper: behind,
    });
    expect(machine.state.unread).toBe(1);
    expect(machine.state.conversations.get('u-bob')).toMatchObject({ read: 2, cameMeanwhile: [] });
  });

  it('[WHISPER-11] a mark that can not be committed fails, and one for what is not there is not_found', () => {
    const machine = new InboxMachine();
    receive(machine, 'a', 1);
    const { mark, purpose } = only(machine.run('whisper:read', { with: bob, id: 'a' }), 'mark');
    const away = failure('unavailable', 'away', 1_000);
    expect(codeOf(marked(machine.state, mark, purpose, away, machine.context))).toBe('unavailable');
    expect(codeOf(machine.run('whisper:read', { with: { id: 'u-cy' }, id: 'a' }))).toBe('not_found');
    expect(codeOf(machine.run('whisper:read', { with: bob, id: 'a\0' }))).toBe('not_found');
    const asking = only(machine.run('whisper:read', { with: { name: 'bob' }, id: 'old' }), 'locate');
    const received = { sent: false, data: '{}' };
    const find = (found: Parameters<typeof located>[2]) =>
      located(machine.state, asking.with, found, asking.purpose, machine.context);
    expect(codeOf(find(null))).toBe('not_found');
    expect(codeOf(find(away))).toBe('unavailable');
    expect(kinds(find({ correspondent: 'u-bob', seq: 1, ...received }))).toEqual(['mark']);
    expect(framesOf(find({ correspondent: 'u-ada', seq: 1, ...received }))[0]?.type).toBe('ack');
  });
});

describe('choices', () => {
  const commit = (machine: InboxMachine, effects: readonly Effect[]) => {
    const { change, waiter } = only(effects, 'change');
    return changed(machine.state, change, waiter, null, machine.context);
  };

  it('[WHISPER-14] `user:block` and `user:unblock` hold when they are committed, and other connections follow', () => {
    const machine = new InboxMachine();
    const effects = machine.run('user:block', { user: bob });
    expect(kinds(ask(machine, 'w'))).toEqual(['append']);
    const told = commit(machine, effects);
    expect(framesOf(told)).toMatchObject([{ type: 'user:blocked', data: { user: bob } }, { type: 'ack' }]);
    expect(outcomeOf(ask(machine, 'v'))).toEqual(NO_RECIPIENT);
    // Whom one blocks already: the store is told all the same.
    expect(kinds(machine.run('user:block', { user: bob }))).toEqual(['change']);
    commit(machine, machine.run('user:unblock', { user: bob }));
    expect(kinds(ask(machine, 'x'))).toEqual(['append']);
  });

  it('[WHISPER-14] nobody blocks themselves or more than 1,000 people', () => {
    const blocked = Array.from({ length: 1_000 }, (_, index) => `u-${index}`);
    const machine = new InboxMachine({ blocked });
    expect(codeOf(machine.run('user:block', { user: bob }))).toBe('conflict');
    expect(codeOf(machine.run('user:block', { user: { id: 'u-ada' } }))).toBe('bad_request');
  });

  it('[WHISPER-15] `whisper:policy` tells who may whisper, and changes it', () => {
    const machine = new InboxMachine();
    expect(framesOf(machine.run('whisper:policy'))[0]?.data).toEqual({ from: 'anyone' });
    const told = commit(machine, machine.run('whisper:policy', { from: 'nobody' }));
    expect(framesOf(told)[0]?.data).toEqual({ from: 'nobody' });
    expect(outcomeOf(ask(machine, 'w'))).toEqual(NO_RECIPIENT);
    expect(() => machine.run('whisper:policy', { from: 'friends' })).toThrow();
    const { change, waiter } = only(machine.run('whisper:policy', { from: 'anyone' }), 'change');
    const away = failure('unavailable', 'away', 1_000);
    expect(codeOf(changed(machine.state, change, waiter, away, machine.context))).toBe('unavailable');
    expect(machine.state.policy).toBe('nobody');
  });
});
