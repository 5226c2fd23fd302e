import { describe, expect, it } from 'vitest';
import type { Effect } from '../../src/channel/effects.ts';
import { personFound } from '../../src/channel/acts.ts';
import type { ChannelRole } from '../../src/protocol/entities.ts';
import { failure } from '../../src/protocol/errors.ts';
import { ChannelMachine, frameOf, userOf } from '../support/channel-machine.ts';

const ada = userOf('ada');
const bob = userOf('bob');
const owner = userOf('owner');
const keeper = userOf('keeper');
const mod = userOf('mod', { roles: ['user', 'moderator'] });
const ref = ({ id, name }: { readonly id: string; readonly name: string }) => ({ id, name });
const codeOf = ([effect]: readonly Effect[]) => frameOf(effect).data['code'];

/** Ada, Bob, an owner and a moderator of the channel, and global staff, who isn't there (9). */
function scene() {
  const machine = new ChannelMachine();
  for (const [connection, user] of [ada, bob, owner, keeper].entries()) machine.join(connection + 1, user);
  const member = (user: typeof ada, role: ChannelRole) =>
    machine.state.members.set(user.id, { name: user.name, role, joinedAt: 1 });
  member(owner, 'owner');
  member(keeper, 'moderator');
  const ask = (type: string, data: object, user = owner, connection = 3) =>
    machine.run(type, connection, user, data);
  return {
    machine,
    member,
    ask,
    code: (...args: Parameters<typeof ask>) => codeOf(ask(...args)),
    done: (...args: Parameters<typeof ask>) => {
      const [append, ...rest] = ask(...args);
      if (append?.kind !== 'append' || rest.length > 0) throw new Error(JSON.stringify([append, ...rest]));
      const event = machine.append(append.entry);
      const [ack] = machine.settle(event.id, { id: event.id, seq: event.seq, duplicate: false });
      const effects = machine.publish(event);
      return { ack: frameOf(ack), effects, shown: frameOf(effects[0]), entry: append.entry };
    },
  };
}

describe('channel:roles', () => {
  it('[MEMBER-7] tells whoever is in the channel its owners and moderators, by the names of now', () => {
    const { machine, member, ask, code } = scene();
    member(ada, 'member');
    member({ ...bob, name: 'old name' }, 'moderator');
    member(userOf('away'), 'moderator');
    const answer = frameOf(ask('channel:roles', {}, ada, 1)[0]);
    const moderator = (user: typeof ada) => ({ user: ref(user), role: 'moderator' });
    expect(answer).toMatchObject({ type: 'roles', channelId: 'room' });
    expect(answer.data).toEqual({
      items: [{ user: ref(owner), role: 'owner' }, ...[userOf('away'), bob, keeper].map(moderator)],
      hasMore: false,
    });
    expect(code('channel:roles', {}, mod, 9)).toBe('not_member');
    for (let n = 0; n < 200; n += 1) member(userOf(`m${n}`), 'moderator');
    const { items, hasMore } = frameOf(ask('channel:roles', {})[0]).data as unknown as {
      items: unknown[];
      hasMore: boolean;
    };
    expect([items.length, hasMore]).toEqual([200, true]);
    expect(machine.state.head).toBe(0);
  });
});

