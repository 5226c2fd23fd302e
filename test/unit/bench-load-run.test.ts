import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { LoadRun, type LoadPlan } from '../../bench/load/load-run.ts';
import { Schedule } from '../../bench/load/schedule.ts';

async function broadcastServer(
  copies: (received: number) => number,
): Promise<{ port: number; stop(): void }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  let received = 0;
  server.on('connection', (socket) => {
    socket.on('message', (data) => {
      const times = copies(received++);
      for (const member of server.clients) {
        for (let copy = 0; copy < times; copy += 1) member.send(data, { binary: false });
      }
    });
    socket.send('joined');
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    stop: () => {
      for (const socket of server.clients) socket.terminate();
      server.close();
    },
  };
}

function plan(port: number, change: Partial<LoadPlan> = {}): LoadPlan {
  return {
    dialect: 'bare-ws',
    port,
    rooms: 1,
    membersPerRoom: 5,
    rate: 2_000,
    textBytes: 100,
    roomPrefix: 'r',
    deadlineMs: 30_000,
    ...change,
  };
}

describe('a run of load', () => {
  it('[BENCH-1] ends when every message reached every member', async () => {
    const server = await broadcastServer(() => 1);
    const run = new LoadRun(plan(server.port));
    await run.connect();
    await run.send(50);
    const outcome = await run.send(200);
    run.close();
    server.stop();
    expect(outcome).toMatchObject({
      delivered: 1_000,
      expected: 1_000,
      overdelivered: 0,
      brokenConnections: 0,
    });
  });

  it('[BENCH-4] tells losses and doubles instead of waiting for ever', async () => {
    const server = await broadcastServer((received) => (received === 3 ? 0 : received === 7 ? 2 : 1));
    const run = new LoadRun(plan(server.port, { deadlineMs: 300, membersPerRoom: 2 }));
    await run.connect();
    const outcome = await run.send(10);
    run.close();
    server.stop();
    expect(outcome).toMatchObject({ expected: 20, overdelivered: 1, unseen: 1 });
  });

  it('[BENCH-6] counts latency from when a message was due', () => {
    const schedule = new Schedule(1_000, 100, 50);
    expect([schedule.dueCount(999), schedule.dueCount(1_000), schedule.dueCount(1_025)]).toEqual([0, 1, 3]);
    expect(schedule.dueCount(9_000)).toBe(50);
    expect(schedule.latencyMicros(2, 1_500)).toBe(480_000);
  });
});
