/** The first administrator, over real starts: printed once, made once, also in an older version's database. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runner } from 'node-pg-migrate';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { logIn, rest } from '../support/account-client.ts';
import { createDatabase, type TestDatabase, withClient } from '../support/postgres.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';

const PRINTED = /^ +name: +(\S+)\n +password: (\S+)$/m;

/** What was printed, in plain lines of its own, and never in a line of the log. */
function printed(server: ServerProcess): { readonly name: string; readonly password: string } | null {
  const output = server.output();
  const found = PRINTED.exec(output);
  if (found === null) return null;
  const [, name, password] = found as unknown as [string, string, string];
  const log = output.split('\n').filter((line) => line.startsWith('{'));
  expect(log.length).toBeGreaterThan(0);
  expect(log.join()).not.toContain(password);
  expect(output.split(password)).toHaveLength(2);
  return { name, password };
}

async function rolesOf(server: ServerProcess, name: string, password: string): Promise<unknown> {
  const { token } = await logIn(server.url, name, password);
  const { body } = await rest<{ user: { roles: unknown } }>(server.url, 'GET', '/me', { token });
  return body.user.roles;
}

describe('the first administrator', () => {
  let folder: string;
  let database: TestDatabase;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'hubbub-first-'));
    database = await createDatabase();
  });
  afterAll(async () => {
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });

  it('[OPS-40] of a new DATA_DIR is printed at the first start and at no other', async () => {
    const env = { DATA_DIR: path.join(folder, 'data'), SHARDS: '1' };
    const first = await startServer({ env });
    const shown = printed(first);
    expect(shown?.name).toBe('admin');
    expect(await rolesOf(first, 'admin', shown!.password)).toEqual(['user', 'admin']);
    expect(await first.stop()).toBe(0);
    const second = await startServer({ env });
    expect(printed(second)).toBeNull();
    expect(second.output()).not.toMatch(/administrator/);
    expect(await rolesOf(second, 'admin', shown!.password)).toEqual(['user', 'admin']);
    await second.stop();
  });

  it('[OPS-41] of servers that start at once is made and printed by one', async () => {
    const env = { DATABASE_URL: database.connectionString, SHARDS: '1', ADMIN_USERNAME: 'Root' };
    const servers = await Promise.all([startServer({ env }), startServer({ env })]);
    try {
      const shown = servers.map(printed).filter((one) => one !== null);
      expect(shown).toHaveLength(1);
      for (const server of servers) {
        expect(await rolesOf(server, 'root', shown[0]!.password)).toEqual(['user', 'admin']);
      }
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
    }
  });

  it('[OPS-41] [OPS-42] comes to the database of an older version, where ADMIN_USERNAME may be taken', async () => {
    const name = `old_${randomUUID().replaceAll('-', '')}`;
    const postgres = inject('postgresUrl');
    await withClient(postgres, (client) => client.query(`create database ${name}`));
    const url = new URL(postgres);
    url.pathname = `/${name}`;
    const env = { DATABASE_URL: url.href, SHARDS: '1' };
    try {
      await withClient(url.href, async (client) => {
        await runner({
          ...{ dbClient: client, dir: 'src/storage/migrations', migrationsTable: 'migrations' },
          ...{ direction: 'up', count: 2, log: () => undefined },
        });
        await client.query(
          `insert into names (key, user_id, name, wanted_key, guest, claimed_at)
             values ('admin', 'old-id', 'Admin', 'admin', false, 0)`,
        );
        await client.query(
          `insert into accounts (id, name, name_key, password_hash, roles, created_at)
             values ('old-id', 'Admin', 'admin', 'none', '{user}', 0)`,
        );
      });
      const warned = await startServer({ env });
      expect(printed(warned)).toBeNull();
      expect(warned.output()).toMatch(/"level":"warn".*npm run admin -- promote/);
      await warned.stop();
      const named = await startServer({
        env: { ...env, ADMIN_USERNAME: 'Root', ADMIN_PASSWORD: 'correct horse' },
      });
      expect(printed(named)).toBeNull();
      expect(named.output()).not.toContain('correct horse');
      expect(await rolesOf(named, 'root', 'correct horse')).toEqual(['user', 'admin']);
      await named.stop();
    } finally {
      await withClient(postgres, (client) => client.query(`drop database ${name} with (force)`));
    }
  });
});
