/** Valkey or Redis as a child process, on a free port of the loopback interface and with nothing in it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from 'iovalkey';
import { firstExecutable, installWithApt } from './apt.ts';
import { freePort } from './server-process.ts';

const PROGRAMS = ['valkey-server', 'redis-server'];

/** A running one. */
export interface RunningValkey {
  readonly url: string;
  readonly client: Redis;
  /** As SIGKILL does; nothing of what was in it is left. */
  kill(): Promise<void>;
  /** It hangs: its port takes connections, and nobody answers. */
  hang(): void;
  goOn(): void;
  /** On the same port as before. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Path of one of them; installs it where that is possible, else rejects with what to install. */
async function valkeyPath(): Promise<string> {
  const folders = [...(process.env['PATH'] ?? '').split(path.delimiter), '/usr/bin', '/usr/local/bin'];
  const places = PROGRAMS.flatMap((program) => folders.map((folder) => path.join(folder, program)));
  const present = await firstExecutable(places);
  if (present !== undefined) return present;
  let problem = '';
  for (const program of PROGRAMS) {
    problem = await installWithApt(program);
    const installed = await firstExecutable(places);
    if (installed !== undefined) return installed;
  }
  throw new Error(`Valkey or Redis is needed, and there is none (${problem}): apt-get install redis-server`);
}

/** Starts one. */
export async function startValkey(): Promise<RunningValkey> {
  const program = await valkeyPath();
  const folder = await mkdtemp(path.join(tmpdir(), 'hubbub-valkey-'));
  const port = await freePort();
  const args = [
    '--port',
    `${port}`,
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    folder,
  ];
  const begin = async () => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise<void>((resolve, reject) => {
      let log = '';
      child.once('error', reject);
      child.once('exit', (code) => {
        reject(new Error(`${program} ended with ${code}:\n${log}`));
      });
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        log += text;
        if (/ready to accept connections/i.test(log)) resolve();
      });
    });
    return child;
  };
  let child = await begin();
  const client = new Redis({ host: '127.0.0.1', port, maxRetriesPerRequest: null, retryStrategy: () => 50 });
  client.on('error', () => undefined);
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    client,
    kill,
    hang: () => child.kill('SIGSTOP'),
    goOn: () => child.kill('SIGCONT'),
    start: async () => {
      child = await begin();
    },
    stop: async () => {
      client.disconnect();
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
