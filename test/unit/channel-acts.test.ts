import { describe, expect, it } from 'vitest';
import type { Effect } from '../../src/channel/effects.ts';
import { personFound } from '../../src/channel/acts.ts';
import { failure } from '../../src/protocol/errors.ts';
import { ChannelMachine, frameOf, userOf } from '../support/channel-machine.ts';

const ada = userOf('ada');
const bob = userOf('bob');
const mod = userOf('mod', { roles: ['user', 'moderator'] });
const root = userOf('root', { roles: ['user', 'admin'] });
const ref = ({ id, name }: { readonly id: string; readonly name: string }) => ({ id, name });
const by = ref(mod);
const codeOf = ([effect]: readonly Effect[]) => frameOf(effect).data['code'];

/** Ada with two tabs, Bob, and a moderator who isn't in the channel (connection 9). */
function scene() {
  const machine = new ChannelMachine();
  machine.join(1, ada);
  machine.join(2, ada);
  machine.join(3, bob);
  return {
    machine,
    ask: (type: string, data: object, user = mod, connection = 9) =>
      machine.run(type, connection, user, data),
    /** The request is committed and shown: what its asker is told, and what follows. */
    done: (type: string, data: object, user = mod, connection = 9) => {
      const [append, ...rest] = machine.run(type, connection, user, data);
      if (append?.kind !== 'append' || rest.length > 0) throw new Error(`${type}: ${JSON.stringify(append)}`);
      const event = machine.append(append.entry);
      const [ack] = machine.settle(event.id, { id: event.id, seq: event.seq, duplicate: false });
      return { ack: frameOf(ack), effects: machine.publish(event), entry: append.entry };
    },
  };
}

describe('channel:kick', () => {
  it('[MOD-1] [MOD-7] tells everyone, then puts all connections out, who may come back', () => {
    const { machine, done, ask } = scene();
    machine.state.members.set(ada.id, { name: 'ada', role: 'member', joinedAt: 1 });
    const { ack, effects, entry } = done('channel:kick', { user: { id: ada.id }, reason: 'spam' });
    expect(ack).toMatchObject({ type: 'ack', data: { id: entry.id, seq: 1 } });
    expect(effects.map(({ kind }) => kind)).toEqual(['publish', 'unsubscribe', 'unsubscribe', 'broadcast']);
    expect(frameOf(effects[0])).toMatchObject({ type: 'member:kicked', seq: 1 });
    expect(frameOf(effects[0]).data).toEqual({ user: ref(ada), by, reason: 'spam' });
    expect(frameOf(effects[3])).toMatchObject({ type: 'presence:leave', data: { user: { name: 'ada' } } });
    expect(machine.state.members.size).toBe(0);
    expect(codeOf(machine.run('message:send', 1, ada, { content: 'x' }))).toBe('not_member');
    expect(codeOf(ask('channel:kick', { user: { id: ada.id } }))).toBe('not_found');
    expect(machine.join(1, ada).map(({ kind }) => kind)).toContain('subscribe');
  });

  it('[MOD-1] [MOD-4] for a time keeps them out until it is over', () => {
    const { machine, done } = scene();
    const { effects } = done('channel:kick', { user: { name: 'ADA' }, seconds: 10 });
    expect(frameOf(effects[0]).data).toMatchObject({ user: ref(ada), until: machine.context.now + 10_000 });
    machine.pass(9_999);
    expect(frameOf(machine.join(1, ada)[0])).toMatchObject({ data: { code: 'banned', retryAfterMs: 1 } });
    machine.pass(1);
    expect(machine.join(1, ada).map(({ kind }) => kind)).toContain('subscribe');
  });

  it('[MOD-1] ends the grace of who is just away', () => {
    const { machine, done } = scene();
    machine.breakOff(3);
    const { effects } = done('channel:kick', { user: { name: 'bob' } });
    expect(effects.map(({ kind }) => kind)).toEqual(['publish', 'broadcast']);
    expect(machine.state.present.has(bob.id)).toBe(false);
    expect(machine.pass(10_000)).toEqual([]);
  });
});

