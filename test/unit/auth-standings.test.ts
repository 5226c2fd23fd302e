import { describe, expect, it } from 'vitest';
import type { SecurityChanges, Standing } from '../../src/auth/ports.ts';
import { Standings } from '../../src/auth/standings.ts';
import { identityFor } from '../support/identified.ts';
import { userOf } from '../support/channel-machine.ts';

const NOW = 1_700_000_000_000;
const UNTIL = NOW + 10_000;

function standings(...changes: readonly (Partial<Standing> & { readonly userId: string })[]) {
  const clock = { now: NOW };
  const held = new Standings(() => clock.now);
  const apply = (over: Partial<SecurityChanges>): void => {
    held.apply({ change: 1, keysChange: 0, tokens: [], standings: [], ...over });
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
