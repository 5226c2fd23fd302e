/** Builds what commands need on the server's database. */
import { randomBytes, randomUUID } from 'node:crypto';
import { AccessChanges } from '../auth/access-changes.ts';
import { AccountIssuer } from '../auth/account-issuer.ts';
import { Accounts } from '../auth/accounts.ts';
import { PasswordHasher } from '../auth/password-hasher.ts';
import { RefreshTokens } from '../auth/refresh-tokens.ts';
import { loadServerKeys } from '../auth/server-keys.ts';
import { madeUpPassword } from '../composition/made-up-password.ts';
import type { Config } from '../config.ts';
import type { Logger } from '../observability/logger.ts';
import { ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import type { Database } from '../storage/database.ts';
import { findPerson } from '../storage/find-person.ts';
import { PostgresAccounts } from '../storage/postgres-accounts.ts';
import { PostgresAuditLog } from '../storage/postgres-audit-log.ts';
import { PostgresRefreshTokens } from '../storage/postgres-refresh-tokens.ts';
import { PostgresSecurity } from '../storage/postgres-security.ts';
import { PostgresSigningKeys } from '../storage/postgres-signing-keys.ts';
import { loadServerInstance } from '../storage/server-instance.ts';
import { processClock } from '../threads/process-clock.ts';
import type { AdminParts } from './carry-out.ts';
import { openDatabase } from './open-database.ts';

/** What is open. */
export interface OpenAdminParts {
  readonly parts: AdminParts;
  close(): Promise<void>;
}

/** Opens all of it; fails with one line that says what to mend. */
export async function openAdminParts(
  config: Pick<Config, 'dataDir' | 'databaseUrl'>,
  logger: Logger,
  passwordInput: () => Promise<Result<string>>,
): Promise<Result<OpenAdminParts>> {
  const opened = await openDatabase(config, logger);
  if (!opened.ok) return opened;
  const { database, close } = opened.value;
  const parts = await buildParts(database);
  if (parts.ok) return ok({ parts: { ...parts.value, readPassword: passwordInput }, close });
  await close();
  return parts;
}

async function buildParts(database: Database): Promise<Result<Omit<AdminParts, 'readPassword'>>> {
  const now = (): number => Date.now();
  const mono = processClock;
  const newId = (): string => randomUUID();
  const random = (bytes: number): Uint8Array => randomBytes(bytes);
  const instance = await loadServerInstance(database);
  if (!instance.ok) return instance;
  const keyStore = new PostgresSigningKeys(database);
  const keys = await loadServerKeys(keyStore, newId, now, mono);
  if (!keys.ok) return keys;
  const issuer = new AccountIssuer({
    issuer: `urn:hubbub:${instance.value.id}`,
    keys: keys.value,
    now,
    newId,
  });
  const accountStore = new PostgresAccounts(database);
  const refreshTokens = new RefreshTokens({
    store: new PostgresRefreshTokens(database),
    issuer,
    now,
    mono,
    random,
  });
  const security = new PostgresSecurity(database);
  const find = (nameOrId: string) => findPerson(database, nameOrId);
  return ok({
    accounts: new Accounts({
      ...{ store: accountStore, hasher: new PasswordHasher(), refreshTokens },
      ...{ registration: 'off', now, mono, newId },
    }),
    ...{ accountStore, keys: keyStore, issuer, audit: new PostgresAuditLog(database) },
    // Servers follow by themselves.
    accessChanges: new AccessChanges({
      ...{ security, accounts: accountStore, findPerson: find, now },
      applied: async () => undefined,
    }),
    findPerson: find,
    makeUpPassword: () => madeUpPassword(random),
    now,
    newId,
  });
}
