import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { SignJWT, UnsecuredJWT, base64url, decodeProtectedHeader } from 'jose';
import { describe, expect, it } from 'vitest';
import type { TokenIssuer } from '../../src/auth/identity.ts';
import { derivedUserId } from '../../src/auth/identity.ts';
import type { SigningKeyStore } from '../../src/auth/ports.ts';
import { createSigningKey, loadServerKeys } from '../../src/auth/server-keys.ts';
import type { ServerKeys } from '../../src/auth/server-keys.ts';
import { failure } from '../../src/protocol/errors.ts';
import { fail, ok } from '../../src/protocol/result.ts';
import type { Result } from '../../src/protocol/result.ts';
import { MemorySigningKeys } from '../../src/storage/memory/memory-signing-keys.ts';
import { TEST_ISSUER, testIdentity } from '../support/identity.ts';

const unwrap = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(`${result.failure.code}: ${result.failure.message}`);
  return result.value;
};
const UNAUTHORIZED = { ok: false, failure: { code: 'unauthorized' } };
const ada = {
  id: '0198c0de-0000-7000-8000-000000000001',
  name: 'ada',
  roles: ['user', 'moderator'] as const,
};

/** A token by the server's key whose parts a test changes. */
function keyStore(loadOrCreate: SigningKeyStore['loadOrCreate']): SigningKeyStore {
  return { loadOrCreate, rotate: async () => ok(undefined) };
}

async function forged(
  keys: ServerKeys,
  now: number,
  change: { header?: object; claims?: object; key?: Uint8Array } = {},
): Promise<string> {
  const seconds = Math.floor(now / 1000);
  const claims = { name: 'ada', roles: ['user'], sub: ada.id, iss: TEST_ISSUER, aud: 'hubbub' };
  return new SignJWT({ ...claims, iat: seconds, exp: seconds + 60, ...change.claims })
    .setProtectedHeader({ alg: 'ES256', kid: keys.signing.kid, typ: 'at+jwt', ...change.header })
    .sign(change.key ?? keys.signing.key);
}

