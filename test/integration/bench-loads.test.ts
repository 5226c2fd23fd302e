/** The loads of the bench, small, against the real server: what they say must be true before they measure anything. */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signTokens } from '../../bench/hubbub-tokens.ts';
import { DurableRun } from '../../bench/load/durable-run.ts';
import { IdleCrowd } from '../../bench/load/idle-crowd.ts';
import type { BroadcastSteps } from '../../bench/load/broadcast.ts';
import type { RestSteps } from '../../bench/load/rest.ts';
import { StormRun } from '../../bench/load/storm-run.ts';
import { WhisperRun } from '../../bench/load/whisper-run.ts';
import { LoadProcess } from '../../bench/load-process.ts';
import { readStormFigures, since } from '../../bench/server-metrics.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

let server: WireServer;
beforeAll(async () => {
  server = await startWireServer();
});
afterAll(async () => {
  await server.end();
});

describe('the loads of the bench', () => {
  it('[BENCH-10] reads every log back after durable sends, and looks at what every member was shown', async () => {
    const run = new DurableRun({
      port: server.port,
      channels: 3,
      sendersPerChannel: 2,
      listenersPerChannel: 1,
      textBytes: 100,
      channelPrefix: `durable-${randomUUID()}`,
    });
    await run.connect();
    const one = await run.send(1, 1_000);
    const four = await run.send(4, 1_000);
    const check = await run.check();
    run.close();
    expect(one.acknowledged).toBeGreaterThan(0);
    expect(four.p99Ms).toBeGreaterThanOrEqual(four.p50Ms);
    expect([one.unanswered, four.unanswered]).toEqual([0, 0]);
    // What was answered after the stretch is in the logs as well: at most what each sender had outstanding.
    const late = check.messages - one.acknowledged - four.acknowledged;
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThanOrEqual(6 + 24);
    expect(check).toMatchObject({ faults: 0, shownOtherwise: 0 });
  });

  it('[BENCH-23] whispers over shards, by the clock and as fast as it goes, and reads every inbox back', async () => {
    const plan = { port: server.port, shards: 3, pairs: 2, textBytes: 100, channelPrefix: 'pair' };
    const run = new WhisperRun(plan);
    await run.connect();
    const closed = await run.closed('whisper', 2, 300);
    const beside = await run.closed('message', 2, 300);
    const whispers = await run.clocked('whisper', 40, 200);
    const messages = await run.clocked('message', 40, 200);
    const check = await run.check();
    run.close();
    for (const { acknowledged, ...rest } of [closed, beside]) {
      expect(rest).toMatchObject({ unanswered: 0, retries: 0 });
      expect(acknowledged).toBeGreaterThan(0);
    }
    for (const clocked of [whispers, messages]) {
      expect(clocked).toMatchObject({ delivered: 40, expected: 40, retries: 0 });
      expect(clocked.p99Ms).toBeGreaterThanOrEqual(clocked.p50Ms);
    }
    // What was answered after the stretch is in the inboxes as well: at most what each had outstanding.
    const late = check.whispers - closed.acknowledged - 40;
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThanOrEqual(4 * 2);
    expect(check).toMatchObject({ faults: 0, toldOtherwise: 0 });
  });

  it('[BENCH-15] signs tokens as the server does, each of another user', async () => {
    const tokens = await signTokens(server.database.connectionString, 130);
    expect(new Set(tokens.map((token) => decodeJwt(token).sub)).size).toBe(130);
    expect(new Set(tokens.map((token) => decodeProtectedHeader(token).alg))).toEqual(new Set(['ES256']));
    const authorization = `Bearer ${tokens.at(-1)!}`;
    expect((await fetch(`${server.url}/channels`, { headers: { authorization } })).status).toBe(200);
  });

  it('[BENCH-13] brings everyone in at once, and back with exactly what they missed, out of the ring', async () => {
    const clients = 40;
    const run = new StormRun({
      port: server.port,
      channels: 4,
      channelPrefix: 'storm',
      tokens: await signTokens(server.database.connectionString, clients),
      textBytes: 100,
    });
    await run.write(60);
    const connected = await run.storm();
    expect(connected).toMatchObject({ clients, complete: clients, whys: [] });
    run.cut();
    await run.write(200);
    const before = await readStormFigures(server.port);
    const resumed = await run.storm();
    const told = since(before, await readStormFigures(server.port));
    expect(resumed).toMatchObject({ clients, complete: clients, retries: 0, whys: [] });
    expect(told).toMatchObject({ ringHits: clients, ringMisses: 0, shardRestarts: 0 });
    expect(told.longestStallMs).toBeGreaterThanOrEqual(0);
    expect(await run.live()).toBe(clients);
    run.close();
  });

  it('[BENCH-14] holds a crowd that is identified, in its rooms, and told of when it breaks', async () => {
    const connections = 12;
    const tokens = await signTokens(server.database.connectionString, connections);
    const plan = { port: server.port, dialect: 'hubbub', connections, rooms: 3, roomPrefix: 'idle' } as const;
    const crowd = new IdleCrowd({ ...plan, tokens });
    expect(await crowd.connect()).toEqual({ open: connections, broken: 0 });
    const told = async () => (await fetch(`${server.url}/metrics`)).text();
    await expect.poll(told, { timeout: 10_000 }).toContain(`hubbub_connections ${connections}\n`);
    crowd.close();
    await expect(new IdleCrowd({ ...plan, tokens: ['no token'] }).connect()).rejects.toThrow('4001');
  });

  it('[BENCH-1] runs as a process of its own, and tells the CPU of everyone who takes part', async () => {
    const load = new LoadProcess<BroadcastSteps>('load/broadcast.ts', null);
    try {
      const rooms = { rooms: 2, membersPerRoom: 3, rate: 200, textBytes: 100, roomPrefix: 'rooms' };
      await load.step('connect', { ...rooms, dialect: 'hubbub', port: server.port, deadlineMs: 20_000 });
      const measured = { serverPid: server.pid, dataFolder: null };
      const result = await load.step('send', { messages: 40, measured });
      expect(result).toMatchObject({ delivered: 120, expected: 120, overdelivered: 0, postgresCpu: null });
      expect(Object.keys(result.serverThreads)).toContain('main');
      expect(result.loadCpu).toBeGreaterThanOrEqual(0);
    } finally {
      await load.end();
    }
    await expect(
      load.step('send', { messages: 1, measured: { serverPid: 1, dataFolder: null } }),
    ).rejects.toThrow('ended');
  });

  it('[BENCH-22] asks at a fixed rate, takes turns over its requests, and counts what fails', async () => {
    const asked = new Map<string, number>();
    const http = createServer(({ url = '' }, response) => {
      asked.set(url, (asked.get(url) ?? 0) + 1);
      response.writeHead(url === '/bad' ? 500 : 200).end('{}');
    }).listen(0, '127.0.0.1');
    await once(http, 'listening');
    const { port } = http.address() as AddressInfo;
    const load = new LoadProcess<RestSteps>('load/rest.ts', null);
    try {
      const requests = [{ path: '/good' }, { path: '/bad' }];
      const { answered, failed } = await load.step('fixed', { port, rate: 100, seconds: 1, requests });
      expect(answered).toBe(asked.get('/good'));
      expect(failed).toBe(asked.get('/bad'));
      expect(answered + failed).toBe(100);
      const flatOut = { port, path: '/good', connections: 2, seconds: 1, serverPid: process.pid };
      const result = await load.step('flatOut', flatOut);
      expect(result.answered).toBeGreaterThan(100);
      expect(result.failed).toBe(0);
    } finally {
      await load.end();
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    }
  });
});
