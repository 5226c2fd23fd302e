import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Effect } from '../../src/channel/effects.ts';
import { namesFound } from '../../src/channel/mentions.ts';
import type { AppendEntry } from '../../src/log/entry.ts';
import type { UserRef } from '../../src/protocol/entities.ts';
import { failure, type Failure } from '../../src/protocol/errors.ts';
import { ChannelMachine, frameOf, userOf } from '../support/channel-machine.ts';

const ada = userOf('ada');
const bob = userOf('bob');
const mod = userOf('mod', { roles: ['moderator'] });
const refOf = ({ id, name }: UserRef): UserRef => ({ id, name });
const codeOf = (effects: readonly Effect[]) => frameOf(effects[0]).data['code'];

/** Ada is in the channel over connection 1, Bob over 2, a moderator over 3. */
function talking() {
  const machine = new ChannelMachine();
  for (const [index, user] of [ada, bob, mod].entries()) machine.join(index + 1, user);
  const say = (content: string, data: object = {}, connection = 1, user = ada) =>
    machine.run('message:send', connection, user, { content, ...data }, content);
  /** The store has these people by their names. */
  const found = (author: string, people: readonly UserRef[] | Failure) => {
    const names = 'code' in people ? people : new Map(people.map((one) => [one.name, refOf(one)]));
    return machine.answered(namesFound(machine.state, author, names, machine.context));
  };
  return { machine, say, found };
}

const entriesOf = (effects: readonly Effect[]): readonly AppendEntry[] =>
  effects.flatMap((effect) => (effect.kind === 'append' ? [effect.entry] : []));
const dataOf = ({ data }: { readonly data: string }) => JSON.parse(data) as Record<string, unknown>;
/** Whose inboxes an entry goes to beside its channel. */
const told = (entry: AppendEntry | undefined) => (entry?.companions ?? []).map(({ log }) => log);

