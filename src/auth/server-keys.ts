/** The server's own signing keys, ready for use. */
import { exportJWK, generateKeyPair, importJWK } from 'jose';
import type { CryptoKey } from 'jose';
import { failure } from '../protocol/errors.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import type { SigningKey, SigningKeyStore } from './ports.ts';

/** The one algorithm of the server's own tokens. */
export const SERVER_KEY_ALGORITHM = 'ES256';

/** A JWK as published: public parts only. */
export interface PublicJwk {
  readonly kty: string;
  readonly crv: string;
  readonly x: string;
  readonly y: string;
  readonly kid: string;
  readonly alg: string;
  readonly use: 'sig';
}

/** Signs with the newest key, verifies with all of them. */
export interface ServerKeys {
  readonly signing: { readonly kid: string; readonly key: CryptoKey };
  /** The public key named `kid`. */
  find(kid: string | undefined): CryptoKey | undefined;
  /** RFC 7517, section 5. */
  readonly jwks: { readonly keys: readonly PublicJwk[] };
}

/** Makes a key pair; `newId` names it. */
export async function createSigningKey(newId: () => string): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair(SERVER_KEY_ALGORITHM, { extractable: true });
  return { kid: newId(), alg: SERVER_KEY_ALGORITHM, privateJwk: { ...(await exportJWK(privateKey)) } };
}

/** The keys of `store`; the first start makes one. `unavailable` while the store is, `internal` for unusable keys. */
export async function loadServerKeys(
  store: SigningKeyStore,
  newId: () => string,
  now: number,
): Promise<Result<ServerKeys>> {
  const stored = await store.loadOrCreate(() => createSigningKey(newId), now);
  if (!stored.ok) return stored;
  const usable = stored.value.filter((key) => key.alg === SERVER_KEY_ALGORITHM);
  const [newest] = usable;
  if (newest === undefined) return unusable('there is none of its algorithm');
  try {
    const publicKeys = new Map<string, CryptoKey>();
    const keys = usable.map(publicJwk);
    for (const jwk of keys) publicKeys.set(jwk.kid, await importKey({ ...jwk }));
    const signing = { kid: newest.kid, key: await importKey({ ...newest.privateJwk }) };
    return ok({ signing, find: (kid) => publicKeys.get(kid ?? ''), jwks: { keys } });
  } catch (error) {
    return unusable(error instanceof Error ? error.message : String(error));
  }
}

async function importKey(jwk: Record<string, unknown>): Promise<CryptoKey> {
  const key = await importJWK({ ...jwk, kty: 'EC' }, SERVER_KEY_ALGORITHM);
  if (key instanceof Uint8Array) throw new TypeError('a symmetric key');
  return key;
}

// Named one by one, so that a private part can't slip through.
function publicJwk(key: SigningKey): PublicJwk {
  const { crv, x, y } = key.privateJwk;
  if (typeof crv !== 'string' || typeof x !== 'string' || typeof y !== 'string') {
    throw new TypeError(`key ${key.kid} is no elliptic curve key`);
  }
  return { kty: 'EC', crv, x, y, kid: key.kid, alg: key.alg, use: 'sig' };
}

function unusable(reason: string) {
  return fail(failure('internal', `The signing keys in the database can't be used: ${reason}.`));
}
