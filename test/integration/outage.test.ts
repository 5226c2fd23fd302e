/** PostgreSQL that goes away, stalls and comes back, under a running server and at its start. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase, withClient } from '../support/postgres.ts';
import { type PostgresProxy, startPostgresProxy } from '../support/postgres-proxy.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';
import { closeWireClients, type Frame, upTo, WireClient } from '../support/wire-client.ts';

let database: TestDatabase;
let proxy: PostgresProxy;
let server: ServerProcess;

beforeAll(async () => {
  database = await createDatabase();
  proxy = await startPostgresProxy(database.connectionString);
  server = await startServer({
    env: {
      DATABASE_URL: proxy.connectionString,
      SHARDS: '2',
      RATE_LIMIT_MESSAGES: '100000',
      MAX_FRAMES_PER_SECOND: '100000',
    },
  });
});
afterEach(closeWireClients);
afterAll(async () => {
  expect(server.output(), 'what the server logged').not.toMatch(/"level":"error"|\n\s+at /);
  expect(await server.stop()).toBe(0);
  await proxy.close();
  await database.drop();
});

/** `GET /ready` says so; asked again and again, because nothing tells it. */
async function untilReady(status: 200 | 503): Promise<string> {
  for (;;) {
    const answer = await fetch(`${server.url}/ready`);
    const body = await answer.text();
    if (answer.status === status) return body;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Sends again with the same clientMessageId until it is stored, as every client must. */
async function untilStored(client: WireClient, channelId: string, clientMessageId: string): Promise<Frame> {
  for (;;) {
    const answer = await client.request('message:send', channelId, {
      content: clientMessageId,
      clientMessageId,
    });
    if (answer.type === 'ack') return answer;
    expect(answer.data).toMatchObject({ code: 'unavailable', retryAfterMs: expect.any(Number) });
    await new Promise((resolve) => setTimeout(resolve, answer.data.retryAfterMs));
  }
}

/** Everyone was shown all of the log, once and in order. */
async function expectWhole(channelId: string, ...clients: readonly WireClient[]): Promise<readonly Frame[]> {
  const [first] = clients as [WireClient];
  const { data } = await first.request('history:get', channelId, { limit: 200 });
  const head = data.events.at(-1)?.seq ?? 0;
  expect(data.events.map(({ seq }) => seq)).toEqual(upTo(head));
  for (const client of clients) {
    expect(client.frames.filter((frame) => frame.channelId === channelId && frame.seq !== undefined)).toEqual(
      data.events,
    );
  }
  return data.events;
}

describe('PostgreSQL goes away', () => {
  it('[LOG-32] [OPS-13] sends are stored or unavailable, sockets stay, what memory holds goes on, and all continues', async () => {
    const channelId = 'outage';
    const ada = await WireClient.guest(server.url);
    const bob = await WireClient.guest(server.url);
    for (const client of [ada, bob]) await client.join(channelId);
    await ada.say(channelId, 'before');
    await bob.event(channelId, 1);

    await proxy.stop();
    const keys = upTo(10).map((n) => `key ${n}`);
    const sends = keys.map((key) =>
      ada.request('message:send', channelId, { content: key, clientMessageId: key }),
    );
    // What needs no log works meanwhile.
    expect((await ada.request('history:get', channelId)).data.events).toHaveLength(1);
    expect((await bob.join(channelId)).data).toMatchObject({ seq: 1, memberCount: 2 });
    await ada.request('typing:start', channelId);
    await bob.next('typing:start');
    expect(await ada.request('ping')).toMatchObject({ type: 'pong' });
    const newcomer = await WireClient.guest(server.url, 'Newcomer');
    expect((await newcomer.join(channelId)).data).toMatchObject({ seq: 1, memberCount: 3 });
    // What needs it says so.
    const cold = await ada.request('channel:join', 'cold');
    expect(cold).toMatchObject({
      type: 'error',
      data: { code: 'unavailable', retryAfterMs: expect.any(Number) },
    });
    expect(await untilReady(503)).toContain('database');
    const answers = await Promise.all(sends);
    for (const answer of answers) {
      expect(answer).toMatchObject({
        type: 'error',
        channelId,
        data: { code: 'unavailable', retryAfterMs: expect.any(Number) },
      });
    }
    expect(bob.liveSeqs(channelId)).toEqual([1]);

    const stored = keys.map((key) => untilStored(ada, channelId, key));
    await proxy.listen();
    const places = (await Promise.all(stored)).map(({ data }) => data.seq);
    expect([...places].sort((a, b) => a - b)).toEqual(upTo(11).slice(1));
    await untilReady(200);
    expect(await bob.say(channelId, 'after')).toBe(12);
    await Promise.all([ada, bob, newcomer].map((client) => client.event(channelId, 12)));
    const events = await expectWhole(channelId, ada, bob);
    expect(
      events
        .map(({ data }) => data.clientMessageId)
        .filter((key) => key !== undefined)
        .sort(),
    ).toEqual([...keys].sort());
    expect(newcomer.liveSeqs(channelId)).toEqual(upTo(12).slice(1));
    await ada.join('cold');
  });

  it('[OPS-13] one that answers and takes no messages is told in /ready, and what was sent is stored afterwards', async () => {
    const channelId = 'read-only';
    const ada = await WireClient.guest(server.url);
    await ada.join(channelId);
    await ada.say(channelId, 'before');
    const setReadOnly = async (value: 'on' | 'off') => {
      await withClient(database.connectionString, async (client) => {
        // Read-only sessions may change this for themselves, and then for all.
        await client.query('set default_transaction_read_only = off');
        await client.query(
          `do $$ begin execute format('alter database %I set default_transaction_read_only = ${value}', current_database()); end $$`,
        );
      });
      // Sessions that exist go on as they were.
      proxy.cutClients();
    };
    await setReadOnly('on');
    const sent = untilStored(ada, channelId, 'meanwhile');
    expect(await untilReady(503)).toContain('The database takes no messages.');
    await setReadOnly('off');
    expect((await sent).data.seq).toBe(2);
    await untilReady(200);
  });

  it('[LOG-33] a commit whose answer is lost is found, shown once and acknowledged', async () => {
    const channelId = 'lost-answer';
    const ada = await WireClient.guest(server.url);
    const bob = await WireClient.guest(server.url);
    for (const client of [ada, bob]) await client.join(channelId);
    await ada.say(channelId, 'opens the connection');
    proxy.answers = 'cut';
    const send = ada.request('message:send', channelId, { content: 'lost', clientMessageId: 'lost' });
    // It is in the log before anyone is told.
    await withClient(database.connectionString, async (client) => {
      const sql = `select 1 from logs where key = 'channel:${channelId}' and head = 2`;
      while ((await client.query(sql)).rowCount === 0);
    });
    proxy.answers = 'pass';
    const answer = await send;
    if (answer.type === 'error') {
      expect(answer.data.code).toBe('unavailable');
      await untilStored(ada, channelId, 'lost');
    }
    expect(await bob.say(channelId, 'next')).toBe(3);
    await Promise.all([ada, bob].map((client) => client.event(channelId, 3)));
    await expectWhole(channelId, ada, bob);
  });

  it('[LOG-32] a short cut in the middle of traffic costs nobody more than time', async () => {
    const channelId = 'cut';
    const clients = await Promise.all(upTo(3).map(() => WireClient.guest(server.url)));
    for (const client of clients) await client.join(channelId);
    let sent = 0;
    let going = true;
    const writing = clients.map(async (client) => {
      while (going) await untilStored(client, channelId, `${client.user.id} ${(sent += 1)}`);
    });
    for (let n = 0; n < 5; n += 1) {
      const before = clients[0]!.liveSeqs(channelId).length;
      while (clients[0]!.liveSeqs(channelId).length < before + 5) await clients[0]!.next('message:created');
      proxy.cutClients();
    }
    going = false;
    await Promise.all(writing);
    const head = await clients[0]!.say(channelId, 'last');
    expect(head).toBe(sent + 1);
    await Promise.all(clients.map((client) => client.event(channelId, head)));
    for (const client of clients) expect(client.liveSeqs(channelId)).toEqual(upTo(head));
  });
});

describe('PostgreSQL is away at the start', () => {
  it('[OPS-11] the server says so, tries again, and is up when it is there', async () => {
    const late = await startPostgresProxy(database.connectionString);
    await late.stop();
    const child = spawn(process.execPath, ['src/main.ts'], {
      env: { ...process.env, PORT: '0', SHARDS: '1', DATABASE_URL: late.connectionString },
    });
    const said: string[] = [];
    const steps: [RegExp, () => unknown][] = [
      [/PostgreSQL at .* can't be used yet: .*; trying again/, () => late.listen()],
      [/Hubbub is up/, () => child.kill('SIGTERM')],
    ];
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said.push(text);
        const [next] = steps;
        if (next === undefined || !next[0].test(said.join(''))) return;
        steps.shift();
        next[1]();
      });
    }
    const [code] = (await once(child, 'exit')) as [number | null];
    expect([code, steps, said.join('')]).toEqual([0, [], expect.stringContaining('trying again')]);
    await late.close();
  });

  it('[OPS-16] who waits for it can be stopped', async () => {
    const child = spawn(process.execPath, ['src/main.ts'], {
      env: { ...process.env, PORT: '0', DATABASE_URL: 'postgres://u:secret@127.0.0.1:1/none' },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (output.includes('trying again')) child.kill('SIGTERM');
      });
    }
    const [code] = (await once(child, 'exit')) as [number | null];
    expect([code, output]).toEqual([0, expect.stringContaining('PostgreSQL at 127.0.0.1:1/none')]);
    expect(output).not.toMatch(/secret|\n\s+at /);
  });
});
