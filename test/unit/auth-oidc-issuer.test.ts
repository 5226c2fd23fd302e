import { describe, expect, it } from 'vitest';
import { OidcIssuer } from '../../src/auth/oidc/oidc-issuer.ts';
import { FakeIssuer } from '../support/fake-issuer.ts';
import { signedToken, tokenKey } from '../support/token-signer.ts';
import type { TokenKey } from '../support/token-signer.ts';

const ISSUER = 'https://id.test';
const NOW = 1_700_000_000_000;
const key = await tokenKey('one');

async function issuerWith(
  settings: { readonly clientId?: string; readonly audience?: readonly string[] },
  ...keys: readonly TokenKey[]
): Promise<OidcIssuer> {
  const fake = new FakeIssuer(ISSUER, ...(keys.length === 0 ? [key] : keys));
  const timers = { mono: () => 0, after: () => () => undefined };
  const logger = { info: () => undefined, warn: () => undefined } as never;
  const { issuer, fetch } = fake;
  const made = new OidcIssuer({ audience: [], ...settings, issuer, fetch, timers, logger, now: () => NOW });
  made.keys.start();
  return made;
}

const taken = async (issuer: OidcIssuer, claims: object, by = key, header: object = {}) =>
  (await issuer.verify(await signedToken(ISSUER, by, NOW, { claims: { ...claims }, header: { ...header } })))
    .ok;

describe('whom a token is for', () => {
  it('[AUTH-34] is one of OIDC_AUDIENCE where that is set, whatever the client id', async () => {
    const issuer = await issuerWith({ clientId: 'page', audience: ['chat', 'https://chat.test'] });
    expect(await taken(issuer, { aud: 'chat' })).toBe(true);
    expect(await taken(issuer, { aud: ['shop', 'https://chat.test'] })).toBe(true);
    expect(await taken(issuer, { aud: 'page', azp: 'page' })).toBe(false);
    expect(await taken(issuer, { aud: undefined, azp: 'page' })).toBe(false);
    expect(await taken(issuer, { aud: ['cha', 'chat/'] })).toBe(false);
  });

  it('[AUTH-34] is the client id where no audience is set, as audience, azp or client_id', async () => {
    const issuer = await issuerWith({ clientId: 'page' });
    expect(await taken(issuer, { aud: 'page' })).toBe(true);
    expect(await taken(issuer, { aud: ['account', 'page'], azp: 'other' })).toBe(true);
    expect(await taken(issuer, { aud: 'account', azp: 'page' })).toBe(true);
    expect(await taken(issuer, { aud: [], client_id: 'page' })).toBe(true);
    expect(await taken(issuer, { aud: undefined, azp: 'page' })).toBe(true);
    expect(await taken(issuer, { aud: 'shop', azp: 'shop' })).toBe(false);
    expect(await taken(issuer, { aud: 'shop', azp: 'shop', client_id: 'page' }), 'azp goes first').toBe(
      false,
    );
    expect(await taken(issuer, { aud: undefined })).toBe(false);
  });

  it('[AUTH-34] is anybody where neither is set', async () => {
    const issuer = await issuerWith({});
    expect(await taken(issuer, { aud: 'shop', azp: 'shop' })).toBe(true);
    expect(await taken(issuer, { aud: undefined })).toBe(true);
  });
});

describe('how a token is signed', () => {
  it.each(['RS256', 'RS512', 'PS256', 'PS384', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'])(
    '[AUTH-33] may be %s, by a key for it',
    async (alg) => {
      const own = await tokenKey('own', alg);
      expect(await taken(await issuerWith({}, own), {}, own)).toBe(true);
    },
  );

  it('[AUTH-33] is by the key’s own algorithm', async () => {
    const own = await tokenKey('own', 'RS256');
    const issuer = await issuerWith({}, own);
    const other = await tokenKey('own', 'PS256');
    expect(await taken(issuer, {}, other)).toBe(false);
    expect(await taken(issuer, {}, { ...(await tokenKey('own')), kid: 'own' })).toBe(false);
  });

  it('[AUTH-33] may leave open by which of several keys', async () => {
    const [a, b, stranger] = [await tokenKey('a'), await tokenKey('b'), await tokenKey('c')];
    const issuer = await issuerWith({}, a, b);
    expect(await taken(issuer, {}, b, { kid: undefined })).toBe(true);
    expect(await taken(issuer, {}, stranger, { kid: undefined })).toBe(false);
  });
});

describe('when a token holds', () => {
  it.each([
    [{ exp: NOW / 1000 + 0.001 }, true],
    [{ exp: NOW / 1000 }, false],
    [{ nbf: NOW / 1000 + 30 }, true],
    [{ nbf: NOW / 1000 + 31 }, false],
    [{ iat: NOW / 1000 + 30 }, true],
    [{ iat: NOW / 1000 + 31 }, false],
    [{ iat: undefined }, true],
    [{ iat: 'now' }, false],
  ])('[AUTH-35] %j: %s', async (claims, holds) => {
    expect(await taken(await issuerWith({}), claims)).toBe(holds);
  });
});
