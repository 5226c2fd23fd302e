/** This server as a child process, on an embedded PostgreSQL in a folder of its own that is gone afterwards. */
import { UNSET_SETTINGS } from '../src/config/settings.ts';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startChildServer, type ChildServer } from './child-server.ts';
import { leftBehind } from './left-behind.ts';
import { postgresPids } from './process-cpu.ts';

/** What a tool asks of the server it starts. */
export interface HubbubServerOptions {
  /** Settings on top of {@link RAISED_LIMITS}. */
  readonly env?: Readonly<Record<string, string>>;
  readonly core?: number;
  /** The module that runs; by default the server alone. */
  readonly module?: string;
  readonly args?: readonly string[];
  /** Options of Node itself. */
  readonly nodeArgs?: readonly string[];
}

/** Tools connect everyone from one address and write faster than people do. */
export const RAISED_LIMITS = {
  RATE_LIMIT_MESSAGES: '100000',
  RATE_LIMIT_WINDOW_SECONDS: '1',
  MAX_CONNECTIONS_PER_ADDRESS: '100000',
  MAX_FRAMES_PER_SECOND: '100000',
  LOG_LEVEL: 'warn',
} as const;

/** A server with a port and a data folder that outlive its process. */
export interface HubbubServer {
  readonly url: string;
  readonly port: number;
  readonly dataFolder: string;
  /** The process that runs now. */
  pid(): number;
  /** The last output of the process that runs now, or ran last. */
  output(): string;
  /** Resolves with the exit code when the process that runs now, or ran last, has ended; null: a signal ended it. */
  ended(): Promise<number | null>;
  /** `kill -9`; PostgreSQL lives on. */
  kill(): Promise<void>;
  /** Starts it again, same port and data. */
  start(): Promise<void>;
  /** Stops server and PostgreSQL and removes the data. */
  remove(): Promise<void>;
}

/** Starts a server on a free port with a new data folder. Rejects with its last output when it doesn't come up. */
export async function startHubbubServer(options: HubbubServerOptions = {}): Promise<HubbubServer> {
  const parent = await mkdtemp(join(tmpdir(), 'hubbub-'));
  // Under root, PostgreSQL runs as another user, who has to get through here.
  await chmod(parent, 0o755);
  const dataFolder = join(parent, 'data');
  const port = await freePort();
  const nodeArgs = [...(await startOptions()), ...(options.nodeArgs ?? [])];
  const env = {
    ...UNSET_SETTINGS,
    ...RAISED_LIMITS,
    ...options.env,
    HOST: '127.0.0.1',
    PORT: String(port),
    DATA_DIR: dataFolder,
  };
  const launch = (): Promise<ChildServer> =>
    startChildServer({
      module: options.module ?? 'src/main.ts',
      args: options.args ?? [],
      nodeArgs,
      env,
      port,
      readyPath: '/ready',
      ...(options.core === undefined ? {} : { core: options.core }),
    });
  const removeData = async (): Promise<void> => {
    // Only one that the server left behind is still there.
    for (const pid of postgresPids(parent)) quitFast(pid);
    await rm(parent, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  };
  let child: ChildServer;
  try {
    child = await launch();
  } catch (error) {
    await removeData();
    throw error;
  }
  return {
    url: `ws://127.0.0.1:${port}/ws`,
    port,
    dataFolder,
    pid: () => child.pid,
    output: () => child.output(),
    ended: () => child.ended,
    kill: () => child.kill(),
    start: async () => {
      child = await launch();
    },
    remove: leftBehind(async () => {
      await child.stop();
      await removeData();
    }),
  };
}

/** Node's options of `npm start`: what a tool starts is what users run. */
async function startOptions(): Promise<readonly string[]> {
  const file = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  const { scripts } = JSON.parse(file) as { readonly scripts: { readonly start: string } };
  return scripts.start.split(' ').filter((word) => word.startsWith('--'));
}

/** SIGINT is PostgreSQL's fast shutdown. */
function quitFast(pid: number): void {
  try {
    process.kill(pid, 'SIGINT');
  } catch {
    // It ended by itself.
  }
}