describe('access tokens', () => {
  it('[AUTH-9] tell who an account is, without a store', async () => {
    const { authenticator, issuer, clock } = await testIdentity();
    const { token, expiresIn } = await issuer.issue(ada);
    expect(expiresIn).toBe(3600);
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'ES256', typ: 'at+jwt' });
    const identity = unwrap(await authenticator.fromToken(token));
    expect(identity).toEqual({
      user: { id: ada.id, name: 'ada', guest: false, roles: ['user', 'moderator'] },
      issuer: TEST_ISSUER,
      subject: ada.id,
      account: true,
      tokenRoles: ['user', 'moderator'],
      tokenIds: [expect.any(String)],
      issuedAt: clock.now,
      expiresAt: clock.now + 3_600_000,
    });
  });

  it('[AUTH-10] end after an hour, to the second', async () => {
    const { authenticator, issuer, clock } = await testIdentity();
    const { token } = await issuer.issue(ada);
    clock.now += 3_599_999;
    expect(await authenticator.fromToken(token)).toMatchObject({ ok: true });
    clock.now += 1;
    expect(await authenticator.fromToken(token)).toMatchObject(UNAUTHORIZED);
  });

  it('[AUTH-10] hold over a restart and by a key that a newer one followed', async () => {
    const older = await createSigningKey(randomUUID);
    const newer = await createSigningKey(randomUUID);
    const stored = (...keys: (typeof older)[]) => keyStore(async () => ok(keys));
    const { token } = await (await testIdentity({ keyStore: stored(older) })).issuer.issue(ada);
    const rotated = await testIdentity({ keyStore: stored(newer, older) });
    expect(await rotated.authenticator.fromToken(token)).toMatchObject({ ok: true });
    expect(rotated.keys.signing.kid).toBe(newer.kid);
    const dropped = await testIdentity({ keyStore: stored(newer) });
    expect(await dropped.authenticator.fromToken(token)).toMatchObject(UNAUTHORIZED);
  });

  it.each([
    ['no issuer', { claims: { iss: undefined } }],
    ['an issuer that only begins like ours', { claims: { iss: `${TEST_ISSUER}/` } }],
    ['another audience', { claims: { aud: 'hubbub-guest' } }],
    ['no audience', { claims: { aud: undefined } }],
    ['no subject', { claims: { sub: undefined } }],
    ['no end', { claims: { exp: undefined } }],
    ['an end that is text', { claims: { exp: '9999999999' } }],
    ['a beginning to come', { claims: { nbf: 1_800_000_000 } }],
    ['another typ', { header: { typ: 'guest+jwt' } }],
    ['no typ', { header: { typ: undefined } }],
    ['an unknown key', { header: { kid: 'nobody' } }],
    ['no key named', { header: { kid: undefined } }],
    ['a name that is no text', { claims: { name: { toString: 'x' } } }],
    ['roles that are no list', { claims: { roles: 'admin' } }],
    ['HS256 by the public key', { header: { alg: 'HS256' }, key: new Uint8Array(64) }],
  ])('[AUTH-11] with %s are refused', async (_what, change) => {
    const { authenticator, keys, clock } = await testIdentity();
    expect(await authenticator.fromToken(await forged(keys, clock.now))).toMatchObject({ ok: true });
    expect(await authenticator.fromToken(await forged(keys, clock.now, change))).toMatchObject(UNAUTHORIZED);
  });

  it('[AUTH-11] without a signature, or changed behind it, are refused', async () => {
    const { authenticator, issuer, clock } = await testIdentity();
    const unsigned = new UnsecuredJWT({ name: 'ada', roles: ['admin'] })
      .setIssuer(TEST_ISSUER)
      .setAudience('hubbub')
      .setSubject(ada.id)
      .setIssuedAt(clock.now / 1000)
      .setExpirationTime(clock.now / 1000 + 60)
      .encode();
    expect(await authenticator.fromToken(unsigned)).toMatchObject(UNAUTHORIZED);
    const [header, payload, signature] = (await issuer.issue(ada)).token.split('.') as [
      string,
      string,
      string,
    ];
    const claims = JSON.parse(new TextDecoder().decode(base64url.decode(payload)));
    const raised = base64url.encode(JSON.stringify({ ...claims, roles: ['admin'] }));
    expect(await authenticator.fromToken(`${header}.${raised}.${signature}`)).toMatchObject(UNAUTHORIZED);
  });

  it('[AUTH-11] of 8 KiB are looked at, longer ones are not', async () => {
    const asked: string[] = [];
    const other: TokenIssuer = {
      issuer: 'https://idp.test',
      verify: async (token) => {
        asked.push(token);
        return fail(failure('unauthorized', 'no'));
      },
    };
    const { authenticator } = await testIdentity({ otherIssuers: [other] });
    const padded = (length: number) => {
      const payload = base64url.encode(JSON.stringify({ iss: other.issuer }));
      return `e30.${payload}.`.padEnd(length, 'A');
    };
    expect(await authenticator.fromToken(padded(8 * 1024 + 1))).toMatchObject(UNAUTHORIZED);
    expect(asked).toEqual([]);
    expect(await authenticator.fromToken(padded(8 * 1024))).toMatchObject(UNAUTHORIZED);
    expect(asked).toHaveLength(1);
  });

  it('[AUTH-11] may be anything at all: the answer is a value', async () => {
    const { authenticator } = await testIdentity();
    const part = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json().map((json) => base64url.encode(json)),
      fc.constant('constructor'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 4 }), async (parts) => {
        expect(await authenticator.fromToken(parts.join('.'))).toMatchObject(UNAUTHORIZED);
        expect(await authenticator.fromBearer(parts.join('.'))).toMatchObject(UNAUTHORIZED);
      }),
    );
  });

  it('[AUTH-12] of another issuer make a user with a stable id and a name of its own', async () => {
    const idp: TokenIssuer = {
      issuer: 'https://idp.test',
      verify: async () =>
        ok({ subject: 's1', name: 'Ada', roles: ['user'], avatar: 'https://idp.test/a.png', tokenIds: [] }),
    };
    const { authenticator, names } = await testIdentity({ otherIssuers: [idp] });
    await names.claim('someone', 'ada', true, 0);
    const token = `e30.${base64url.encode(JSON.stringify({ iss: idp.issuer }))}.x`;
    const first = unwrap(await authenticator.fromToken(token));
    expect(first.user).toMatchObject({
      id: derivedUserId(idp.issuer, 's1'),
      avatar: 'https://idp.test/a.png',
    });
    expect(first.user.name).toMatch(/^Ada-/);
    expect(unwrap(await authenticator.fromToken(token))).toEqual(first);
    expect(authenticator.issuers).toEqual([TEST_ISSUER, idp.issuer]);
  });

  it('[AUTH-12] give ids that depend on issuer and subject, and look like UUIDs', () => {
    const id = derivedUserId('https://a.test', 'b');
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(derivedUserId('https://a.test', 'b')).toBe(id);
    expect(derivedUserId('https://a.test', 'c')).not.toBe(id);
    expect(derivedUserId('https://a.testb', '')).not.toBe(id);
  });

  it('[AUTH-13] renew the identity of the same person only', async () => {
    const { authenticator, issuer, clock } = await testIdentity();
    const current = unwrap(await authenticator.fromToken((await issuer.issue(ada)).token));
    clock.now += 1_000_000;
    const next = unwrap(await authenticator.refresh(current, (await issuer.issue(ada)).token));
    expect(next.expiresAt).toBe(clock.now + 3_600_000);
    const bob = (await issuer.issue({ id: 'bob', name: 'bob', roles: ['user'] })).token;
    expect(await authenticator.refresh(current, bob)).toMatchObject({ failure: { code: 'forbidden' } });
    expect(await authenticator.refresh(current, 'x')).toMatchObject(UNAUTHORIZED);
    const guest = unwrap(await authenticator.guest({ name: 'g' }));
    expect(await authenticator.refresh(guest.identity, bob)).toMatchObject({
      failure: { code: 'forbidden' },
    });
  });
});

