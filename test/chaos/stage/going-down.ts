/** A server that was told to end (SIGTERM), as it looks from outside until it is gone. */
import { setTimeout as pause } from 'node:timers/promises';
import { FrameSocket } from '../../../bench/load/frame-socket.ts';
import type { ChaosServer } from './chaos-server.ts';

/** Time from one look to the next, ms. */
const LOOK_EVERY_MS = 5;

/** See the head of the file; times are `performance.now()`. */
export interface GoingDown {
  readonly signalledAt: number;
  /** When `GET /ready` first said that the server goes down; null: it never did. */
  readonly notReadyAt: number | null;
  /** Whether it said later that all is well. */
  readonly readyAgain: boolean;
  /** Sockets that were tried to open after that: refused, and let in. */
  readonly refused: number;
  readonly letIn: number;
  /** How it ended; null: by a signal. */
  readonly code: number | null;
  /** From the signal to the end. */
  readonly ms: number;
}

/** Sends the signal and looks on; resolves when the process is gone. */
export async function goingDown(server: ChaosServer): Promise<GoingDown> {
  const over = new AbortController();
  const gone = server.ended().then((code) => {
    over.abort();
    return { code, at: performance.now() };
  });
  const signalledAt = signal(server);
  let notReadyAt: number | null = null;
  let readyAgain = false;
  const tries: Promise<boolean>[] = [];
  while (!over.signal.aborted) {
    const missing = await server.missing();
    if (notReadyAt !== null) tries.push(opens(server.port));
    if (missing !== null && missing.length > 0) notReadyAt ??= performance.now();
    else if (missing !== null && notReadyAt !== null) readyAgain = true;
    await pause(LOOK_EVERY_MS);
  }
  const { code, at } = await gone;
  const letIn = (await Promise.all(tries)).filter((isOpen) => isOpen).length;
  const refused = tries.length - letIn;
  return { signalledAt, notReadyAt, readyAgain, refused, letIn, code, ms: at - signalledAt };
}

/** Sends SIGTERM; gives when, `performance.now()`. */
export function signal(server: ChaosServer): number {
  process.kill(server.pid(), 'SIGTERM');
  return performance.now();
}

/** Resolves when `GET /ready` says that something is missing, or nobody answers it. */
export async function untilNotReady(server: ChaosServer): Promise<void> {
  while ((await server.missing())?.length === 0) await pause(LOOK_EVERY_MS);
}

async function opens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = new FrameSocket(
      { port, path: '/ws' },
      {
        opened: () => {
          socket.cut();
          resolve(true);
        },
        text: () => undefined,
        ended: () => resolve(false),
      },
    );
  });
}
