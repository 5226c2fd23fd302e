import { describe, expect, it } from 'vitest';
import type { SecurityChanges, Standing } from '../../src/auth/ports.ts';
import type { SanctionChange } from '../../src/auth/sanction-store.ts';
import { Standings } from '../../src/auth/standings.ts';
import { identityFor } from '../support/identified.ts';
import { userOf } from '../support/channel-machine.ts';

const NOW = 1_700_000_000_000;
const UNTIL = NOW + 10_000;

function standings(...changes: readonly (Partial<Standing> & { readonly userId: string })[]) {
  const clock = { now: NOW };
  const held = new Standings(() => clock.now);
  const apply = (over: Partial<SecurityChanges>): void => {
    held.apply({ change: 1, keysChange: 0, tokens: [], standings: [], sanctions: [], ...over });
  };
  const put = (standing: Partial<Standing> & { readonly userId: string }): void => {
    apply({ standings: [{ revokedBefore: 0, profile: null, roles: null, until: UNTIL, ...standing }] });
  };
  changes.forEach(put);
  return { clock, held, apply, put };
}

const ada = userOf('ada');

describe('what holds of a token', () => {
  it('[LIVE-1] nothing is different where nothing changed', () => {
    const identity = identityFor(ada, { tokenIds: ['t1', 'session:s1'] });
    expect(standings({ userId: 'someone else', revokedBefore: NOW }).held.current(identity)).toBe(identity);
  });

  it('[LIVE-1] a revoked token, or session, is over', () => {
    const { held, apply } = standings();
    apply({ tokens: [{ tokenId: 'session:s1', until: UNTIL }] });
    expect(held.current(identityFor(ada, { tokenIds: ['t1', 'session:s1'] }))).toBeNull();
    expect(held.current(identityFor(ada, { tokenIds: ['t1', 'session:s2'] }))).not.toBeNull();
    expect(held.current(identityFor(ada, { tokenIds: [] }))).not.toBeNull();
  });

  it('[LIVE-1] of a user whose tokens were revoked, only those signed since hold; one without a time does not', () => {
    const { held } = standings({ userId: ada.id, revokedBefore: NOW });
    expect(held.current(identityFor(ada, { issuedAt: NOW - 1 }))).toBeNull();
    expect(held.current(identityFor(ada, { issuedAt: 0 }))).toBeNull();
    expect(held.current(identityFor(ada, { issuedAt: NOW }))).not.toBeNull();
  });

  it('[LIVE-3] an account is as its record says, not as the token does', () => {
    const { held, put } = standings();
    const identity = identityFor(
      { ...ada, avatar: 'https://a.test/1.png', channels: ['a*'] },
      { account: true },
    );
    put({ userId: ada.id, profile: { name: 'Ada L.', roles: ['user', 'moderator'] } });
    const current = held.current(identity);
    expect(current?.user).toEqual({ ...ada, name: 'Ada L.', roles: ['user', 'moderator'], channels: ['a*'] });
    expect(held.current(current!)).toBe(current);
    put({ userId: ada.id, profile: { name: 'Ada L.', roles: ['user'], avatar: 'https://a.test/2.png' } });
    expect(held.current(current!)?.user).toMatchObject({ roles: ['user'], avatar: 'https://a.test/2.png' });
  });

  it('[LIVE-3] roles that were given come on top of the token’s and go again', () => {
    const { held, put } = standings({ userId: ada.id, roles: ['moderator'] });
    const current = held.current(identityFor(ada));
    expect(current?.user.roles).toEqual(['user', 'moderator']);
    expect(held.current(current!)).toBe(current);
    put({ userId: ada.id, roles: null });
    expect(held.current(current!)?.user.roles).toEqual(['user']);
  });

  it('[LIVE-2] what no good token can be concerned by is forgotten', () => {
    const { clock, held, apply } = standings({ userId: ada.id, revokedBefore: NOW });
    apply({ tokens: [{ tokenId: 't1', until: UNTIL + 1 }] });
    clock.now = UNTIL;
    held.tidy();
    expect(held.size).toBe(1);
    clock.now += 1;
    held.tidy();
    expect(held.size).toBe(0);
  });
});

