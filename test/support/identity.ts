/** Identity over in-memory stores, with a clock that tests move. */
import { randomBytes, randomUUID } from 'node:crypto';
import { AccountIssuer } from '../../src/auth/account-issuer.ts';
import { Authenticator } from '../../src/auth/authenticator.ts';
import type { AuthenticatorDeps } from '../../src/auth/authenticator.ts';
import { Guests } from '../../src/auth/guests.ts';
import type { TokenIssuer } from '../../src/auth/identity.ts';
import type { NameStore, SigningKeyStore } from '../../src/auth/ports.ts';
import { loadServerKeys } from '../../src/auth/server-keys.ts';
import type { ServerKeys } from '../../src/auth/server-keys.ts';
import { Standings } from '../../src/auth/standings.ts';
import type { ChatPolicy } from '../../src/protocol/permissions.ts';
import { MemoryNames } from '../../src/storage/memory/memory-names.ts';
import { MemorySigningKeys } from '../../src/storage/memory/memory-signing-keys.ts';

export interface TestIdentity {
  readonly authenticator: Authenticator;
  readonly issuer: AccountIssuer;
  readonly keys: ServerKeys;
  readonly names: NameStore;
  readonly standings: Standings;
  /** ms since the epoch; tests set it. */
  readonly clock: { now: number };
}

export interface TestIdentityOptions {
  readonly keyStore?: SigningKeyStore;
  readonly names?: NameStore;
  readonly guests?: ChatPolicy['guests'];
  readonly otherIssuers?: readonly TokenIssuer[];
  readonly fallback?: TokenIssuer;
  readonly seen?: AuthenticatorDeps['seen'];
  readonly issuer?: string;
  readonly dashboardClients?: readonly string[];
}

export const TEST_ISSUER = 'https://chat.test';

/** An authenticator as main.ts builds it; two with the same `keyStore` are one server before and after a restart. */
export async function testIdentity(options: TestIdentityOptions = {}): Promise<TestIdentity> {
  const clock = { now: 1_700_000_000_000 };
  const now = () => clock.now;
  const loaded = await loadServerKeys(options.keyStore ?? new MemorySigningKeys(), randomUUID, now, now);
  if (!loaded.ok) throw new Error(loaded.failure.message);
  const keys = loaded.value;
  const names = options.names ?? new MemoryNames();
  const issuer = new AccountIssuer({ issuer: options.issuer ?? TEST_ISSUER, keys, now, newId: randomUUID });
  const guests = new Guests({
    keys,
    names,
    guests: options.guests ?? 'chat',
    now,
    newId: randomUUID,
    random: randomBytes,
  });
  const issuers = [issuer, ...(options.otherIssuers ?? [])];
  const standings = new Standings(now);
  const dashboardClients = options.dashboardClients ?? [];
  const authenticator = new Authenticator({
    ...{ issuers, guests, names, standings, dashboardClients, now },
    ...(options.fallback === undefined ? {} : { fallback: options.fallback }),
    ...(options.seen === undefined ? {} : { seen: options.seen }),
  });
  return { authenticator, issuer, keys, names, standings, clock };
}
