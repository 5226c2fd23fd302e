/** Tokens as a running server would sign them, made with its own key out of its database. */
import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { ACCESS_TOKEN_SECONDS, AccountIssuer } from '../../src/auth/account-issuer.ts';
import { loadServerKeys } from '../../src/auth/server-keys.ts';
import type { Role } from '../../src/protocol/entities.ts';
import { Database } from '../../src/storage/database.ts';
import { createPool } from '../../src/storage/pool.ts';
import { PostgresSigningKeys } from '../../src/storage/postgres-signing-keys.ts';
import { loadServerInstance } from '../../src/storage/server-instance.ts';

/** Who a token is for, and for how long. */
export interface TokenWishes {
  readonly id?: string;
  readonly name: string;
  readonly roles?: readonly Role[];
  /** ms from now; at most the lifetime of every token. Whole seconds count. */
  readonly lifetimeMs?: number;
}

/** Signs an access token that the server on `connectionString` takes. */
export async function serverToken(connectionString: string, wishes: TokenWishes): Promise<string> {
  const logger = pino({ level: 'silent' });
  const database = new Database(
    createPool({ connectionString, applicationName: 'tokens', max: 1, logger }),
    logger,
  );
  try {
    const keys = await loadServerKeys(
      new PostgresSigningKeys(database),
      randomUUID,
      () => Date.now(),
      () => performance.now(),
    );
    const instance = await loadServerInstance(database);
    if (!keys.ok || !instance.ok) throw new Error('the server has no keys yet');
    const longest = ACCESS_TOKEN_SECONDS * 1_000;
    // A token that was issued in the past ends sooner.
    const issuedAt = Date.now() - longest + (wishes.lifetimeMs ?? longest);
    const issuer = new AccountIssuer({
      issuer: `urn:hubbub:${instance.value.id}`,
      keys: keys.value,
      now: () => issuedAt,
      newId: randomUUID,
    });
    const { id = randomUUID(), name, roles = ['user'] } = wishes;
    return (await issuer.issue({ id, name, roles })).token;
  } finally {
    await database.close();
  }
}