describe('mentions in a message', () => {
  it('[MENTION-3] of somebody present are in the event, and in their inbox with the message', () => {
    const { say } = talking();
    const [entry, ...others] = entriesOf(say('hi @BOB', { clientMessageId: 'c1' }));
    expect(others).toEqual([]);
    expect(dataOf(entry!)['mentions']).toEqual([refOf(bob)]);
    const [mention, ...more] = entry!.companions!;
    expect(more).toEqual([]);
    expect(mention).toMatchObject({
      log: 'inbox:u-bob',
      id: `${entry!.id}:m:u-bob`,
      type: 'mention:created',
      sender: ada.id,
      clientMessageId: 'room\x01cc1',
      timestamp: entry!.timestamp,
    });
    expect(dataOf(mention!)).toEqual({ id: entry!.id, channelId: 'room', author: refOf(ada) });
    expect(mention!.data).not.toContain('hi');
  });

  it('[MENTION-3] of nobody leave the message as it is', () => {
    const { say } = talking();
    for (const content of ['hi', 'mail me at a@b.c', '`@bob`']) {
      const [entry] = entriesOf(say(content));
      expect(entry).not.toHaveProperty('companions');
      expect(dataOf(entry!)).not.toHaveProperty('mentions');
    }
  });

  it('[MENTION-3] of oneself notify nobody', () => {
    const { say } = talking();
    const [entry] = entriesOf(say('@ada @ada'));
    expect(dataOf(entry!)['mentions']).toEqual([refOf(ada)]);
    expect(told(entry)).toEqual([]);
  });

  it('[MENTION-3] of others are looked for, those that nobody has stay text', () => {
    const { say, found } = talking();
    const effects = say('@bob @zoe @nobody');
    expect(effects).toEqual([{ kind: 'findNames', names: ['zoe', 'nobody'], author: ada.id }]);
    const [entry] = entriesOf(found(ada.id, [userOf('zoe')]));
    expect(dataOf(entry!)['mentions']).toEqual([refOf(bob), refOf(userOf('zoe'))]);
    expect(told(entry)).toEqual(['inbox:u-bob', 'inbox:u-zoe']);
  });

  it('[MENTION-4] what the same user writes meanwhile waits behind, what others write does not', () => {
    const { say, found } = talking();
    say('@zoe', { clientMessageId: 'c1' });
    expect(say('two')).toEqual([]);
    expect(say('@zoe', { clientMessageId: 'c1' })).toEqual([]);
    expect(say('@eve')).toEqual([]);
    expect(say('five')).toEqual([]);
    expect(entriesOf(say('mine', {}, 2, bob))).toHaveLength(1);
    const first = found(ada.id, [userOf('zoe')]);
    expect(entriesOf(first).map((entry) => dataOf(entry)['content'])).toEqual(['@zoe', 'two']);
    expect(first.at(-1)).toMatchObject({ kind: 'findNames', names: ['zoe'] });
    // The twin of the first one joins it.
    const twin = found(ada.id, [userOf('zoe')]);
    expect(twin).toMatchObject([{ kind: 'findNames', names: ['eve'] }]);
    expect(entriesOf(found(ada.id, [])).map((entry) => dataOf(entry)['content'])).toEqual(['@eve', 'five']);
  });

  it('[MENTION-4] where names can not be looked for the message is unavailable, and the next one goes on', () => {
    const { say, found } = talking();
    say('@zoe');
    say('two');
    const effects = found(ada.id, failure('unavailable', 'away', 1_000));
    expect(codeOf(effects)).toBe('unavailable');
    expect(entriesOf(effects).map((entry) => dataOf(entry)['content'])).toEqual(['two']);
  });

  it('[MENTION-6] of more than 20 people are refused', () => {
    const { machine, say } = talking();
    const names = Array.from({ length: 21 }, (_, index) => `user${index}`);
    for (const [index, name] of names.entries()) machine.join(10 + index, userOf(name));
    const text = (count: number) => names.slice(0, count).map((name) => `@${name}`);
    expect(told(entriesOf(say(text(20).join(' ')))[0])).toHaveLength(20);
    expect(codeOf(say(text(21).join(' ')))).toBe('bad_request');
  });

  it('[MENTION-7] reach nobody who may not read the channel', () => {
    const { machine, say, found } = talking();
    machine.state.private = true;
    machine.state.members.set(ada.id, { name: 'ada', role: 'member', joinedAt: 1 });
    machine.state.members.set('u-zoe', { name: 'zoe', role: 'member', joinedAt: 1 });
    say('@zoe @eve');
    expect(told(entriesOf(found(ada.id, [userOf('zoe'), userOf('eve')]))[0])).toEqual(['inbox:u-zoe']);
    const ban = { kind: 'ban', user: 'u-zoe', name: 'zoe', by: mod.id, byName: 'mod', until: null } as const;
    machine.state.sanctions.ban.set('u-zoe', ban);
    say('@zoe');
    expect(told(entriesOf(found(ada.id, [userOf('zoe')]))[0])).toEqual([]);
  });

  it('[MENTION-2] @here mentions who is present, for moderators, and is text for others', () => {
    const { machine, say } = talking();
    const [plain] = entriesOf(say('@here'));
    expect(told(plain)).toEqual([]);
    expect(dataOf(plain!)).not.toHaveProperty('here');
    const [entry] = entriesOf(say('@here and @bob', {}, 3, mod));
    expect(dataOf(entry!)).toMatchObject({ here: true, mentions: [refOf(bob)] });
    expect(told(entry)).toEqual(['inbox:u-bob', 'inbox:u-ada']);
    expect(entry!.companions!.map((one) => dataOf(one)['here'])).toEqual([undefined, true]);
    machine.state.members.set(ada.id, { name: 'ada', role: 'owner', joinedAt: 1 });
    expect(told(entriesOf(say('@here'))[0])).toEqual(['inbox:u-bob', 'inbox:u-mod']);
    for (let index = 0; index < 150; index += 1) machine.join(100 + index, userOf(`crowd${index}`));
    expect(told(entriesOf(say('@here', {}, 3, mod))[0])).toHaveLength(99);
  });

  it('[MENTION-7] are in the message, and told to nobody who blocks its author', () => {
    const { machine, say, found } = talking();
    machine.blockers.set(ada.id, [bob.id, 'u-zoe']);
    const [entry] = entriesOf(say('@bob @mod'));
    expect(dataOf(entry!)['mentions']).toEqual([refOf(bob), refOf(mod)]);
    expect(told(entry)).toEqual(['inbox:u-mod']);
    say('@zoe @eve');
    const [second] = entriesOf(found(ada.id, [userOf('zoe'), userOf('eve')]));
    expect(told(second)).toEqual(['inbox:u-eve']);
    machine.state.members.set(ada.id, { name: 'ada', role: 'owner', joinedAt: 1 });
    expect(told(entriesOf(say('@here'))[0])).toEqual(['inbox:u-mod']);
    machine.publish(machine.append(entry!));
    machine.blockers.set(ada.id, [mod.id]);
    const edit = (content: string) => machine.run('message:update', 1, ada, { id: entry!.id, content });
    expect(told(entriesOf(edit('nobody'))[0])).toEqual([]);
    expect(told(entriesOf(edit('@mod'))[0])).toEqual([]);
  });

  it('[MENTION-4] where nobody knows who blocks its author the message is unavailable', () => {
    const { machine, say } = talking();
    const away = failure('unavailable', 'away', 1_000);
    machine.blockers.set(ada.id, away);
    const effects = say('@bob');
    expect(codeOf(effects)).toBe('unavailable');
    expect(entriesOf(say('on'))).toHaveLength(1);
  });

  it('[MENTION-3] follow who is present under which name', () => {
    const { machine, say } = talking();
    expect(say('@bob')[0]?.kind).toBe('append');
    machine.run('channel:leave', 2, bob);
    expect(say('@bob')[0]?.kind).toBe('findNames');
    expect(machine.state.presentNames.has('bob')).toBe(false);
  });

  it('[MENTION-8] an edit notifies whom it adds, once, and the message tells whom it mentions now', () => {
    const { machine, say, found } = talking();
    const [sent] = entriesOf(say('hi @bob'));
    machine.publish(machine.append(sent!));
    const edit = (content: string) =>
      machine.run('message:update', 1, ada, { id: sent!.id, content }, content);
    const [first] = entriesOf(edit('hi @mod and @bob'));
    expect(dataOf(first!)).toMatchObject({ mentions: [refOf(mod), refOf(bob)] });
    expect(JSON.parse(first!.amends!.data)).toMatchObject({ mentions: [refOf(mod), refOf(bob)] });
    expect(first!.companions).toMatchObject([{ log: 'inbox:u-mod', id: `${sent!.id}:m:u-mod` }]);
    // One that comes before the first is shown has the same news, which is under way.
    expect(told(entriesOf(edit('@mod!'))[0])).toEqual([]);
    machine.settle(first!.id, { id: first!.id, seq: 2, duplicate: false });
    machine.publish(machine.append(first!));
    const { json } = machine.state.ring.slice(1, 1)[0]!;
    expect(JSON.parse(json)).toMatchObject({ data: { mentions: [refOf(mod), refOf(bob)] } });
    expect(edit('@zoe')[0]?.kind).toBe('findNames');
    const [third] = entriesOf(found(ada.id, [userOf('zoe')]));
    expect(told(third)).toEqual(['inbox:u-zoe']);
    const [last] = entriesOf(edit('nobody'));
    expect(told(last)).toEqual([]);
    expect(JSON.parse(last!.amends!.data)).not.toHaveProperty('mentions');
  });

  it('[MENTION-8] an edit waits behind what its author wrote before it', () => {
    const { machine, say, found } = talking();
    const [sent] = entriesOf(say('hi'));
    machine.publish(machine.append(sent!));
    say('@zoe');
    expect(machine.run('message:update', 1, ada, { id: sent!.id, content: 'ho' })).toEqual([]);
    const types = entriesOf(found(ada.id, [])).map(({ type }) => type);
    expect(types).toEqual(['message:created', 'message:updated']);
  });

  it('[MENTION-4] property: one user’s messages are appended in the order of writing, whatever is looked for', () => {
    const text = fc.constantFrom('plain', '@bob', '@zoe', '@zoe @eve', '@nobody');
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('say' as const), text }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('found' as const), ok: fc.boolean() }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const { machine, say, found } = talking();
        const written: string[] = [];
        const settled: string[] = [];
        const note = (effects: readonly Effect[]): void => {
          for (const effect of effects) {
            if (effect.kind === 'append') settled.push(dataOf(effect.entry)['content'] as string);
            if (effect.kind === 'send') settled.push(frameOf(effect).ref ?? '');
          }
        };
        const answer = (isThere: boolean): void => {
          const people = isThere ? [userOf('zoe'), userOf('eve')] : failure('unavailable', 'away');
          note(found(ada.id, people));
        };
        for (const [index, one] of steps.entries()) {
          if (one.kind === 'found') answer(one.ok);
          else {
            written.push(`${one.text} ${index}`);
            note(say(`${one.text} ${index}`));
          }
        }
        while (machine.state.naming.size > 0) answer(true);
        expect(settled).toEqual(written);
      }),
    );
  });
});
