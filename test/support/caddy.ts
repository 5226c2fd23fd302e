/** Caddy as a child process, with one of our files as it is. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { firstExecutable, installWithApt } from './apt.ts';

/** A running Caddy. */
export interface RunningCaddy {
  /** Where it keeps what it makes, its authority's certificate among that. */
  readonly home: string;
  /** What it has logged so far. */
  log(): string;
  stop(): Promise<void>;
}

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Path of Caddy; installs it where that is possible, else rejects with what to install. */
export async function caddyPath(): Promise<string> {
  const places = (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .map((folder) => path.join(folder, 'caddy'));
  const present = await firstExecutable(places);
  if (present !== undefined) return present;
  const problem = await installWithApt('caddy');
  const installed = await firstExecutable(places);
  if (installed !== undefined) return installed;
  throw new Error(`Caddy is needed, and there is none (${problem}): apt-get install caddy`);
}

/**
 * Starts it with a file of the repository and what that asks for. It has no admin interface, and takes no option that
 * Debian's Caddy is too old for.
 */
export async function startCaddy(file: string, env: Readonly<Record<string, string>>): Promise<RunningCaddy> {
  const home = await mkdtemp(path.join(tmpdir(), 'hubbub-caddy-'));
  const caddy = spawn(
    await caddyPath(),
    ['run', '--config', path.join(root, file), '--adapter', 'caddyfile'],
    {
      env: { PATH: process.env['PATH'], HOME: home, CADDY_ADMIN: 'off', CADDY_STREAMS: '', ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let log = '';
  const started = new Promise<void>((resolve, reject) => {
    caddy.once('error', reject);
    caddy.once('exit', (code) => reject(new Error(`Caddy ended with ${code}:\n${log}`)));
    caddy.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      if (log.includes('serving initial configuration')) resolve();
    });
  });
  const stop = async () => {
    if (caddy.pid !== undefined && caddy.exitCode === null) {
      caddy.kill();
      await once(caddy, 'exit');
    }
    await rm(home, { recursive: true, force: true });
  };
  await started.catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { home, log: () => log, stop };
}