describe('channel:mute and channel:unmute', () => {
  it('[MOD-2] [MOD-5] [MOD-6] keep from speaking, replace one another and end', () => {
    const { machine, done, ask } = scene();
    const speak = (): unknown[] => [
      codeOf(machine.run('message:send', 1, ada, { content: 'x' })),
      codeOf(machine.run('message:update', 2, ada, { id: 'm', content: 'x' })),
      codeOf(machine.run('typing:start', 2, ada)),
    ];
    machine.run('typing:start', 1, ada);
    const muted = done('channel:mute', { user: { id: ada.id }, seconds: 60 });
    expect(muted.ack.data).not.toHaveProperty('replaced');
    expect(muted.effects.map(frameOf).map(({ type }) => type)).toEqual(['member:muted', 'typing:stop']);
    expect(speak()).toEqual(['muted', 'muted', 'muted']);
    const again = done('channel:mute', { user: { id: ada.id } });
    expect(again.ack.data).toMatchObject({ seq: 2, replaced: true });
    expect(frameOf(again.effects[0]).data).toEqual({ user: ref(ada), by });
    machine.pass(120_000);
    expect(speak()).toEqual(['muted', 'muted', 'muted']);
    const ended = done('channel:unmute', { user: { name: 'ada' } });
    expect(frameOf(ended.effects[0])).toMatchObject({ type: 'member:unmuted', data: { user: ref(ada), by } });
    expect(machine.run('message:send', 1, ada, { content: 'x' })[0]).toMatchObject({ kind: 'append' });
    expect(codeOf(ask('channel:unmute', { user: { id: ada.id } }))).toBe('not_found');
  });
});

describe('user:ban and user:unban in a channel', () => {
  it('[MOD-3] [MOD-5] [MOD-7] keep out until the end, and are pardoned', () => {
    const { machine, done, ask } = scene();
    expect(done('user:ban', { user: { id: ada.id } }).effects.map(({ kind }) => kind)).toEqual([
      ...['publish', 'unsubscribe', 'unsubscribe', 'broadcast'],
    ]);
    expect(codeOf(machine.join(1, ada))).toBe('banned');
    expect(done('user:ban', { user: { id: ada.id }, seconds: 1 }).ack.data).toMatchObject({ replaced: true });
    expect(frameOf(machine.join(1, ada)[0])).toMatchObject({ data: { code: 'banned', retryAfterMs: 1_000 } });
    done('user:unban', { user: { id: ada.id } });
    expect(machine.join(1, ada).map(({ kind }) => kind)).toContain('subscribe');
    expect(codeOf(ask('user:unban', { user: { id: ada.id } }))).toBe('not_found');
    done('channel:kick', { user: { id: ada.id }, seconds: 9 });
    done('user:unban', { user: { id: ada.id } });
    expect(machine.join(1, ada).map(({ kind }) => kind)).toContain('subscribe');
  });
});

