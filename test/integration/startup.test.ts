/** Starts that can't succeed, starts after a crash, and the way down. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase, withClient } from '../support/postgres.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';
import { closeWireClients, type Frame, upTo, WireClient } from '../support/wire-client.ts';

let folder: string;
/** Of the embedded PostgreSQL that several tests use one after the other. */
let dataDir: string;
let database: TestDatabase;
/** The server over it, which goes on from test to test until one ends it. */
let server: ServerProcess | null = null;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hubbub-startup-'));
  dataDir = path.join(folder, 'data');
  database = await createDatabase();
});
afterEach(closeWireClients);
afterAll(async () => {
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

const { PATH, NODE_COMPILE_CACHE } = process.env;
const inherited = { PATH, ...(NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }) };

/** Runs a server that is to end by itself. */
async function failedStart(env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', 'src/main.ts'], {
    env: { ...inherited, PORT: '0', SHARDS: '1', ...env },
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text));
  }
  const [code] = (await once(child, 'close')) as [number | null];
  expect(output.stdout).not.toMatch(/\n\s+at /);
  return { code, stderr: output.stderr };
}

/** Of every start on `dataDir`: the first one puts its message limit into the database, and that holds from then on. */
const LIMITS = { RATE_LIMIT_MESSAGES: '100000', MAX_FRAMES_PER_SECOND: '100000' };

const running = async (): Promise<ServerProcess> => {
  server ??= await startServer({ env: { DATA_DIR: dataDir, SHARDS: '2', ...LIMITS } });
  return server;
};

const ONE_LINE = /^hubbub: [^\n]+\n$/;

describe('a start that cannot succeed ends with one line and exit code 1', () => {
  it('[OPS-15] for a port that is taken', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const port = String((holder.address() as AddressInfo).port);
    const { code, stderr } = await failedStart({ PORT: port, DATABASE_URL: database.connectionString });
    expect([code, stderr]).toEqual([1, expect.stringMatching(ONE_LINE)]);
    expect(stderr).toMatch(new RegExp(`${port}.*in use.*PORT`));
    holder.close();
    await once(holder, 'close');
  });

  it('[OPS-15] [GATE-3] for a port that another server’s gateways share, which goes on alone', async () => {
    const DATABASE_URL = database.connectionString;
    const first = await startServer({ env: { DATABASE_URL, SHARDS: '1', GATEWAYS: '2' } });
    try {
      const { code, stderr } = await failedStart({ PORT: String(first.port), GATEWAYS: '2', DATABASE_URL });
      expect([code, stderr]).toEqual([1, expect.stringMatching(ONE_LINE)]);
      expect(stderr).toMatch(new RegExp(`${first.port}.*in use.*PORT`));
      for (let n = 0; n < 8; n += 1) expect((await fetch(`${first.url}/health`)).status).toBe(200);
    } finally {
      await first.stop();
    }
  });

  it.each(['0', '2'])(
    '[OPS-15] [OPS-17] for an address that is not this host’s, and no PostgreSQL left behind, with GATEWAYS=%s',
    async (GATEWAYS) => {
      const { code, stderr } = await failedStart({
        ...{ HOST: '192.0.2.1', GATEWAYS, DATA_DIR: dataDir },
        ...LIMITS,
      });
      expect([code, stderr]).toEqual([1, expect.stringMatching(ONE_LINE)]);
      expect(stderr).toContain('192.0.2.1');
      await expect(readFile(path.join(dataDir, 'postgres', 'postmaster.pid'))).rejects.toThrow(/ENOENT/);
      expect(await readdir(path.join(dataDir, 'postgres'))).toContain('PG_VERSION');
    },
  );

  it('[OPS-8] for a DATA_DIR that is a file, or that nothing can be written to', async () => {
    const file = path.join(folder, 'file');
    await writeFile(file, 'not a folder');
    for (const DATA_DIR of [file, path.join(file, 'below'), '/proc/hubbub']) {
      const { code, stderr } = await failedStart({ DATA_DIR });
      expect([code, stderr]).toEqual([1, expect.stringMatching(ONE_LINE)]);
      expect(stderr).toMatch(/DATA_DIR .* is not writable/);
      expect(stderr).toContain(DATA_DIR);
    }
  });

  it.each([
    ['PORT', 'http'],
    ['LOG_LEVEL', 'loud\nand clear'],
  ])('[OPS-22] for %s=%s', async (name, value) => {
    const { code, stderr } = await failedStart({ [name]: value });
    expect([code, stderr]).toEqual([1, expect.stringMatching(ONE_LINE)]);
    expect(stderr).toMatch(new RegExp(`bad setting ${name}.*must be`));
  });

  it('[OPS-23] for an address of another database, without its password', async () => {
    const { code, stderr } = await failedStart({ DATABASE_URL: 'mysql://me:hunter2@db.test/chat' });
    expect([code, stderr]).toEqual([1, expect.stringMatching(ONE_LINE)]);
    expect(stderr).toMatch(/DATABASE_URL/);
    expect(stderr).not.toMatch(/hunter2/);
  });
});

