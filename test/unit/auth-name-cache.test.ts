import { describe, expect, it } from 'vitest';
import { NameCache } from '../../src/auth/name-cache.ts';
import { failure } from '../../src/protocol/errors.ts';
import { fail, ok } from '../../src/protocol/result.ts';

const NOW = 1_700_000_000_000;
const HOUR = 3_600_000;

function setUp(most?: number) {
  const claims: string[] = [];
  const store = { away: false };
  const claim = async (id: string, wanted: string) => {
    claims.push(`${id} ${wanted}`);
    return store.away ? fail(failure('unavailable', 'away', 1_000)) : ok(`${wanted}-${claims.length}`);
  };
  return { claims, store, names: new NameCache({ claim }, most) };
}

describe('names that were claimed lately', () => {
  it('[AUTH-43] need no store for an hour', async () => {
    const { names, claims } = setUp();
    expect(await names.claim('1', 'ada', false, NOW)).toEqual(ok('ada-1'));
    expect(await names.claim('1', 'ADA', false, NOW + HOUR - 1)).toEqual(ok('ada-1'));
    expect(claims).toHaveLength(1);
    expect(await names.claim('1', 'ada', false, NOW + HOUR)).toEqual(ok('ada-2'));
    expect(await names.claim('1', 'ada', false, NOW + 2 * HOUR - 1)).toEqual(ok('ada-2'));
  });

  it('[AUTH-43] are claimed anew when another is wanted', async () => {
    const { names } = setUp();
    await names.claim('1', 'ada', false, NOW);
    expect(await names.claim('1', 'countess', false, NOW)).toEqual(ok('countess-2'));
    expect(await names.claim('1', 'ada', false, NOW)).toEqual(ok('ada-3'));
  });

  it('[AUTH-43] stay for who was here while the store is away', async () => {
    const { names, store } = setUp();
    await names.claim('1', 'ada', false, NOW);
    store.away = true;
    expect(await names.claim('1', 'ada', false, NOW + 5 * HOUR)).toEqual(ok('ada-1'));
    expect(await names.claim('1', 'countess', false, NOW + 5 * HOUR)).toEqual(ok('ada-1'));
    expect(await names.claim('2', 'bob', false, NOW)).toMatchObject({ failure: { code: 'unavailable' } });
  });

  it('[AUTH-43] are forgotten in the order of their last use', async () => {
    const { names, claims } = setUp(2);
    for (const id of ['1', '2', '1', '3', '1', '2']) await names.claim(id, 'x', false, NOW);
    expect(claims).toEqual(['1 x', '2 x', '3 x', '2 x']);
  });
});
