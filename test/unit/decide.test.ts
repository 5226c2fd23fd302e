import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS, type ChannelSettings } from '../../src/protocol/channel-settings.ts';
import {
  type ActionName,
  ACTIONS,
  type Actor,
  decide,
  type Place,
  rankOf,
  RANKS,
} from '../../src/protocol/decide.ts';
import type { ChannelRole, Role } from '../../src/protocol/entities.ts';
import { OPEN_POLICY } from '../support/open-policy.ts';

const NOW = 1_000_000;
const at = { now: NOW, policy: OPEN_POLICY };

interface Scene {
  readonly members?: Readonly<Record<string, ChannelRole>>;
  readonly mute?: Readonly<Record<string, number | null>>;
  readonly ban?: Readonly<Record<string, number | null>>;
  readonly kick?: Readonly<Record<string, number | null>>;
  readonly settings?: Partial<ChannelSettings>;
  readonly private?: boolean;
  readonly present?: Readonly<Record<string, number>>;
}

function placeOf(scene: Scene = {}): Place {
  const { members = {}, mute = {}, ban = {}, kick = {}, present = {} } = scene;
  const limits = (those: Readonly<Record<string, number | null>>) =>
    new Map(Object.entries(those).map(([id, until]) => [id, { until }]));
  return {
    id: 'room',
    private: scene.private ?? false,
    settings: { ...DEFAULT_SETTINGS, ...scene.settings },
    members: new Map(Object.entries(members).map(([id, role]) => [id, { role, joinedAt: NOW - 60_000 }])),
    sanctions: { mute: limits(mute), ban: limits(ban), kick: limits(kick) },
    present: new Map(Object.entries(present).map(([id, since]) => [id, { since }])),
  };
}

/** By their names: `mod` and `owner` are of the channel, `staff` and `admin` everywhere. */
const ROLES: Readonly<Record<string, readonly Role[]>> = {
  guest: ['guest'],
  user: ['user'],
  mod: ['user'],
  owner: ['user'],
  staff: ['user', 'moderator'],
  admin: ['user', 'admin'],
};
const actor = (id: string, over: Partial<Actor> = {}): Actor => ({
  ...{ id, guest: id === 'guest', roles: ROLES[id] ?? ['user'] },
  ...over,
});
const MEMBERS = { mod: 'moderator', owner: 'owner' } as const;
const codeOf = (who: string | Actor, action: Parameters<typeof decide>[1], scene: Scene = {}) =>
  decide(typeof who === 'string' ? actor(who) : who, action, placeOf({ members: MEMBERS, ...scene }), at)
    ?.code ?? 'ok';

describe('ranks', () => {
  it('[PERM-1] are guest, member, moderator, owner, staff, admin', () => {
    const ranks = Object.keys(ROLES).map((id) =>
      rankOf(ROLES[id] ?? [], placeOf({ members: MEMBERS }).members.get(id)?.role),
    );
    expect(ranks).toEqual([0, 1, 2, 3, 4, 5]);
    expect(rankOf(['guest'], 'owner')).toBe(RANKS.owner);
  });

  it.each([
    ['join', 'guest'],
    ['message:send', 'guest'],
    ['message:update', 'guest'],
    ['message:delete', 'guest'],
    ['reaction', 'guest'],
    ['typing', 'guest'],
    ['message:remove', 'mod'],
    ['pin', 'mod'],
    ['invite', 'mod'],
    ['kick', 'mod'],
    ['mute', 'mod'],
    ['shadowban', 'mod'],
    ['ban', 'mod'],
    ['channel:update', 'mod'],
    ['channel:configure', 'owner'],
    ['channel:archive', 'owner'],
    ['channel:role', 'owner'],
    ['channel:delete', 'owner'],
    ['channel:order', 'staff'],
  ] as const)('[PERM-1] %s takes at least a %s', (action, least) => {
    const order = Object.keys(ROLES);
    for (const who of order) {
      expect(codeOf(who, action), who).toBe(order.indexOf(who) < order.indexOf(least) ? 'forbidden' : 'ok');
    }
  });

  it('[PERM-1] nobody acts on someone of their own rank or above, an unknown one has that of their role', () => {
    const order = ['guest', 'user', 'mod', 'owner', 'staff', 'admin'];
    for (const who of order) {
      for (const whom of order) {
        const may = order.indexOf(who) >= 2 && order.indexOf(who) > order.indexOf(whom);
        const roles = ROLES[whom] ?? [];
        expect(codeOf(who, { act: 'mute', on: { id: whom, roles } }), `${who} on ${whom}`).toBe(
          may ? 'ok' : 'forbidden',
        );
      }
    }
    expect(codeOf('mod', { act: 'ban', on: { id: 'somebody', roles: ['user'] } })).toBe('ok');
    expect(codeOf('mod', { act: 'ban', on: { id: 'owner', roles: ['user'] } })).toBe('forbidden');
  });

  it('[PERM-1] nobody gives a role of their own rank or above', () => {
    const giving = (who: string, role: ChannelRole) =>
      codeOf(who, { act: 'channel:role', on: { id: 'user', roles: ['user'] }, role });
    expect([giving('owner', 'member'), giving('owner', 'moderator'), giving('owner', 'owner')]).toEqual([
      ...['ok', 'ok', 'forbidden'],
    ]);
    expect([giving('mod', 'member'), giving('staff', 'owner'), giving('admin', 'owner')]).toEqual([
      ...['forbidden', 'ok', 'ok'],
    ]);
  });
});

