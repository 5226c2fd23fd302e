/** The server's own signing keys, ready for use. */
import { exportJWK, generateKeyPair, importJWK } from 'jose';
import type { CryptoKey } from 'jose';
import { failure } from '../protocol/errors.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import { AttemptThrottle } from './attempt-throttle.ts';
import type { SigningKey, SigningKeyStore } from './ports.ts';

/** The one algorithm of the server's own tokens. */
export const SERVER_KEY_ALGORITHM = 'ES256';

/** No token of the server's own lives longer, seconds: those of guests have 400 days. */
export const LONGEST_OWN_TOKEN_SECONDS = 400 * 24 * 3600;

// Servers that are cut off from the database may sign with a replaced key for a while.
const REPLACED_KEY_MS = (LONGEST_OWN_TOKEN_SECONDS + 7 * 24 * 3600) * 1000;
/** Look-ups of keys that aren't known: so many at once, then one so often. Tokens can name what they like. */
const LOOK_UPS = { burst: 10, intervalMs: 1_000 };

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

/** What {@link ServerKeys} need. `now` gives ms since the epoch, `mono` ms on a clock that nobody sets. */
interface ServerKeysDeps {
  readonly store: SigningKeyStore;
  readonly newId: () => string;
  readonly now: () => number;
  readonly mono: () => number;
}

interface KeyRing {
  readonly signing: { readonly kid: string; readonly key: CryptoKey };
  readonly publicKeys: ReadonlyMap<string, CryptoKey>;
  readonly jwks: { readonly keys: readonly PublicJwk[] };
}

/** Signs with the newest key, verifies with all that tokens may still be signed with. */
export class ServerKeys {
  readonly #deps: ServerKeysDeps;
  readonly #lookUps = new AttemptThrottle(LOOK_UPS);
  #ring: KeyRing;
  #reloading: Promise<unknown> = Promise.resolve();

  private constructor(deps: ServerKeysDeps, ring: KeyRing) {
    this.#deps = deps;
    this.#ring = ring;
  }

  /** See {@link loadServerKeys}. */
  static async load(deps: ServerKeysDeps): Promise<Result<ServerKeys>> {
    const ring = await readRing(deps);
    return ring.ok ? ok(new ServerKeys(deps, ring.value)) : ring;
  }

  get signing(): KeyRing['signing'] {
    return this.#ring.signing;
  }

  /** RFC 7517, section 5. */
  get jwks(): KeyRing['jwks'] {
    return this.#ring.jwks;
  }

  /**
   * The public key named `kid`, or null. One that isn't known may be another server's of this moment: then the store is
   * asked, within bounds. `unavailable` when it would have to be and is away.
   */
  async find(kid: string | undefined): Promise<Result<CryptoKey | null>> {
    const known = this.#known(kid);
    if (known !== null || kid === undefined) return ok(known);
    if (this.#lookUps.take('', this.#deps.mono()) > 0) return ok(null);
    const reloaded = await this.reload();
    return reloaded.ok ? ok(this.#known(kid)) : reloaded;
  }

  /** Reads the keys anew: after a rotation, here or elsewhere. On failure those that are known stay. */
  async reload(): Promise<Result<void>> {
    // One after the other, so that what was read last is the newest.
    const reading = this.#reloading.then(() => readRing(this.#deps));
    this.#reloading = reading;
    const ring = await reading;
    if (!ring.ok) return ring;
    this.#ring = ring.value;
    return ok(undefined);
  }

  #known(kid: string | undefined): CryptoKey | null {
    return this.#ring.publicKeys.get(kid ?? '') ?? null;
  }
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
  now: () => number,
  mono: () => number,
): Promise<Result<ServerKeys>> {
  return ServerKeys.load({ store, newId, now, mono });
}

async function readRing({ store, newId, now }: ServerKeysDeps): Promise<Result<KeyRing>> {
  const at = now();
  const stored = await store.loadOrCreate(() => createSigningKey(newId), at - REPLACED_KEY_MS, at);
  if (!stored.ok) return stored;
  const usable = stored.value.filter((key) => key.alg === SERVER_KEY_ALGORITHM);
  const [newest] = usable;
  if (newest === undefined) return unusable('there is none of its algorithm');
  try {
    const publicKeys = new Map<string, CryptoKey>();
    const keys = usable.map(publicJwk);
    for (const jwk of keys) publicKeys.set(jwk.kid, await importKey({ ...jwk }));
    const signing = { kid: newest.kid, key: await importKey({ ...newest.privateJwk }) };
    return ok({ signing, publicKeys, jwks: { keys } });
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
