/** Users whom another program vouches for, while PostgreSQL is away. */
import { SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { derivedUserId } from '../../src/auth/identity.ts';
import { createDatabase, type TestDatabase, withClient } from '../support/postgres.ts';
import { type PostgresProxy, startPostgresProxy } from '../support/postgres-proxy.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';
import { closeWireClients, refusedUpgrade, WireClient } from '../support/wire-client.ts';

const SECRET = 'what the shop and the chat alone know';

let database: TestDatabase;
let proxy: PostgresProxy;
let server: ServerProcess;
beforeAll(async () => {
  database = await createDatabase();
  proxy = await startPostgresProxy(database.connectionString);
  server = await startServer({
    env: { DATABASE_URL: proxy.connectionString, SHARDS: '2', JWT_SECRET: SECRET, JWT_ISSUER: 'shop' },
  });
});
afterEach(closeWireClients);
afterAll(async () => {
  await server.stop();
  await proxy.close();
  await database.drop();
});

const tokenOf = (sub: string, name: string) =>
  new SignJWT({ sub, name })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer('shop')
    .setExpirationTime('5m')
    .sign(new TextEncoder().encode(SECRET));

async function connect(sub: string, name: string): Promise<WireClient> {
  const client = await WireClient.connect(server.url, { query: { token: await tokenOf(sub, name) } });
  await client.welcomed();
  return client;
}

/** Rows of the user, looked for again and again, because nothing tells of them. */
async function untilKept(sub: string, name: string): Promise<readonly unknown[]> {
  const query = 'select id, name from users where subject = $1 and name = $2';
  for (;;) {
    const { rows } = await withClient(database.connectionString, (client) =>
      client.query(query, [sub, name]),
    );
    if (rows.length > 0) return rows;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('while the database is away', () => {
  it('[AUTH-42] [AUTH-43] who was here comes back with the old name, others can’t be told, and what was seen is written later', async () => {
    const before = await connect('1', 'Ada');
    await untilKept('1', 'Ada');
    await proxy.stop();
    const back = await Promise.all(Array.from({ length: 20 }, async () => connect('1', 'Ada')));
    for (const { user } of back) expect(user).toEqual(before.user);
    const renamed = await connect('1', 'Countess');
    expect(renamed.user).toEqual(before.user);
    const stranger = await refusedUpgrade(server.url, { query: { token: await tokenOf('2', 'Bob') } });
    expect([stranger.status, JSON.parse(stranger.body)]).toMatchObject([503, { code: 'unavailable' }]);
    // Something new of someone known, to be written when the database is back.
    const avatar = await new SignJWT({ sub: '1', name: 'Ada', picture: 'https://pictures.test/ada.png' })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer('shop')
      .setExpirationTime('5m')
      .sign(new TextEncoder().encode(SECRET));
    const shown = await WireClient.connect(server.url, { query: { token: avatar } });
    expect((await shown.welcomed()).user).toMatchObject({ avatar: 'https://pictures.test/ada.png' });
    await proxy.listen();
    await expect
      .poll(
        async () => {
          const query = 'select id, avatar from users where subject = $1';
          const { rows } = await withClient(database.connectionString, (client) =>
            client.query(query, ['1']),
          );
          return rows as unknown[];
        },
        { timeout: 20_000 },
      )
      .toEqual([{ id: derivedUserId('shop', '1'), avatar: 'https://pictures.test/ada.png' }]);
  });

  it('[AUTH-42] users that were seen just before the server goes down are written', async () => {
    await connect('3', 'Carol');
    await server.stop();
    expect(await untilKept('3', 'Carol')).toEqual([{ id: derivedUserId('shop', '3'), name: 'Carol' }]);
  });
});
