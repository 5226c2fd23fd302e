/** Access tokens of many users, signed with a running server's own key: what /login would give each of them. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { pino } from 'pino';
import { AccountIssuer } from '../src/auth/account-issuer.ts';
import { loadServerKeys } from '../src/auth/server-keys.ts';
import type { Role } from '../src/protocol/entities.ts';
import { Database } from '../src/storage/database.ts';
import { findPostmaster } from '../src/storage/embedded/postmaster.ts';
import { socketUrl } from '../src/storage/embedded/socket-folder.ts';
import { createPool } from '../src/storage/pool.ts';
import { PostgresSigningKeys } from '../src/storage/postgres-signing-keys.ts';
import { loadServerInstance } from '../src/storage/server-instance.ts';

/** Signatures that are being made at once: the thread pool has four threads. */
const AT_ONCE = 64;
const DATABASE = 'hubbub';

/**
 * `count` ES256 tokens (RFC 7518), each of another user with these roles, for the server that keeps its data in
 * `dataFolder`.
 */
export async function hubbubTokens(
  dataFolder: string,
  count: number,
  roles: readonly Role[] = ['user'],
): Promise<string[]> {
  const found = await findPostmaster(join(dataFolder, 'postgres'));
  if (found.kind !== 'running' || found.postmaster.socketDir === null) {
    throw new Error(`no PostgreSQL runs over ${dataFolder}`);
  }
  return signTokens(socketUrl(found.postmaster.socketDir, found.postmaster.port, DATABASE), count, roles);
}

/** The same for a server whose database is at `connectionString`. */
export async function signTokens(
  connectionString: string,
  count: number,
  roles: readonly Role[] = ['user'],
): Promise<string[]> {
  const issuer = await accountIssuer(connectionString);
  const tokens: string[] = [];
  while (tokens.length < count) {
    const batch = Array.from({ length: Math.min(AT_ONCE, count - tokens.length) }, async (_, i) => {
      const name = `user-${tokens.length + i}`;
      return (await issuer.issue({ id: randomUUID(), name, roles })).token;
    });
    tokens.push(...(await Promise.all(batch)));
  }
  return tokens;
}

async function accountIssuer(connectionString: string): Promise<AccountIssuer> {
  const logger = pino({ level: 'silent' });
  const pool = createPool({ connectionString, applicationName: 'bench tokens', max: 1, logger });
  const database = new Database(pool, logger);
  try {
    const keys = await loadServerKeys(
      new PostgresSigningKeys(database),
      randomUUID,
      () => Date.now(),
      () => performance.now(),
    );
    const instance = await loadServerInstance(database);
    if (!keys.ok || !instance.ok) throw new Error('the server has no keys yet');
    return new AccountIssuer({
      issuer: `urn:hubbub:${instance.value.id}`,
      keys: keys.value,
      now: () => Date.now(),
      newId: randomUUID,
    });
  } finally {
    await database.close();
  }
}
