/** The start on a database: waiting for it, migrating it, what is wrong with it. */
import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { connectDatabase } from '../../src/storage/connect-database.ts';
import { loadServerInstance } from '../../src/storage/server-instance.ts';
import { valueOf } from '../contracts/stores.ts';
import { createDatabase, withClient } from '../support/postgres.ts';
import { startPostgresProxy } from '../support/postgres-proxy.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** An empty database that nothing migrated. */
async function emptyDatabase(settings = ''): Promise<string> {
  const server = inject('postgresUrl');
  const name = `empty_${randomUUID().replaceAll('-', '')}`;
  await withClient(server, (client) => client.query(`create database ${name} ${settings}`));
  cleanups.push(() => withClient(server, (client) => client.query(`drop database ${name} with (force)`)));
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

/** A logger whose lines are kept; `next` waits for one. */
function listening() {
  const lines: string[] = [];
  let wake: (() => void) | null = null;
  const logger = pino(
    { level: 'warn' },
    {
      write: (line: string) => {
        lines.push(line);
        wake?.();
      },
    },
  );
  const next = () => new Promise<void>((resolve) => (wake = resolve));
  return { logger, lines, next };
}

const silent = pino({ level: 'silent' });

describe('connectDatabase', () => {
  it('[OPS-10] servers that start at once on an empty database migrate it once and are the same instance', async () => {
    const connectionString = await emptyDatabase();
    const start = () => connectDatabase({ connectionString, logger: silent });
    const databases = (await Promise.all([start(), start(), start()])).map(valueOf);
    cleanups.push(() => Promise.all(databases.map((database) => database.close())));
    const instances = await Promise.all(
      databases.map(async (database) => valueOf(await loadServerInstance(database))),
    );
    expect(new Set(instances.map(({ id, epoch }) => `${id} ${epoch}`)).size).toBe(1);
    expect(instances[0]!.id).not.toBe(instances[0]!.epoch);
  });

  it('[OPS-11] waits for a database that is away, says so each time without the password, and goes on by itself', async () => {
    const test = await createDatabase();
    cleanups.push(() => test.drop());
    const proxy = await startPostgresProxy(test.connectionString);
    cleanups.push(() => proxy.close());
    await proxy.stop();
    const { logger, lines, next } = listening();
    const url = new URL(proxy.connectionString);
    url.password = 'secret-word';
    const connecting = connectDatabase({ connectionString: url.href, logger, retryMs: 5 });
    await next();
    await next();
    await proxy.listen();
    const database = valueOf(await connecting);
    cleanups.push(() => database.close());
    expect(valueOf(await loadServerInstance(database)).id).not.toBe('');
    expect(lines.length).toBeGreaterThanOrEqual(2);
    for (const line of lines) {
      expect(line).toMatch(/PostgreSQL at .* can't be used yet: .*; trying again/);
      expect(line).not.toContain('secret-word');
    }
  });

  it('[OPS-11] the wait ends when the server is stopped', async () => {
    const { logger, next } = listening();
    const stop = new AbortController();
    const connectionString = 'postgresql://localhost/x?host=/nonexistent';
    const connecting = connectDatabase({ connectionString, logger, signal: stop.signal, retryMs: 60_000 });
    await next();
    stop.abort();
    expect(await connecting).toMatchObject({
      ok: false,
      failure: { message: expect.stringContaining('Stopped') },
    });
  });

  it('[OPS-12] an encoding that can’t hold every text is refused in one line', async () => {
    const connectionString = await emptyDatabase(
      "template template0 encoding 'LATIN1' locale_provider libc locale 'C'",
    );
    const refused = await connectDatabase({ connectionString, logger: silent });
    expect(refused).toMatchObject({
      ok: false,
      failure: { message: expect.stringContaining('encoding is LATIN1') },
    });
  });

  it('[OPS-12] a schema that can’t be migrated is refused in one line, and nothing of it is changed', async () => {
    const connectionString = await emptyDatabase();
    await withClient(connectionString, (client) => client.query('create table accounts (mine int)'));
    const refused = await connectDatabase({ connectionString, logger: silent });
    expect(refused).toMatchObject({
      ok: false,
      failure: {
        message: expect.stringMatching(/^The database's schema could not be brought up to date: .*accounts/),
      },
    });
    const tables = await withClient(connectionString, (client) =>
      client.query("select 1 from pg_tables where tablename in ('events', 'logs')"),
    );
    expect(tables.rowCount).toBe(0);
  });
});

it('[OPS-13] a database that goes away later is unavailable with a time to try again, and answers when it is back', async () => {
  const test = await createDatabase();
  cleanups.push(() => test.drop());
  const proxy = await startPostgresProxy(test.connectionString);
  cleanups.push(() => proxy.close());
  const database = valueOf(
    await connectDatabase({ connectionString: proxy.connectionString, logger: silent }),
  );
  cleanups.push(() => database.close());
  expect((await loadServerInstance(database)).ok).toBe(true);
  await proxy.stop();
  const away = { ok: false, failure: { code: 'unavailable', retryAfterMs: 1_000 } };
  expect(await loadServerInstance(database)).toMatchObject(away);
  expect(await loadServerInstance(database)).toMatchObject(away);
  await proxy.listen();
  expect((await loadServerInstance(database)).ok).toBe(true);
});
