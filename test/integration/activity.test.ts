/** Sessions and what was said, as a server records and tells them, through a crash. */
import { SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase, withClient } from '../support/postgres.ts';
import { freePort, type ServerProcess, startServer } from '../support/server-process.ts';
import { serverToken } from '../support/server-tokens.ts';
import { closeWireClients, WireClient } from '../support/wire-client.ts';

const SECRET = 'a secret that only this test and its server know';

interface Row {
  readonly user_id: string;
  readonly guest: boolean;
  readonly client_id: string | null;
  readonly started_at: string;
  readonly ended_at: string | null;
  readonly close_code: number | null;
  readonly seen_at: string;
}

let database: TestDatabase;
let port: number;
let server: ServerProcess;
const start = () =>
  startServer({
    env: {
      ...{ SHARDS: '1', DATABASE_URL: database.connectionString },
      ...{ JWT_SECRET: SECRET, DASHBOARD_CLIENT_IDS: 'board' },
    },
    port,
  });
beforeAll(async () => {
  [database, port] = [await createDatabase(), await freePort()];
  server = await start();
});
afterEach(closeWireClients);
afterAll(async () => {
  await server.stop();
  await database.drop();
});

/** Asks until `isThere`: nobody waits for a session to be recorded. */
async function sessionsOnce(isThere: (rows: readonly Row[]) => boolean): Promise<readonly Row[]> {
  return withClient(database.connectionString, async (client) => {
    for (;;) {
      const { rows } = await client.query<Row>(
        'select s.*, w.seen_at from sessions as s join session_writers as w on w.id = s.writer order by s.started_at',
      );
      if (isThere(rows)) return rows;
      await client.query('select pg_sleep(0.02)');
    }
  });
}

async function enter(claims: object): Promise<WireClient> {
  const token = await new SignJWT({ ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(SECRET));
  const client = await WireClient.connect(server.url, { headers: { authorization: `Bearer ${token}` } });
  await client.welcomed();
  return client;
}

async function ask<T>(path: string): Promise<T> {
  const token = await serverToken(database.connectionString, { name: 'Mod', roles: ['moderator'] });
  const answer = await fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
  expect(answer.status).toBe(200);
  return (await answer.json()) as T;
}

describe('activity', () => {
  it('[ACT-1] [ACT-5] connections are recorded when they begin and end, those of dashboards not', async () => {
    const board = await enter({ sub: 'board', name: 'Board', azp: 'board' });
    const ada = await enter({ sub: 'ada', name: 'Ada', azp: 'web' });
    const guest = await WireClient.guest(server.url);
    const begun = await sessionsOnce((rows) => rows.length === 2);
    expect(begun).toMatchObject([
      { guest: false, client_id: 'web', ended_at: null, close_code: null },
      { guest: true, client_id: null, ended_at: null },
    ]);
    for (const client of [board, ada, guest]) await client.close();
    const ended = await sessionsOnce((rows) => rows.every(({ ended_at }) => ended_at !== null));
    for (const { started_at, ended_at, close_code } of ended) {
      expect(Number(ended_at)).toBeGreaterThanOrEqual(Number(started_at));
      expect(close_code).toBe(1000);
    }
    const { items } = await ask<{ items: { count: number }[] }>('/activity/sessions?time_zone=Europe/Berlin');
    expect(items.length).toBeGreaterThanOrEqual(30);
    expect(items.reduce((sum, { count }) => sum + count, 0)).toBe(2);
  });

  it('[ACT-8] [ACT-9] [ACT-10] [ACT-11] what was said is told at once, what is deleted too', async () => {
    const [ada, guest] = [await enter({ sub: 'ada', name: 'Ada' }), await WireClient.guest(server.url)];
    for (const client of [ada, guest]) await client.join('busy');
    const texts = ['one', 'two'];
    for (const text of texts) await ada.say('busy', text);
    await guest.say('busy', 'three');
    const { id } = (await ada.event('busy', 1)).data as unknown as { id: string };
    await ada.request('message:delete', 'busy', { id });
    expect(await ask('/activity/channels')).toEqual({
      items: [{ channel_id: 'busy', name: 'busy', messages: 3 }],
      has_more: false,
    });
    const { items } = await ask<{ items: object[] }>('/activity/users?limit=1');
    expect(items).toEqual([
      {
        ...{ user_id: expect.any(String), name: 'Ada', messages: 2, sessions: expect.any(Number) },
        total_duration_seconds: expect.any(Number),
      },
    ]);
    const sum = async (query: string) => {
      const chart = await ask<{ items: { value: number }[] }>(`/activity/timeseries?${query}`);
      return chart.items.reduce((total, { value }) => total + value, 0);
    };
    expect(await sum('metric=messages&bucket=minute')).toBe(3);
    expect(await sum('metric=messages&bucket=hour&time_zone=Asia/Kolkata')).toBe(3);
    expect(await sum('metric=active_users&time_zone=America/New_York')).toBe(2);
    expect(await sum('metric=connections&bucket=hour')).toBeGreaterThanOrEqual(2);
  });

  it('[ACT-2] after kill -9 sessions ended at the last heartbeat, once the server is back', async () => {
    // Those of the test before are over.
    await sessionsOnce((rows) => rows.every(({ ended_at }) => ended_at !== null));
    await enter({ sub: 'bob', name: 'Bob' });
    const open = await sessionsOnce((rows) => rows.some(({ ended_at }) => ended_at === null));
    const { user_id: bob, started_at } = open.find(({ ended_at }) => ended_at === null)!;
    await server.kill();
    const killedAt = Date.now();
    const [before] = (await sessionsOnce(() => true)).filter(({ user_id }) => user_id === bob);
    expect(before!.ended_at).toBeNull();
    server = await start();
    const [after] = (await sessionsOnce((rows) => rows.every(({ ended_at }) => ended_at !== null))).filter(
      ({ user_id }) => user_id === bob,
    );
    expect(after).toMatchObject({ ended_at: before!.seen_at, close_code: null });
    expect(Number(after!.ended_at)).toBeGreaterThanOrEqual(Number(started_at));
    expect(Number(after!.ended_at)).toBeLessThanOrEqual(killedAt);
    const { items } = await ask<{ items: { total_duration_seconds: number }[] }>(
      `/activity/sessions?user_id=${bob}`,
    );
    const seconds = items.reduce((sum, day) => sum + day.total_duration_seconds, 0);
    expect(seconds).toBeCloseTo((Number(after!.ended_at) - Number(started_at)) / 1_000, 3);
  });
});