describe('who acts on whom', () => {
  it.each(['channel:kick', 'channel:mute', 'channel:unmute', 'user:ban', 'user:unban'])(
    '[PERM-1] [PERM-2] %s is for moderators, whatever was sent, and on nobody of their rank',
    (type) => {
      const { machine, ask } = scene();
      machine.join(4, root);
      expect(codeOf(ask(type, { user: { name: 'nobody at all' } }, bob, 3))).toBe('forbidden');
      expect(codeOf(ask(type, { user: { id: root.id } }))).toBe('forbidden');
      expect(codeOf(ask(type, { user: { id: mod.id } }))).toBe('forbidden');
      expect(codeOf(ask(type, { user: { name: 'MOD' } }))).toBe('forbidden');
      machine.join(5, mod);
      expect(codeOf(ask(type, { user: { id: mod.id } }))).toBe('forbidden');
      expect(codeOf(ask(type, { user: { id: 'a\0b' } }))).toBe('not_found');
    },
  );

  it('[PERM-2] a channel that is not there takes none', () => {
    const machine = new ChannelMachine(undefined, false);
    expect(codeOf(machine.run('channel:mute', 1, mod, { user: { id: 'x' } }))).toBe('not_found');
  });

  it('[PERM-3] who is not here is looked for, and decided on when found', () => {
    const { machine, ask } = scene();
    const [find] = ask('channel:mute', { user: { name: 'Cleo' } });
    if (find?.kind !== 'findPerson') throw new Error('not looked for');
    expect(find.person).toEqual({ name: 'Cleo' });
    const found = (person: Parameters<typeof personFound>[2]) =>
      personFound(machine.state, find.pending, person, machine.context);
    expect(codeOf(found(null))).toBe('not_found');
    expect(codeOf(found(failure('unavailable', 'away', 1_000)))).toBe('unavailable');
    expect(found(userOf('Cleo', { id: 'u-cleo' }))[0]).toMatchObject({
      kind: 'append',
      entry: { type: 'member:muted' },
    });
    machine.state.members.set('u-cleo', { name: 'Cleo', role: 'owner', joinedAt: 1 });
    const owner = { ...bob, id: 'u-cleo' };
    const pending = { ...find.pending, from: owner };
    const cleo = userOf('Cleo', { id: 'u-cleo' });
    expect(codeOf(personFound(machine.state, pending, cleo, machine.context))).toBe('forbidden');
  });

  it.each(['channel:kick', 'channel:mute', 'channel:unmute', 'user:ban', 'user:unban', 'channel:role'])(
    '[PERM-4] %s: whoever is away has the rank of their roles everywhere',
    (type) => {
      const { machine, ask } = scene();
      const owner = userOf('owner');
      machine.state.members.set(owner.id, { name: 'owner', role: 'owner', joinedAt: 1 });
      const data = { seconds: 5, role: 'member' };
      for (const [index, one] of [root, mod].entries()) {
        machine.people.set(one.id, one);
        // As a name that the store knows, and as a member that the channel knows.
        expect(codeOf(ask(type, { user: { name: one.name }, ...data }, owner))).toBe('forbidden');
        machine.state.members.set(one.id, { name: one.name, role: 'moderator', joinedAt: index });
        expect(codeOf(ask(type, { user: { id: one.id }, ...data }, owner))).toBe('forbidden');
      }
      machine.people.delete(mod.id);
      const [effect] = ask(type, { user: { id: mod.id }, ...data }, owner);
      // Nobody knows them any more, but the channel.
      const isEnd = type === 'channel:unmute' || type === 'user:unban';
      expect(effect?.kind).toBe(isEnd ? 'send' : 'append');
    },
  );

  it.each([
    [{ seconds: 0 }],
    [{ seconds: -1 }],
    [{ seconds: 1.5 }],
    [{ seconds: 31_536_001 }],
    [{ seconds: '5' }],
    [{ reason: 'x'.repeat(501) }],
    [{ user: {} }],
    [{ user: 'ada' }],
  ])('[MOD-4] %j is bad_request', (data) => {
    const { ask } = scene();
    expect(() => ask('channel:mute', { user: { id: ada.id }, ...data })).toThrow(/data/);
  });

  it('[MOD-4] a reason must be storable', () => {
    const { ask } = scene();
    expect(codeOf(ask('channel:mute', { user: { id: ada.id }, reason: 'a\0b' }))).toBe('bad_request');
  });
});

describe('[AUDIT-11] the audit log', () => {
  it('gets who, whom, why and until when', () => {
    const { machine, done } = scene();
    const target = { kind: 'user', ...ref(ada) };
    const terms = { user: { id: ada.id }, reason: 'spam', seconds: 10 };
    expect(done('channel:mute', terms).entry.audit).toEqual({
      ...{ action: 'member:muted', by: 'mod', target, reason: 'spam' },
      after: { until: machine.context.now + 10_000 },
    });
    for (const [type, action] of [
      ['channel:unmute', 'member:unmuted'],
      ['channel:kick', 'member:kicked'],
      ['user:ban', 'member:banned'],
      ['user:unban', 'member:unbanned'],
    ] as const) {
      const { entry } = done(type, { user: { id: ada.id } });
      expect(entry).toMatchObject({ sender: mod.id, audit: { action, by: 'mod', target } });
    }
  });

  it("gets that somebody else's message was deleted, and nothing of its text", () => {
    const { machine, done } = scene();
    const said = machine.append(
      (machine.run('message:send', 1, ada, { content: 'a secret' })[0] as Extract<Effect, { kind: 'append' }>)
        .entry,
    );
    machine.settle(said.id, { id: said.id, seq: said.seq, duplicate: false });
    machine.publish(said);
    machine.join(9, mod);
    const { entry } = done('message:delete', { id: said.id });
    expect(entry.audit).toEqual({
      ...{ action: 'message:deleted', by: 'mod', target: { kind: 'message', id: said.id } },
      before: { author: ref(ada) },
    });
  });

  it('gets nothing of what people do with their own', () => {
    const { machine, done } = scene();
    const said = machine.append(
      (machine.run('message:send', 1, ada, { content: 'x' })[0] as Extract<Effect, { kind: 'append' }>).entry,
    );
    machine.settle(said.id, { id: said.id, seq: said.seq, duplicate: false });
    machine.publish(said);
    for (const type of ['message:update', 'message:delete']) {
      expect(done(type, { id: said.id, content: 'y' }, ada, 1).entry).not.toHaveProperty('audit');
    }
  });
});