describe("the server's keys", () => {
  it('[AUTH-14] are published without their private parts', async () => {
    const { keys } = await testIdentity();
    expect(keys.jwks.keys).toHaveLength(1);
    for (const key of keys.jwks.keys) {
      expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    }
  });

  it('[AUTH-14] are the same for servers that start at once on one store', async () => {
    const store = new MemorySigningKeys();
    const [a, b] = await Promise.all([testIdentity({ keyStore: store }), testIdentity({ keyStore: store })]);
    const { token } = await a.issuer.issue(ada);
    expect(await b.authenticator.fromToken(token)).toMatchObject({ ok: true });
  });

  it('[AUTH-14] that cannot be had or used are a value', async () => {
    const away = keyStore(async () => fail(failure('unavailable', 'away', 500)));
    expect(
      await loadServerKeys(
        away,
        randomUUID,
        () => 0,
        () => 0,
      ),
    ).toMatchObject({
      failure: { code: 'unavailable' },
    });
    const bad = { kid: 'k', alg: 'ES256', privateJwk: { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' } };
    for (const keys of [[], [{ ...bad, alg: 'RS256' }], [bad], [{ ...bad, privateJwk: {} }]]) {
      const store = keyStore(async () => ok(keys));
      expect(
        await loadServerKeys(
          store,
          randomUUID,
          () => 0,
          () => 0,
        ),
      ).toMatchObject({
        failure: { code: 'internal' },
      });
    }
  });
});

describe('somebody who is banned', () => {
  it('[BAN-1] has no token that holds, also over HTTP where it was proved before, and renews none', async () => {
    const { authenticator, issuer, standings, clock } = await testIdentity();
    const { token } = await issuer.issue(ada);
    const before = unwrap(await authenticator.fromBearer(token));
    const until = clock.now + 60_000;
    const ban = { id: '1', kind: 'ban' as const, userId: ada.id, until, isOver: false, deletes: false };
    standings.apply({ change: 1, keysChange: 0, tokens: [], standings: [], sanctions: [ban] });
    const banned = { failure: { code: 'banned', retryAfterMs: 60_000 } };
    expect(await authenticator.fromToken(token)).toMatchObject(banned);
    expect(await authenticator.fromBearer(token)).toMatchObject(banned);
    expect(await authenticator.refresh(before, token)).toMatchObject(banned);
    clock.now = until;
    expect(await authenticator.fromToken(token)).toMatchObject({ ok: true });
  });
});
