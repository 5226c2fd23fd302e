/** The server of a fault: a real one in a process of its own, that suffers what it is told to. */
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type HubbubServer, startHubbubServer } from '../../../bench/hubbub-server.ts';
import { residentBytes } from '../../../bench/process-memory.ts';
import { parseMetrics, type Sample } from '../../../bench/server-metrics.ts';
import { type Order, ORDERS_SOCKET } from './orders.ts';

const PRELOAD = fileURLToPath(new URL('suffer-orders.ts', import.meta.url));
let servers = 0;

/** See the head of the file. */
export interface ChaosServer extends HubbubServer {
  /** Where HTTP is answered, without a slash at the end. */
  readonly origin: string;
  /** Resolves when the order is on its way to its thread; what comes of it shows later. */
  order(order: Order): Promise<void>;
  /** What `GET /ready` says is missing; empty: it is ready. Null: nobody answers. */
  missing(): Promise<readonly string[] | null>;
  /** What `GET /metrics` tells. */
  metrics(): Promise<readonly Sample[]>;
  /** Resident memory of its process, bytes. */
  resident(): number;
}

/** Starts one with raised limits; `env` goes before them. */
export async function startChaosServer(env: Readonly<Record<string, string>>): Promise<ChaosServer> {
  servers += 1;
  const socketPath = join(tmpdir(), `hubbub-chaos-${process.pid}-${servers}.sock`);
  const server = await startHubbubServer({
    env: { ...env, [ORDERS_SOCKET]: socketPath },
    nodeArgs: ['--import', PRELOAD],
  });
  const origin = `http://127.0.0.1:${server.port}`;
  return {
    ...server,
    origin,
    order: async (order) => {
      const socket = connect(socketPath);
      socket.write(`${JSON.stringify(order)}\n`);
      socket.resume();
      await once(socket, 'close');
    },
    missing: async () => {
      const answer = await fetch(`${origin}/ready`).catch(() => null);
      if (answer === null) return null;
      const { reasons = [] } = (await answer.json()) as { reasons?: string[] };
      return reasons;
    },
    metrics: async () => parseMetrics(await (await fetch(`${origin}/metrics`)).text()),
    resident: () => residentBytes(server.pid()),
    start: async () => {
      await rm(socketPath, { force: true });
      await server.start();
    },
    remove: async () => {
      await server.remove();
      await rm(socketPath, { force: true });
    },
  };
}