describe('what keeps people from it', () => {
  it('[PERM-2] a private channel is for its members and staff, and is not there for others', () => {
    for (const action of ACTIONS) {
      expect(codeOf('user', action, { private: true }), action).toBe('not_found');
      expect(codeOf('guest', action, { private: true, ban: { guest: null } }), action).toBe('not_found');
    }
    for (const who of ['mod', 'owner', 'staff', 'admin'])
      expect(codeOf(who, 'join', { private: true })).toBe('ok');
    expect(codeOf('user', 'join', { private: true, members: { user: 'member' } })).toBe('ok');
    expect(codeOf(actor('mod', { channels: ['other'] }), 'join')).toBe('not_found');
    expect(codeOf(actor('user', { channels: ['ro*'] }), 'join', { private: true })).toBe('ok');
  });

  it('[PERM-2] [PERM-4] [MOD-3] who is banned, or kicked for a time, does nothing here', () => {
    for (const action of ACTIONS) {
      expect(codeOf('staff', action, { ban: { staff: null } }), action).toBe('banned');
      expect(codeOf('staff', action, { kick: { staff: NOW + 1 } }), action).toBe('banned');
      expect(codeOf('admin', action, { ban: { admin: null }, kick: { admin: null } }), action).toBe('ok');
    }
  });

  it.each(['message:send', 'message:update', 'reaction', 'typing'] as const)(
    '[MOD-2] a mute keeps from %s',
    (action) => {
      expect(codeOf('user', action, { mute: { user: null } })).toBe('muted');
      expect(codeOf('owner', action, { mute: { owner: NOW + 1 } })).toBe('muted');
      expect(codeOf('user', action, { mute: { other: null } })).toBe('ok');
      expect(codeOf('admin', action, { mute: { admin: null } })).toBe('ok');
      expect(codeOf(actor('user', { mutedUntil: null }), action)).toBe('muted');
      expect(codeOf(actor('user', { mutedUntil: NOW }), action)).toBe('ok');
    },
  );

  it('[MOD-2] a mute leaves the rest', () => {
    const speaking: readonly ActionName[] = ['message:send', 'message:update', 'reaction', 'typing'];
    for (const action of ACTIONS.filter((one) => !speaking.includes(one))) {
      expect(codeOf('staff', action, { mute: { staff: null } }), action).toBe('ok');
    }
  });

  it('[MOD-4] sanctions end by themselves at the millisecond, and tell how long they have to run', () => {
    const send = (mute: number | null) =>
      decide(actor('user'), 'message:send', placeOf({ mute: { user: mute } }), at);
    expect(send(NOW)).toBeNull();
    expect(send(NOW + 1)).toMatchObject({ code: 'muted', retryAfterMs: 1 });
    expect(send(null)).not.toHaveProperty('retryAfterMs');
    const join = (ban: number | null) => decide(actor('user'), 'join', placeOf({ ban: { user: ban } }), at);
    expect(join(NOW)).toBeNull();
    expect(join(NOW + 5_000)).toMatchObject({ code: 'banned', retryAfterMs: 5_000 });
    expect(join(null)).not.toHaveProperty('retryAfterMs');
  });

  it('[PERM-2] guests who only read do nothing else', () => {
    const policy = { ...OPEN_POLICY, guests: 'read' } as const;
    for (const action of ACTIONS) {
      const members = { guest: 'owner' } as const;
      const failed = decide(actor('guest'), action, placeOf({ members }), { now: NOW, policy });
      expect(failed?.code ?? 'ok', action).toBe(['join', 'read'].includes(action) ? 'ok' : 'forbidden');
    }
  });
});