describe('channel:update', () => {
  it('[MOD-10] [AUDIT-11] changes what is named, and shows what is different', () => {
    const { machine, done, ask } = scene();
    const { shown, entry, ack } = done('channel:update', {
      ...{ name: ' Lounge ', topic: 'news', slowModeSeconds: 5, emoteOnly: false, archived: false },
    });
    expect(ack).toMatchObject({ type: 'ack', data: { seq: 1 } });
    expect(shown).toMatchObject({ type: 'channel:updated' });
    expect(shown.data).toEqual({ name: 'Lounge', topic: 'news', slowModeSeconds: 5, by: ref(owner) });
    expect(entry.changes).toEqual([
      { kind: 'channel', name: 'Lounge', topic: 'news', settings: { slowModeSeconds: 5 } },
    ]);
    expect(entry.audit).toEqual({
      ...{ action: 'channel:updated', by: 'owner', target: { kind: 'channel', id: 'room', name: 'room' } },
      before: { name: 'room', topic: null, slowModeSeconds: 0 },
      after: { name: 'Lounge', topic: 'news', slowModeSeconds: 5 },
    });
    expect(machine.state).toMatchObject({ name: 'Lounge', topic: 'news', settings: { slowModeSeconds: 5 } });
    expect(done('channel:update', { topic: '' }).shown.data).toEqual({ topic: null, by: ref(owner) });
    expect(machine.state.topic).toBeUndefined();
    const [same] = ask('channel:update', { topic: null, name: 'Lounge' });
    expect(frameOf(same)).toMatchObject({ type: 'ack', data: {} });
    expect(done('channel:update', { position: 3 }, mod, 9).entry.changes).toEqual([
      { kind: 'channel', position: 3 },
    ]);
  });

  it.each([
    [{ topic: 'x' }, 'ada', 'forbidden'],
    [{}, 'ada', 'forbidden'],
    [{ topic: 'x', closed: true, slowModeSeconds: 1 }, 'keeper', 'ok'],
    [{ name: 'x' }, 'keeper', 'forbidden'],
    [{ private: true }, 'keeper', 'forbidden'],
    [{ archived: true }, 'keeper', 'forbidden'],
    [{ name: 'x', private: true, archived: true }, 'owner', 'ok'],
    [{ position: 1 }, 'owner', 'forbidden'],
    [{}, 'owner', 'bad_request'],
    [{ name: ' ' }, 'owner', 'bad_request'],
    [{ name: 'x'.repeat(65) }, 'owner', 'bad_request'],
    [{ topic: 'x'.repeat(501) }, 'owner', 'bad_request'],
    [{ topic: 'a\nb' }, 'owner', 'bad_request'],
  ] as const)('[MOD-10] %j by %s: %s', (data, who, expected) => {
    const { ask } = scene();
    const user = { ada, keeper, owner }[who];
    const [effect] = ask('channel:update', data, user, { ada: 1, owner: 3, keeper: 4 }[who]);
    expect(effect?.kind === 'append' ? 'ok' : frameOf(effect).data['code']).toBe(expected);
  });

  it.each([
    { slowModeSeconds: -1 },
    { slowModeSeconds: 21_601 },
    { closed: 1 },
    { position: -1 },
    { topic: 5 },
  ])('[MOD-10] %j is bad_request', (data) => {
    expect(() => scene().ask('channel:update', data)).toThrow(/data/);
  });

  it('[SLOW-4] an archived channel takes back that it is, and nothing else', () => {
    const { done, code } = scene();
    done('channel:update', { archived: true });
    expect(code('channel:update', { topic: 'x' })).toBe('forbidden');
    expect(code('channel:update', { archived: false, topic: 'x' })).toBe('forbidden');
    expect(done('channel:update', { archived: false }).shown.data).toMatchObject({ archived: false });
  });

  it('[MOD-11] who may not know of a private one is out and told so', () => {
    const { machine, member, done } = scene();
    member(bob, 'member');
    machine.join(9, mod);
    const { effects } = done('channel:update', { private: true });
    expect(effects.map(({ kind }) => kind)).toEqual(['publish', 'unsubscribe', 'broadcast', 'send']);
    expect(frameOf(effects[3])).toMatchObject({ type: 'error', data: { code: 'not_member' } });
    expect([...machine.state.present.keys()]).toEqual([bob.id, owner.id, keeper.id, mod.id]);
    expect(codeOf(machine.join(1, ada))).toBe('not_found');
  });
});

describe('channel:invite', () => {
  it('[MEMBER-1] makes a member, who is told wherever they are', () => {
    const { machine, done, code } = scene();
    const { shown, effects, ack } = done('channel:invite', { user: { name: 'Ada' } }, keeper, 4);
    expect(ack).toMatchObject({ type: 'ack', data: { seq: 1 } });
    expect(shown).toMatchObject({ type: 'member:added' });
    expect(shown.data).toEqual({ user: ref(ada), role: 'member', by: ref(keeper) });
    expect(effects[1]).toMatchObject({ kind: 'tell', user: ada.id });
    expect(frameOf(effects[1])).toMatchObject({
      type: 'channel:invited',
      data: { channel: { id: 'room', name: 'room', private: false }, by: ref(keeper) },
    });
    expect(machine.state.members.get(ada.id)).toEqual({
      name: 'ada',
      role: 'member',
      joinedAt: machine.context.now,
    });
    expect(code('channel:invite', { user: { id: ada.id } })).toBe('conflict');
  });

  it('[MEMBER-1] asks the store of everyone, for it knows who wants to hear of the inviter', () => {
    const { machine, ask } = scene();
    machine.people.clear();
    const [find] = ask('channel:invite', { user: { id: ada.id } }, keeper, 4);
    if (find?.kind !== 'findPerson') throw new Error('not looked for');
    const nobody = personFound(machine.state, find.pending, null, machine.context);
    expect(codeOf(nobody)).toBe('not_found');
  });

  it('[MEMBER-1] is for moderators, and not of who is banned', () => {
    const { done, code } = scene();
    expect(code('channel:invite', { user: { id: bob.id } }, ada, 1)).toBe('forbidden');
    done('user:ban', { user: { id: bob.id } });
    expect(code('channel:invite', { user: { id: bob.id } })).toBe('conflict');
    expect(code('channel:role', { user: { id: bob.id }, role: 'moderator' })).toBe('conflict');
  });
});

