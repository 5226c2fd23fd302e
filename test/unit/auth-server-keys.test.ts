import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { SigningKeyStore } from '../../src/auth/ports.ts';
import { createSigningKey, LONGEST_OWN_TOKEN_SECONDS } from '../../src/auth/server-keys.ts';
import { failure } from '../../src/protocol/errors.ts';
import { fail } from '../../src/protocol/result.ts';
import { MemorySigningKeys } from '../../src/storage/memory/memory-signing-keys.ts';
import { testIdentity } from '../support/identity.ts';

const ada = { id: 'ada-id', name: 'Ada', roles: ['user'] } as const;
const DAY_MS = 24 * 3600 * 1000;

/** A store that counts how often it is asked, and can be away. */
function watchedStore() {
  const memory = new MemorySigningKeys();
  const state = { asked: 0, away: false };
  const store: SigningKeyStore = {
    loadOrCreate: async (...args) => {
      state.asked += 1;
      return state.away ? fail(failure('unavailable', 'away', 1_000)) : memory.loadOrCreate(...args);
    },
    rotate: (...args) => memory.rotate(...args),
  };
  const rotate = async (now: number) => {
    const key = await createSigningKey(randomUUID);
    await memory.rotate(key, now);
    return key.kid;
  };
  return { store, state, rotate };
}

/** Two servers on one store, one clock for both. */
async function twoServers() {
  const watched = watchedStore();
  const [here, there] = [
    await testIdentity({ keyStore: watched.store }),
    await testIdentity({ keyStore: watched.store }),
  ];
  watched.state.asked = 0;
  return { ...watched, here, there };
}

/** `token` with another key named in its header. */
function withKid(token: string, kid: unknown): string {
  const header = Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid })).toString('base64url');
  return [header, ...token.split('.').slice(1)].join('.');
}

describe('the server’s own keys', () => {
  it('[AUTH-60] rotate: the newest signs, older ones go on verifying, all are published', async () => {
    const { here, rotate } = await twoServers();
    const { token: old } = await here.issuer.issue(ada);
    const guest = await here.authenticator.guest({ name: 'Bob' });
    if (!guest.ok) throw new Error(guest.failure.message);
    const before = here.keys.signing.kid;
    const kid = await rotate(here.clock.now);
    expect(await here.keys.reload()).toEqual({ ok: true, value: undefined });
    expect(here.keys.signing.kid).toBe(kid);
    expect(here.keys.jwks.keys.map((key) => key.kid)).toEqual([kid, before]);
    const { token } = await here.issuer.issue(ada);
    for (const one of [old, token]) {
      expect(await here.authenticator.fromToken(one)).toMatchObject({ value: { user: { id: 'ada-id' } } });
    }
    const again = await here.authenticator.guest({ guestToken: guest.value.guestToken });
    expect(again).toMatchObject({ value: { identity: { user: guest.value.identity.user } } });
  });

  it('[AUTH-60] are kept for as long as a token that they signed can live, and no longer', async () => {
    const { here, rotate } = await twoServers();
    const guest = await here.authenticator.guest({ name: 'Bob' });
    if (!guest.ok) throw new Error(guest.failure.message);
    const { guestToken } = guest.value;
    await rotate(here.clock.now);
    await here.keys.reload();
    here.clock.now += LONGEST_OWN_TOKEN_SECONDS * 1000 - 1;
    await here.keys.reload();
    expect(await here.authenticator.fromBearer(guestToken)).toMatchObject({ ok: true });
    here.clock.now += 8 * DAY_MS;
    await here.keys.reload();
    expect(here.keys.jwks.keys).toHaveLength(1);
  });

  it('[AUTH-61] of another server are looked for when a token names one, once for many such tokens', async () => {
    const { here, there, state, rotate } = await twoServers();
    await rotate(here.clock.now);
    await here.keys.reload();
    const { token } = await here.issuer.issue(ada);
    state.asked = 0;
    expect(await there.authenticator.fromToken(token)).toMatchObject({ ok: true });
    expect(state.asked).toBe(1);
    expect(await there.authenticator.fromToken(token)).toMatchObject({ ok: true });
    expect(state.asked).toBe(1);
  });

  it('[AUTH-61] are looked for within bounds, whatever tokens name', async () => {
    const { here, there, state, rotate } = await twoServers();
    const { token } = await here.issuer.issue(ada);
    for (let n = 0; n < 1_000; n += 1) {
      const answer = await here.authenticator.fromToken(withKid(token, randomUUID()));
      expect(answer).toMatchObject({ failure: { code: 'unauthorized' } });
    }
    expect(state.asked).toBe(10);
    for (const kid of [undefined, 7, null, {}, '']) {
      expect(await here.authenticator.fromToken(withKid(token, kid))).toMatchObject({ ok: false });
    }
    expect(state.asked).toBe(10);
    // Known ones are found all the same, and a new one again after a second.
    expect(await here.authenticator.fromToken(token)).toMatchObject({ ok: true });
    await rotate(here.clock.now);
    await there.keys.reload();
    const { token: next } = await there.issuer.issue(ada);
    expect(await here.authenticator.fromToken(next)).toMatchObject({ ok: false });
    here.clock.now += 1_000;
    expect(await here.authenticator.fromToken(next)).toMatchObject({ ok: true });
  });

  it('[AUTH-61] that cannot be looked for are no reason to call a token bad', async () => {
    const { here, state } = await twoServers();
    const { token } = await here.issuer.issue(ada);
    state.away = true;
    const unknown = withKid(token, randomUUID());
    expect(await here.authenticator.fromToken(unknown)).toMatchObject({ failure: { code: 'unavailable' } });
    expect(await here.authenticator.fromToken(token)).toMatchObject({ ok: true });
    expect(await here.keys.reload()).toMatchObject({ failure: { code: 'unavailable' } });
    expect(await here.authenticator.fromToken(token)).toMatchObject({ ok: true });
  });

  it('[AUTH-61] that are no longer usable in the store leave those that are known in force', async () => {
    const { here, store } = await twoServers();
    const { token } = await here.issuer.issue(ada);
    await store.rotate({ kid: 'k', alg: 'ES256', privateJwk: { kty: 'EC', crv: 'P-256' } }, here.clock.now);
    expect(await here.keys.reload()).toMatchObject({ failure: { code: 'internal' } });
    expect(await here.authenticator.fromToken(token)).toMatchObject({ ok: true });
  });
});