describe('bans and mutes from everywhere', () => {
  let ids = 0;
  const sanction = (over: Partial<SanctionChange> = {}): SanctionChange => ({
    ...{ id: String((ids += 1)), kind: 'ban', userId: ada.id, until: UNTIL, isOver: false, deletes: false },
    ...over,
  });
  const guest = { ...userOf('gus'), guest: true };

  it('[BAN-1] [BAN-4] a ban holds until its time, or until it is over, and of its user alone', () => {
    const { clock, held, apply } = standings();
    const ban = sanction({ reason: 'spam' });
    apply({ sanctions: [ban] });
    expect(held.banOf(identityFor(ada))).toMatchObject({ until: UNTIL, reason: 'spam' });
    expect(held.isBanned(ada.id)).toBe(true);
    expect(held.banOf(identityFor(userOf('bob')))).toBeNull();
    clock.now = UNTIL - 1;
    expect(held.isBanned(ada.id)).toBe(true);
    clock.now = UNTIL;
    expect(held.isBanned(ada.id)).toBe(false);
    clock.now = NOW;
    apply({ sanctions: [{ ...ban, isOver: true }] });
    expect(held.isBanned(ada.id)).toBe(false);
    expect(held.size).toBe(0);
  });

  it('[BAN-7] the end of one that was replaced leaves the one in its place, in whatever order both are told', () => {
    const { held, apply } = standings();
    const [first, second] = [sanction(), sanction({ until: null })];
    apply({ sanctions: [first] });
    apply({ sanctions: [second, { ...first, isOver: true }] });
    expect(held.banOf(identityFor(ada))).toMatchObject({ until: null });
    apply({ sanctions: [{ ...first, isOver: true }] });
    expect(held.isBanned(ada.id)).toBe(true);
  });

  it('[BAN-2] a ban with an address holds for guests of that network, for as long as any such ban does', () => {
    const { clock, held, apply } = standings();
    const [one, two] = [
      sanction({ userId: guest.id, address: '2001:db8::1' }),
      sanction({ userId: 'another', address: '2001:db8::2', until: UNTIL + 5 }),
    ];
    apply({ sanctions: [one, two] });
    const visitor = identityFor({ ...userOf('vic'), guest: true });
    expect(held.banOf(visitor, '2001:db8::ffff')).toMatchObject({ until: UNTIL });
    expect(held.banOf(visitor, '2001:db8:0:1::1')).toBeNull();
    expect(held.banOf(visitor)).toBeNull();
    expect(held.banOf(identityFor(ada), '2001:db8::1')).toBeNull();
    apply({ sanctions: [{ ...one, isOver: true }] });
    expect(held.banOfAddress('2001:db8::1')).toMatchObject({ until: UNTIL + 5 });
    clock.now = UNTIL + 5;
    expect(held.banOfAddress('2001:db8::1')).toBeNull();
    held.tidy();
    expect(held.size).toBe(0);
  });

  it('[BAN-3] [BAN-4] a mute is in the user as shards get them, until its time', () => {
    const { clock, held, apply } = standings();
    apply({ sanctions: [sanction({ kind: 'mute' })] });
    const muted = held.current(identityFor(ada))!;
    expect(muted.user).toEqual({ ...ada, mutedUntil: UNTIL });
    expect(held.current(muted)).toBe(muted);
    clock.now = UNTIL;
    expect(held.current(muted)?.user).toEqual(ada);
    const endless = sanction({ kind: 'mute', until: null });
    apply({ sanctions: [endless] });
    expect(held.current(identityFor(ada))?.user).toEqual({ ...ada, mutedUntil: null });
    apply({ sanctions: [{ ...endless, isOver: true }] });
    expect(held.current(identityFor(ada))?.user).toEqual(ada);
  });
});