describe('channel:role', () => {
  it('[MEMBER-2] promotes and demotes, by owners and staff', () => {
    const { machine, done, code } = scene();
    const { shown } = done('channel:role', { user: { id: ada.id }, role: 'moderator' });
    expect(shown).toMatchObject({ type: 'member:role' });
    expect(shown.data).toEqual({ user: ref(ada), role: 'moderator', by: ref(owner) });
    expect(done('channel:mute', { user: { id: bob.id } }, ada, 1).ack.type).toBe('ack');
    expect(code('channel:role', { user: { id: ada.id }, role: 'moderator' })).toBe('conflict');
    done('channel:role', { user: { id: ada.id }, role: 'member' });
    expect(code('channel:unmute', { user: { id: bob.id } }, ada, 1)).toBe('forbidden');
    expect(code('channel:role', { user: { id: ada.id }, role: 'owner' })).toBe('forbidden');
    expect(code('channel:role', { user: { id: ada.id }, role: 'moderator' }, keeper, 4)).toBe('forbidden');
    done('channel:role', { user: { id: ada.id }, role: 'owner' }, mod, 9);
    expect(code('channel:role', { user: { id: owner.id }, role: 'member' }, ada, 1)).toBe('forbidden');
    expect(machine.state.members.get(ada.id)?.role).toBe('owner');
  });
});

describe('channel:leave', () => {
  it('[MEMBER-3] of a private channel gives up membership, for all connections', () => {
    const { machine, done, member } = scene();
    member(ada, 'member');
    machine.state.private = true;
    machine.join(9, ada);
    const { ack, shown, effects } = done('channel:leave', {}, ada, 1);
    expect([ack.type, shown.type, shown.data]).toEqual(['ack', 'member:left', { user: ref(ada) }]);
    expect(effects.map(({ kind }) => kind)).toEqual(['publish', 'unsubscribe', 'unsubscribe', 'broadcast']);
    expect(codeOf(machine.join(1, ada))).toBe('not_found');
  });

  it('[MEMBER-3] a closed connection, and leaving a public channel, change nothing about who belongs', () => {
    const { machine, member, ask } = scene();
    member(ada, 'member');
    expect(ask('channel:leave', {}, ada, 1).map(({ kind }) => kind)).toEqual([
      'unsubscribe',
      'broadcast',
      'send',
    ]);
    machine.state.private = true;
    machine.join(1, ada);
    machine.breakOff(1);
    expect(machine.state.members.has(ada.id)).toBe(true);
  });
});

describe('channel:joined', () => {
  it('[CHAN-10] tells what is set, and the role and mute of whoever joins, where there is such', () => {
    const { machine, member } = scene();
    const joined = (user: typeof ada) => frameOf(machine.join(20, user).at(-1)).data;
    const plain = joined(ada);
    for (const name of ['settings', 'role', 'muted']) expect(plain).not.toHaveProperty(name);
    member(ada, 'moderator');
    machine.state.settings = { ...machine.state.settings, slowModeSeconds: 5 };
    const mute = { kind: 'mute', user: ada.id, name: 'ada', by: bob.id, byName: 'bob' } as const;
    machine.state.sanctions.mute.set(ada.id, { ...mute, until: null });
    expect(joined(ada)).toMatchObject({
      settings: { slowModeSeconds: 5, archived: false },
      role: 'moderator',
      muted: { until: null },
    });
    machine.state.sanctions.mute.set(ada.id, { ...mute, until: 1 });
    expect(joined(ada)).not.toHaveProperty('muted');
  });
});

describe('the first message of a channel that nobody made', () => {
  const first = (user: typeof ada) => {
    const machine = new ChannelMachine(undefined, false);
    machine.join(1, user);
    machine.join(2, bob);
    const [append] = machine.run('message:send', 1, user, { content: 'x' });
    if (append?.kind !== 'append') throw new Error('refused');
    return { machine, entry: append.entry };
  };

  it('[MEMBER-5] makes its author the owner, once it is shown', () => {
    const { machine, entry } = first(ada);
    const changes = [{ kind: 'member', user: ada.id, name: 'ada', role: 'owner' }];
    expect(entry.changes).toEqual(changes);
    const [second] = machine.run('message:send', 2, bob, { content: 'y' });
    expect(second).not.toHaveProperty('entry.changes');
    expect(machine.state.members.size).toBe(0);
    machine.settle(entry.id, { id: entry.id, seq: 1, duplicate: false });
    machine.publish(machine.append(entry));
    expect(machine.state.members.get(ada.id)).toMatchObject({ role: 'owner', joinedAt: entry.timestamp });
    const [third] = machine.run('message:send', 2, bob, { content: 'z' });
    expect(third).not.toHaveProperty('entry.changes');
  });

  it('[MEMBER-5] makes no guest the owner, and nobody whose message came to nothing', () => {
    expect(first({ ...ada, guest: true, roles: ['guest'] }).entry).not.toHaveProperty('changes');
    const { machine, entry } = first(ada);
    machine.settle(entry.id, failure('unavailable', 'away'));
    const [next] = machine.run('message:send', 2, bob, { content: 'y' });
    expect(next).toMatchObject({ entry: { changes: [{ user: bob.id, role: 'owner' }] } });
  });
});
