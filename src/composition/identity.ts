/** Builds what decides who someone is. */
import { randomBytes, randomUUID } from 'node:crypto';
import { AccountIssuer } from '../auth/account-issuer.ts';
import { Accounts } from '../auth/accounts.ts';
import { Authenticator } from '../auth/authenticator.ts';
import { Guests } from '../auth/guests.ts';
import { NameCache } from '../auth/name-cache.ts';
import { PasswordHasher } from '../auth/password-hasher.ts';
import { RefreshTokens } from '../auth/refresh-tokens.ts';
import { SeenUsers } from '../auth/seen-users.ts';
import { loadServerKeys, type ServerKeys } from '../auth/server-keys.ts';
import { Standings } from '../auth/standings.ts';
import type { AccountStore, NameStore, SecurityStore } from '../auth/ports.ts';
import type { Config } from '../config.ts';
import type { Logger } from '../observability/logger.ts';
import type { Result } from '../protocol/result.ts';
import { PostgresAccounts } from '../storage/postgres-accounts.ts';
import { PostgresNames } from '../storage/postgres-names.ts';
import { PostgresRefreshTokens } from '../storage/postgres-refresh-tokens.ts';
import { PostgresSecurity } from '../storage/postgres-security.ts';
import { PostgresSigningKeys } from '../storage/postgres-signing-keys.ts';
import { PostgresUsers } from '../storage/postgres-users.ts';
import type { ServerInstance } from '../storage/server-instance.ts';
import { processClock } from '../threads/process-clock.ts';
import { runtimeTimers } from '../threads/runtime-timers.ts';
import { buildIssuers, type Issuers } from './issuers.ts';
import type { Stores } from './stores.ts';

/** Who is who. */
export interface IdentityParts {
  readonly authenticator: Authenticator;
  readonly standings: Standings;
  readonly security: SecurityStore;
  readonly accountStore: AccountStore;
  readonly hasher: PasswordHasher;
  readonly accounts: Accounts;
  readonly refreshTokens: RefreshTokens;
  readonly keys: ServerKeys;
  readonly issuer: AccountIssuer;
  readonly names: NameStore;
  readonly issuers: Pick<Issuers, 'logins' | 'warnings'>;
  /** Ends what goes on by itself; before the stores close. */
  stop(): Promise<void>;
}

/** Loads the server's keys and builds the rest on them. */
export async function buildIdentity(
  config: Config,
  stores: Pick<Stores, 'database'> & { readonly instance: Pick<ServerInstance, 'id'> },
  logger: Logger,
): Promise<Result<IdentityParts>> {
  const now = (): number => Date.now();
  const mono = processClock;
  const newId = (): string => randomUUID();
  const random = (bytes: number): Uint8Array => randomBytes(bytes);
  const keys = await loadServerKeys(new PostgresSigningKeys(stores.database), newId, now, mono);
  if (!keys.ok) return keys;
  // Bound to the database, not to an address: tokens outlive a move of the server.
  const issuer = new AccountIssuer({
    issuer: `urn:hubbub:${stores.instance.id}`,
    keys: keys.value,
    now,
    newId,
  });
  const names = new PostgresNames(stores.database);
  const guests = new Guests({
    keys: keys.value,
    names,
    guests: config.guests,
    now,
    newId,
    random,
  });
  const refreshTokens = new RefreshTokens({
    store: new PostgresRefreshTokens(stores.database),
    issuer,
    now,
    mono,
    random,
  });
  const accountStore = new PostgresAccounts(stores.database);
  const hasher = new PasswordHasher();
  const accounts = new Accounts({
    store: accountStore,
    hasher,
    refreshTokens,
    registration: config.registration,
    now,
    mono,
    newId,
  });
  const standings = new Standings(now);
  const issuers = buildIssuers(config, logger);
  const { listed, fallback } = issuers;
  const users = new SeenUsers({ store: new PostgresUsers(stores.database), timers: runtimeTimers(), logger });
  const authenticator = new Authenticator({
    ...{ issuers: [issuer, ...listed], guests, names: new NameCache(names), standings, now },
    ...(fallback === undefined ? {} : { fallback }),
    seen: (user) => {
      users.note(user);
    },
    dashboardClients: config.dashboardClientIds,
  });
  const stop = async (): Promise<void> => {
    await Promise.all([issuers.stop(), users.stop()]);
  };
  const security = new PostgresSecurity(stores.database);
  return {
    ok: true,
    value: {
      ...{ authenticator, standings, security, accountStore, hasher, accounts, refreshTokens },
      keys: keys.value,
      ...{ issuer, names, issuers, stop },
    },
  };
}
