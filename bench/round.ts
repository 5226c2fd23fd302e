/** One round: a fresh server on one core, the load on another, one run. */
import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { LoadAssignment, LoadResult } from './load/main.ts';
import type { Peer } from './peers/peer.ts';
import { postgresPids } from './process-cpu.ts';
import type { Scenario } from './scenarios/scenario.ts';

const run = promisify(execFile);

/** The server process has a core to itself; the load and PostgreSQL share the other. */
const SERVER_CORE = 0;
const LOAD_CORE = 1;
const DEADLINE_MS = 60_000;
/** Time for what joining started (presence, commits) to end before the clock starts, ms. */
const SETTLE_MS = 1_500;
/** Every server first gets the scenario's load for so long, uncounted. */
const WARM_UP_SECONDS = 2;
/** A load busier than this may have been the limit itself. */
const VOID_LOAD_SHARE = 0.9;

/** A measured round; a void one doesn't count. */
export interface Round {
  readonly result: LoadResult;
  readonly void: boolean;
}

/** Starts `peer`, runs `scenario` against it, and stops it. Rejects when either process fails. */
export async function measureRound(peer: Peer, scenario: Scenario): Promise<Round> {
  const server = await peer.start(SERVER_CORE);
  try {
    const result = await runLoad({
      dialect: peer.dialect,
      port: server.port,
      rooms: scenario.rooms,
      membersPerRoom: scenario.membersPerRoom,
      rate: scenario.rate,
      messages: Math.round(scenario.rate * scenario.seconds),
      warmUpMessages: Math.round(scenario.rate * WARM_UP_SECONDS),
      textBytes: scenario.textBytes,
      roomPrefix: 'bench',
      deadlineMs: DEADLINE_MS,
      serverPid: server.pid,
      dataFolder: server.dataFolder,
    });
    return { result, void: result.loadCpuShare > VOID_LOAD_SHARE };
  } finally {
    await server.stop();
  }
}

async function runLoad(assignment: LoadAssignment): Promise<LoadResult> {
  const module = fileURLToPath(new URL('load/main.ts', import.meta.url));
  const args = ['-c', String(LOAD_CORE), process.execPath, module, JSON.stringify(assignment)];
  const child = spawn('taskset', args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the load ended with ${String(code)} and no result`)));
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<string> => {
    const next = await Promise.race([lines.next(), failed]);
    return next.done === true ? failed : next.value;
  };
  try {
    await line();
    // PostgreSQL was started from the server's core and inherited it.
    if (assignment.dataFolder !== null) await pin(postgresPids(assignment.dataFolder));
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    child.stdin.write('go\n');
    return JSON.parse(await line()) as LoadResult;
  } finally {
    failed.catch(() => undefined);
    child.kill('SIGKILL');
  }
}

async function pin(pids: readonly number[]): Promise<void> {
  for (const pid of pids) await run('taskset', ['-a', '-c', '-p', String(LOAD_CORE), String(pid)]);
}
