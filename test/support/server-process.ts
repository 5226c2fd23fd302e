/** The real server as a child process, to be stopped and killed like one. */
import { UNSET_SETTINGS } from '../../src/config/settings.ts';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { linesWithSecrets, noteSecret } from './used-secrets.ts';

/** A running server. */
export interface ServerProcess {
  /** Its address, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** What it has written so far to stdout and stderr. */
  output(): string;
  /** Asks it to end; resolves with the exit code (null: a signal ended it). Rejects when a secret stands in its log. */
  stop(signal?: 'SIGTERM' | 'SIGINT'): Promise<number | null>;
  /** SIGKILL; resolves when it is gone. Rejects when a secret stands in its log. */
  kill(): Promise<void>;
}

/** How to start one. */
export interface ServerProcessOptions {
  /** Settings; PORT is `port`. Nothing else of this process's environment than what programs need to run is passed on. */
  readonly env: Readonly<Record<string, string>>;
  /** Default: a free one. */
  readonly port?: number;
  /** Longest time until `GET /ready` answers 200, ms. */
  readonly readyTimeoutMs?: number;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const SECRET_SETTINGS = ['JWT_SECRET', 'ADMIN_PASSWORD'] as const;
const POLL_MS = 50;
const DEFAULT_READY_TIMEOUT_MS = 45_000;
/** A server that doesn't drain in this time is killed, so that no test leaves one behind, ms. */
const STOP_TIMEOUT_MS = 20_000;

/** Starts `src/main.ts` and resolves when it is ready. Rejects with its output when it exits or isn't ready in time. */
export async function startServer(options: ServerProcessOptions): Promise<ServerProcess> {
  const port = options.port ?? (await freePort());
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', 'src/main.ts'], {
    cwd: root,
    env: { ...inherited(), ...UNSET_SETTINGS, ...options.env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const name of SECRET_SETTINGS) noteSecret(options.env[name] ?? '');
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  // `close` comes behind all that it has written, `exit` may not.
  const ended = once(child, 'close') as Promise<[number | null]>;
  const url = `http://127.0.0.1:${port}`;
  const problem = await untilReady(url, child, options.readyTimeoutMs ?? DEFAULT_READY_TIMEOUT_MS);
  if (problem !== null) {
    if (isRunning(child)) child.kill('SIGKILL');
    await ended;
    throw new Error(`the server ${problem}; its output:\n${output}`);
  }
  return {
    url,
    port,
    pid: child.pid!,
    output: () => output,
    stop: async (signal = 'SIGTERM') => {
      if (isRunning(child)) child.kill(signal);
      const impatience = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      const [code] = await ended;
      clearTimeout(impatience);
      refuseSecrets(output);
      return code;
    },
    kill: async () => {
      if (isRunning(child)) child.kill('SIGKILL');
      await ended;
      refuseSecrets(output);
    },
  };
}

function refuseSecrets(output: string): void {
  const leaks = linesWithSecrets(logOf(output));
  if (leaks.length > 0) throw new Error(`[HOSTILE-8] secrets in the log:\n${leaks.join('\n')}`);
}

/** Without the lines that are printed beside the log, the first administrator's password among them. */
function logOf(output: string): string {
  return output.replace(/^ *password: .*$/gim, '');
}

/** A TCP port of the loopback interface that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Null when ready, else what went wrong. */
async function untilReady(url: string, child: ChildProcess, timeoutMs: number): Promise<string | null> {
  const deadline = performance.now() + timeoutMs;
  let last = 'refused connections';
  while (performance.now() < deadline) {
    if (!isRunning(child)) return `exited with ${child.exitCode ?? child.signalCode}`;
    try {
      const response = await fetch(`${url}/ready`, { signal: AbortSignal.timeout(timeoutMs) });
      if (response.status === 200) return null;
      last = `${response.status}: ${await response.text()}`;
    } catch (error) {
      last = String(error);
    }
    await pause(POLL_MS);
  }
  return `was not ready in ${timeoutMs} ms (${last})`;
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

function inherited(): Record<string, string> {
  const needed = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'USER', 'NODE_COMPILE_CACHE'];
  return Object.fromEntries(needed.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}
