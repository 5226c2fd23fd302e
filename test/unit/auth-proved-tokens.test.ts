import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProvedTokens } from '../../src/auth/proved-tokens.ts';
import type { SecurityChanges } from '../../src/auth/ports.ts';
import { testIdentity } from '../support/identity.ts';
import { identityFor } from '../support/identified.ts';
import { userOf } from '../support/channel-machine.ts';

const ada = { id: '0198c0de-0000-7000-8000-000000000001', name: 'ada', roles: ['user'] as const };
const identity = (expiresAt?: number) => ({
  ...identityFor(userOf('ada')),
  ...(expiresAt === undefined ? {} : { expiresAt }),
});

describe('tokens that were proved', () => {
  it('[AUTH-73] count for 30 s, and never beyond their end', () => {
    const proved = new ProvedTokens();
    const [long, short] = [identity(), identity(10_500)];
    proved.remember('long', long, 10_000);
    proved.remember('short', short, 10_000);
    expect([proved.find('long', 39_999), proved.find('long', 40_000)]).toEqual([long, null]);
    expect([proved.find('short', 10_499), proved.find('short', 10_500)]).toEqual([short, null]);
    expect(proved.find('lon', 10_000)).toBeNull();
  });

  it('[AUTH-73] do not count while the clock is set back', () => {
    const proved = new ProvedTokens();
    proved.remember('token', identity(), 3_600_000);
    expect(proved.find('token', 0)).toBeNull();
  });

  it('[AUTH-73] are the newest thousand, each its own', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_500), { maxLength: 3_000 }), (order) => {
        const proved = new ProvedTokens();
        const people = new Map(order.map((n) => [n, identity()]));
        for (const n of order) proved.remember(`token ${n}`, people.get(n)!, 0);
        const newest = [...new Set([...order].reverse())];
        for (const [age, n] of newest.entries()) {
          expect(proved.find(`token ${n}`, 1)).toBe(age < 1_000 ? people.get(n) : null);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('[AUTH-73] [LIVE-2] are refused at once when they are revoked, and have new roles at once', async () => {
    const { authenticator, issuer, standings, clock } = await testIdentity();
    const { token } = await issuer.issue(ada);
    const first = await authenticator.fromBearer(token);
    expect(await authenticator.fromBearer(token)).toEqual(first);
    const until = clock.now + 3_600_000;
    const profile = { name: 'ada', roles: ['user', 'admin'] as const };
    const promoted: SecurityChanges['standings'][number] = {
      ...{ userId: ada.id, revokedBefore: 0, roles: [], until, profile },
    };
    standings.apply({ change: 1, keysChange: 0, tokens: [], standings: [promoted], sanctions: [] });
    expect(await authenticator.fromBearer(token)).toMatchObject({
      value: { user: { roles: ['user', 'admin'] } },
    });
    const tokenId = first.ok ? first.value.tokenIds[0]! : '';
    standings.apply({ change: 2, keysChange: 0, tokens: [{ tokenId, until }], standings: [], sanctions: [] });
    expect(await authenticator.fromBearer(token)).toMatchObject({ failure: { code: 'unauthorized' } });
  });
});
