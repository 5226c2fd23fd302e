/** Someone who signs tokens: what an issuer has at home, and what it publishes of it. */
import { CompactSign, exportJWK, exportSPKI, generateKeyPair } from 'jose';
import type { CryptoKey, JWK } from 'jose';

/** A key pair by a name. */
export interface TokenKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  /** What a set of keys has of it. */
  readonly jwk: JWK;
  /** The public key as a text. */
  readonly pem: string;
}

/** Makes a key pair. */
export async function tokenKey(kid: string, alg = 'ES256'): Promise<TokenKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' };
  return { kid, alg, privateKey, jwk, pem: await exportSPKI(publicKey) };
}

/** What of a token isn't as it should be; undefined takes away. */
export interface TokenChanges {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly key?: CryptoKey | Uint8Array;
}

/** Signs a token of `issuer` for the subject `ada`, good for five minutes from `now` (ms since the epoch) on. */
export async function signedToken(
  issuer: string,
  key: TokenKey,
  now: number,
  { header = {}, claims = {}, key: other }: TokenChanges = {},
): Promise<string> {
  const iat = Math.floor(now / 1000);
  const payload = { iss: issuer, sub: 'ada', aud: 'chat', iat, exp: iat + 300, ...claims };
  const bytes = new TextEncoder().encode(JSON.stringify(payload));
  return new CompactSign(bytes)
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'at+jwt', ...header })
    .sign(other ?? key.privateKey, { crit: { hubbub: false } });
}
