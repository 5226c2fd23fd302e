/**
 * Who plays the actors of the permission matrix on a real server. A user may ask only so often, so there are several casts,
 * each with its own users: rows take turns.
 */
import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { AccountIssuer } from '../../src/auth/account-issuer.ts';
import { loadServerKeys } from '../../src/auth/server-keys.ts';
import type { Role } from '../../src/protocol/entities.ts';
import { Database } from '../../src/storage/database.ts';
import { createPool } from '../../src/storage/pool.ts';
import { PostgresAccounts } from '../../src/storage/postgres-accounts.ts';
import { PostgresSigningKeys } from '../../src/storage/postgres-signing-keys.ts';
import { loadServerInstance } from '../../src/storage/server-instance.ts';
import { WireClient } from '../support/wire-client.ts';
import type { ActorName } from './outcomes.ts';

/** Somebody with a token. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly token: string;
}

/** Somebody who is connected. */
export interface Player extends Person {
  readonly client: WireClient;
}

/** An actor; who was revoked has no connection. */
export interface Actor extends Person {
  readonly actor: ActorName;
  readonly client: WireClient | null;
}

/** Makes accounts and signs their tokens, with the server's own key out of its database. */
export class Accounts {
  readonly #database: Database;
  readonly #accounts: PostgresAccounts;
  readonly #issuer: AccountIssuer;

  private constructor(database: Database, issuer: AccountIssuer) {
    this.#database = database;
    this.#accounts = new PostgresAccounts(database);
    this.#issuer = issuer;
  }

  static async open(connectionString: string): Promise<Accounts> {
    const logger = pino({ level: 'silent' });
    const pool = createPool({ connectionString, applicationName: 'accounts', max: 4, logger });
    const database = new Database(pool, logger);
    const now = () => Date.now();
    const store = new PostgresSigningKeys(database);
    const keys = await loadServerKeys(store, randomUUID, now, () => performance.now());
    const instance = await loadServerInstance(database);
    if (!keys.ok || !instance.ok) throw new Error('the server has no keys yet');
    const issuer = `urn:hubbub:${instance.value.id}`;
    return new Accounts(database, new AccountIssuer({ issuer, keys: keys.value, now, newId: randomUUID }));
  }

  /** A new account with a token. */
  async make(name: string, ...roles: readonly Role[]): Promise<Person> {
    const account = { id: randomUUID(), name, roles: ['user' as const, ...roles], passwordHash: 'none' };
    const made = await this.#accounts.create(account, Date.now());
    if (!made.ok) throw new Error(`${name}: ${made.failure.message}`);
    const { token } = await this.#issuer.issue(account);
    return { id: account.id, name, token };
  }

  async close(): Promise<void> {
    await this.#database.close();
  }
}

/** Connects somebody by their token. */
export async function connected(url: string, person: Person): Promise<Player> {
  const client = await WireClient.connect(url, { query: { token: person.token } });
  const { user } = await client.welcomed();
  return { ...person, id: user.id, name: user.name, client };
}

/** A guest: their guest token is their token. */
export async function guestPlayer(url: string, name: string): Promise<Player> {
  const client = await WireClient.guest(url, name);
  return { id: client.user.id, name, token: client.guestToken, client };
}