describe('a server that goes down', () => {
  it.each(['0', '2'])(
    '[OPS-18] takes leave of the database on every connection, with GATEWAYS=%s',
    async (GATEWAYS) => {
      const own = await createDatabase();
      const leaving = await startServer({
        env: { DATABASE_URL: own.connectionString, SHARDS: '2', GATEWAYS, ...LIMITS },
      });
      const client = await WireClient.guest(leaving.url);
      // On both shards, so that all writers and readers are connected.
      for (const channelId of ['a', 'b', 'c', 'd']) {
        await client.join(channelId);
        await client.request('message:send', channelId, { content: 'text' });
      }
      expect(await leaving.stop()).toBe(0);
      const counted = await withClient(own.connectionString, async (database) => {
        const { rows } = await database.query(
          `select sessions_abandoned::int as abandoned,
             (select count(*)::int from pg_stat_activity a where a.datid = d.datid and pid <> pg_backend_pid()) as left
           from pg_stat_database d where datname = current_database()`,
        );
        return rows;
      });
      expect(counted).toEqual([{ abandoned: 0, left: 0 }]);
      await own.drop();
    },
  );
});

describe('over one folder', () => {
  beforeAll(running);
  afterAll(async () => {
    await server?.stop();
  });

  it('[OPS-4] a server that finds the DATA_DIR in use ends with one line, and the other one goes on', async () => {
    const first = await running();
    const ada = await WireClient.guest(first.url);
    await ada.join('busy');
    const { code, stderr } = await failedStart({ DATA_DIR: dataDir });
    expect([code, stderr]).toEqual([1, expect.stringMatching(ONE_LINE)]);
    expect(stderr).toMatch(/is in use by another Hubbub .*DATA_DIR/);
    expect(await ada.say('busy', 'still here')).toBe(1);
  });

  it('[OPS-3] [AUTH-4] [RESUME-2] one that was killed starts over its PostgreSQL: what was shown is there, guests and tokens are known', async () => {
    const first = await running();
    const ada = await WireClient.guest(first.url, 'Ada');
    const { epoch } = (await ada.join('killed')).data;
    const account = { username: 'Kim', password: 'correct horse' };
    const post = (url: string, body: object) =>
      fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    expect((await post(`${first.url}/register`, account)).status).toBe(201);
    const { token } = (await (await post(`${first.url}/login`, account)).json()) as { token: string };
    await Promise.all(upTo(100).map((n) => ada.say('killed', `m${n}`, { clientMessageId: `k${n}` })));
    const late = upTo(50).map((n) => ada.request('message:send', 'killed', { content: `late ${n}` }));
    const settled = Promise.allSettled(late);
    await late[0];
    server = null;
    await first.kill();
    await settled;
    const known = ada.frames.filter(({ seq }) => seq !== undefined);
    const acked = ada.seen('ack').map(({ data }) => data.seq);

    const second = await running();
    expect(second.output()).toContain('was running already');
    const again = await WireClient.guest(second.url, undefined, { guestToken: ada.guestToken });
    expect(again.user).toEqual(ada.user);
    const { data } = await again.join('killed', { recover: { epoch, seq: 0 } });
    expect(data.recovered).toBe(true);
    expect(data.events.map(({ seq }) => seq)).toEqual(upTo(data.seq));
    expect(data.events.slice(0, known.length)).toEqual(known);
    expect(data.seq).toBeGreaterThanOrEqual(Math.max(...acked));
    const retry = await again.request('message:send', 'killed', { content: 'm7', clientMessageId: 'k7' });
    expect(retry).toMatchObject({ type: 'ack', data: { duplicate: true } });
    const kim = await WireClient.connect(second.url, { query: { token } });
    expect((await kim.welcomed()).user).toMatchObject({ name: 'Kim', guest: false });
  });

  it('[CONN-14] [OPS-16] SIGTERM closes with 4200 and a delay, exits with 0, and everything acknowledged is in the log', async () => {
    const first = await running();
    const before = first.output().length;
    const clients = await Promise.all(upTo(4).map(() => WireClient.guest(first.url)));
    const silent = await WireClient.connect(first.url);
    for (const client of clients) await client.join('drain');
    /** Sends without a pause, for as long as the socket is open. */
    const writing = clients.map(async (client) => {
      for (let n = 0; client.socket.readyState === client.socket.OPEN; n += 1) {
        for (let i = 0; i < 10; i += 1) {
          client.send({
            type: 'message:send',
            ref: `${n} ${i}`,
            channelId: 'drain',
            data: { content: `${client.user.id} ${n} ${i}` },
          });
        }
        // All of them: a client that doesn't keep up with what comes can't hear the goodbye in time either.
        const acks = upTo(10).map(() => client.next('ack').catch(() => null));
        await Promise.race([Promise.all(acks), client.closed]);
      }
    });
    await clients[0]!.event('drain', 200);
    server = null;
    const exit = first.stop();
    const closings = await Promise.all([...clients, silent].map(({ closed }) => closed));
    expect(await exit).toBe(0);
    await Promise.all(writing);
    for (const { code, reason } of closings) {
      expect(code).toBe(4200);
      expect(Number(reason)).toBeGreaterThanOrEqual(0);
      expect(reason).toMatch(/^\d{1,5}$/);
    }
    expect(first.output().slice(before)).not.toMatch(/"level":"(error|fatal)"|\n\s+at /);
    await expect(readFile(path.join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).rejects.toThrow(
      /ENOENT/,
    );

    const next = await running();
    const reader = await WireClient.guest(next.url);
    const { seq: head } = (await reader.join('drain', { limit: 1 })).data;
    const log: Frame[] = [];
    while (log.length < head) {
      const page = await reader.request('history:get', 'drain', { afterSeq: log.length, limit: 200 });
      log.push(...page.data.events);
    }
    expect(log.map(({ seq }) => seq)).toEqual(upTo(head));
    for (const client of clients) {
      const shown = client.frames.filter(({ seq }) => seq !== undefined);
      expect(shown).toEqual(log.slice(0, shown.length));
      for (const { data } of client.seen('ack')) {
        expect(log[data.seq - 1]?.data.id).toBe(data.id);
      }
      // What was taken in was also answered and shown: nothing that is in the log is missing at the end.
      expect(shown.length).toBe(head);
    }
  });

  it('[OPS-5] a server goes on when its PostgreSQL is killed', async () => {
    const { url } = await running();
    const ada = await WireClient.guest(url);
    await ada.join('postmaster');
    await ada.say('postmaster', 'before');
    const pid = Number(
      (await readFile(path.join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0],
    );
    process.kill(pid, 'SIGKILL');
    for (let answer: Frame | null = null; answer?.type !== 'ack';) {
      answer = await ada.request('message:send', 'postmaster', {
        content: 'after',
        clientMessageId: 'after',
      });
      if (answer.type === 'ack') expect(answer.data.seq).toBe(2);
      else expect(answer.data.code).toBe('unavailable');
    }
    await ada.event('postmaster', 2);
    expect(ada.liveSeqs('postmaster')).toEqual([1, 2]);
  });

  it('[OPS-16] SIGINT ends a server without connections too', async () => {
    const last = await running();
    server = null;
    expect(await last.stop('SIGINT')).toBe(0);
  });
});
