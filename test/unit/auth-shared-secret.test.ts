import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import type { TokenIssuer } from '../../src/auth/identity.ts';
import { derivedUserId } from '../../src/auth/identity.ts';
import { SHARED_SECRET_ISSUER, SharedSecretIssuer } from '../../src/auth/shared-secret-issuer.ts';
import { refused } from '../../src/auth/signed-token.ts';
import { testIdentity, TEST_ISSUER } from '../support/identity.ts';

const SECRET = 'a secret of more than 32 bytes, ünïcode too';
const NOW = 1_700_000_000_000;
const UNAUTHORIZED = { ok: false, failure: { code: 'unauthorized' } };

/** A token by the secret whose parts a test changes; undefined takes away. */
async function signed(claims: object = {}, header: object = {}, secret = SECRET): Promise<string> {
  const payload = { sub: 'ada', exp: NOW / 1000 + 60, ...claims };
  return new SignJWT(payload)
    .setProtectedHeader({ alg: 'HS256', ...header })
    .sign(new TextEncoder().encode(secret));
}

const issuerOf = (issuer?: string) =>
  new SharedSecretIssuer({ secret: SECRET, now: () => NOW, ...(issuer === undefined ? {} : { issuer }) });

describe('tokens that are signed with JWT_SECRET', () => {
  it('[AUTH-37] are taken with HS256 and that secret, and nothing else', async () => {
    const issuer = issuerOf();
    expect(await issuer.verify(await signed())).toMatchObject({ ok: true, value: { subject: 'ada' } });
    expect(await issuer.verify(await signed({ aud: 'whoever' }))).toMatchObject({ ok: true });
    expect(await issuer.verify(await signed({}, {}, `${SECRET}!`))).toMatchObject(UNAUTHORIZED);
    expect(await issuer.verify(await signed({}, { alg: 'HS512' }))).toMatchObject(UNAUTHORIZED);
    expect(await issuer.verify(await signed({}, { kid: 'any' }))).toMatchObject({ ok: true });
    expect(await issuer.verify(await signed({}, { typ: 'JWT' }))).toMatchObject({ ok: true });
    expect(await issuer.verify(await signed({}, { typ: 'guest+jwt' }))).toMatchObject(UNAUTHORIZED);
    expect(await issuer.verify(await signed({ exp: undefined }))).toMatchObject(UNAUTHORIZED);
    expect(await issuer.verify(await signed({ exp: NOW / 1000 }))).toMatchObject(UNAUTHORIZED);
    expect(await issuer.verify(await signed({ sub: undefined }))).toMatchObject(UNAUTHORIZED);
  });

  it('[AUTH-37] name JWT_ISSUER where it is set', async () => {
    const issuer = issuerOf('shop');
    expect(await issuer.verify(await signed({ iss: 'shop' }))).toMatchObject({ value: { issuer: 'shop' } });
    expect(await issuer.verify(await signed({ iss: 'Shop' }))).toMatchObject(UNAUTHORIZED);
    expect(await issuer.verify(await signed())).toMatchObject(UNAUTHORIZED);
  });

  it('[AUTH-37] name whom they like where it isn’t, or nobody, but never one of this server’s', async () => {
    const issuer = issuerOf();
    expect(await issuer.verify(await signed())).toMatchObject({ value: { issuer: SHARED_SECRET_ISSUER } });
    expect(await issuer.verify(await signed({ iss: 'shop' }))).toMatchObject({ value: { issuer: 'shop' } });
    for (const iss of ['urn:hubbub:guest', 'urn:hubbub:x', '', 'a\nb', 'x'.repeat(256), 7, null, ['shop']]) {
      expect([iss, await issuer.verify(await signed({ iss }))]).toMatchObject([iss, UNAUTHORIZED]);
    }
  });

  it('[AUTH-37] are someone else’s for each issuer that they name', async () => {
    const { authenticator } = await testIdentity({ fallback: issuerOf() });
    const identities = await Promise.all(
      [undefined, 'shop', 'forum'].map(async (iss) =>
        authenticator.fromToken(await signed({ iss, name: 'Ada' })),
      ),
    );
    const ids = identities.map((identity) => (identity.ok ? identity.value.user.id : null));
    expect(ids).toEqual([SHARED_SECRET_ISSUER, 'shop', 'forum'].map((iss) => derivedUserId(iss, 'ada')));
  });

  it('[AUTH-37] don’t pass for tokens of a listed issuer', async () => {
    const other: TokenIssuer = { issuer: 'https://id.test', verify: async () => refused() };
    const { authenticator } = await testIdentity({ fallback: issuerOf(), otherIssuers: [other] });
    for (const iss of ['https://id.test', TEST_ISSUER]) {
      expect(await authenticator.fromToken(await signed({ iss }))).toMatchObject(UNAUTHORIZED);
    }
    expect(await authenticator.fromToken('no token')).toMatchObject(UNAUTHORIZED);
    expect(await authenticator.fromBearer(await signed({ iss: 'urn:hubbub:guest' }))).toMatchObject(
      UNAUTHORIZED,
    );
  });
});
