/** Servers as child processes: started on a port, waited for, stopped or killed by process id. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

/** How long a server may take to answer, ms; a first start makes a database. */
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 30_000;
const ASK_AGAIN_MS = 50;
/** What is kept of a child's output, to say why it failed. */
const KEPT_OUTPUT = 8_000;

/** What to start. */
export interface ChildServerPlan {
  /** The module to run, relative to the project's root. */
  readonly module: string;
  readonly args?: readonly string[];
  /** Options of Node itself. */
  readonly nodeArgs?: readonly string[];
  /** Settings on top of a bare environment: nothing of the caller's own settings reaches the child. */
  readonly env?: Readonly<Record<string, string>>;
  readonly port: number;
  /** Answers 200 as soon as the server can be used. */
  readonly readyPath: string;
  /** Keep it and all its children on this core (Linux). */
  readonly core?: number;
}

/** A server that answers. */
export interface ChildServer {
  readonly pid: number;
  readonly port: number;
  /** Resolves with the exit code when the process has ended, however it ended; null: a signal ended it. */
  readonly ended: Promise<number | null>;
  /** Its last output. */
  output(): string;
  /** Asks it to end (SIGTERM) and waits; after 30 s kills it. */
  stop(): Promise<void>;
  /** `kill -9`, and waits until it is gone. */
  kill(): Promise<void>;
}

/** A TCP port on the loopback address that nobody uses now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a listening socket without a port');
  return address.port;
}

/** Starts a server and waits until it answers. Rejects with its last output when it ends before, or takes too long. */
export async function startChildServer(plan: ChildServerPlan): Promise<ChildServer> {
  const node = [
    '--disable-warning=ExperimentalWarning',
    ...(plan.nodeArgs ?? []),
    plan.module,
    ...(plan.args ?? []),
  ];
  const root = fileURLToPath(new URL('..', import.meta.url));
  const [command, args] =
    plan.core === undefined
      ? [process.execPath, node]
      : ['taskset', ['-c', String(plan.core), process.execPath, ...node]];
  const child = spawn(command, args, {
    cwd: root,
    env: childEnvironment(plan.env ?? {}),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = keepOutput(child);
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => resolve(code));
    child.once('error', () => resolve(null));
  });
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  const problem = await untilReady(plan, ended);
  if (problem !== null || child.pid === undefined) {
    await kill();
    throw new Error(`${plan.module} ${problem ?? 'did not start'}:\n${output()}`);
  }
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  };
  return { pid: child.pid, port: plan.port, ended, output, stop, kill };
}

/** The variables that programs need to run at all, and `settings`. */
function childEnvironment(settings: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  // Tests name a folder in which the modules that a server loads are compiled already.
  const { PATH, HOME, USER, LANG, TMPDIR, NODE_COMPILE_CACHE } = process.env;
  const compiled = NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE };
  return { PATH, HOME, USER, LANG, TMPDIR, ...compiled, ...settings };
}

function keepOutput(child: ChildProcess): () => string {
  let kept = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      kept = (kept + text).slice(-KEPT_OUTPUT);
    });
  }
  return () => kept;
}

/** Null when it answers, else what went wrong. */
async function untilReady(plan: ChildServerPlan, ended: Promise<unknown>): Promise<string | null> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  const endedEarly = ended.then(() => 'ended' as const);
  for (;;) {
    const answer = await Promise.race([asked(plan), endedEarly]);
    if (answer === 'ended') return 'ended at start';
    if (answer) return null;
    if (Date.now() > deadline) return `did not answer within ${START_TIMEOUT_MS / 1_000} s`;
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
  }
}

async function asked(plan: ChildServerPlan): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${plan.port}${plan.readyPath}`);
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}
