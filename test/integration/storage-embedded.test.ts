/** The embedded PostgreSQL: survivors, second servers, what can be wrong with a data folder. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findBinaries } from '../../src/storage/embedded/binaries.ts';
import { createLauncher } from '../../src/storage/embedded/launcher.ts';
import { startEmbeddedPostgres } from '../../src/storage/embedded/embedded-postgres.ts';
import type { EmbeddedPostgres } from '../../src/storage/embedded/embedded-postgres.ts';
import { runCommand } from '../../src/storage/embedded/run-command.ts';
import { withClient } from '../support/postgres.ts';

let folder: string;
let running: EmbeddedPostgres[] = [];

async function start(dataDir: string): Promise<EmbeddedPostgres> {
  const started = await startEmbeddedPostgres({ dataDir, durable: false, logger: pino({ level: 'silent' }) });
  if (!started.ok) throw new Error(started.failure.message);
  running.push(started.value);
  return started.value;
}

async function problem(dataDir: string): Promise<string> {
  const started = await startEmbeddedPostgres({ dataDir, durable: false, logger: pino({ level: 'silent' }) });
  if (started.ok) {
    await started.value.stop();
    throw new Error('it started');
  }
  return started.failure.message;
}

/** Starts it in a process of its own; what that said, and the process. */
async function startElsewhere(dataDir: string): Promise<{ child: ChildProcess; said: string }> {
  const script = path.join(import.meta.dirname, '../support/embedded-child.ts');
  const child = spawn(process.execPath, [script, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const [said] = (await once(lines, 'line')) as [string];
  lines.close();
  child.stdout.destroy();
  return { child, said };
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

async function postmasterPid(dataDir: string): Promise<number> {
  const text = await readFile(path.join(dataDir, 'postgres', 'postmaster.pid'), 'utf8');
  return Number(text.split('\n')[0]);
}

const query = (server: EmbeddedPostgres, text: string) =>
  withClient(
    server.connectionString,
    async (client) => (await client.query<Record<string, unknown>>(text)).rows,
  );

beforeAll(async () => {
  // mkdtemp makes it 0700: as root, the user that runs PostgreSQL can't even enter it without help.
  folder = await mkdtemp(path.join(tmpdir(), 'hubbub-embedded-'));
});
afterEach(async () => {
  await Promise.all(running.map((server) => server.stop()));
  running = [];
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('one data folder', () => {
  const dataDir = () => path.join(folder, 'data');

  it('[OPS-1] is made at first start, keeps its data, and listens on a socket that only its owner can enter', async () => {
    const first = await start(dataDir());
    const settings = await query(
      first,
      `select current_setting('listen_addresses') as listens, current_setting('server_encoding') as encoding,
         (select datcollate || datlocprovider::text from pg_database where datname = current_database()) as locale`,
    );
    expect(settings).toEqual([{ listens: '', encoding: 'UTF8', locale: 'Cb' }]);
    expect((await stat(path.join(dataDir(), 'run'))).mode & 0o777).toBe(0o700);
    await query(first, 'create table kept (n int)');
    await first.stop();
    running = [];
    const second = await start(dataDir());
    expect(await query(second, 'select * from kept')).toEqual([]);
  });

  it('[OPS-2] PostgreSQL runs in a session of its own, so Ctrl-C in the terminal leaves it alone', async () => {
    await start(dataDir());
    const sessionOf = async (pid: number) =>
      (await runCommand('ps', ['-o', 'sid=', '-p', String(pid)])).output.trim();
    expect(await sessionOf(await postmasterPid(dataDir()))).not.toBe(await sessionOf(process.pid));
  });

  it('[OPS-3] the PostgreSQL that a killed server left behind is adopted', async () => {
    const { child, said } = await startElsewhere(dataDir());
    expect(JSON.parse(said)).toHaveProperty('url');
    const survivor = await postmasterPid(dataDir());
    await kill(child);
    const server = await start(dataDir());
    expect(await postmasterPid(dataDir())).toBe(survivor);
    expect(await query(server, 'select * from kept')).toEqual([]);
  });

  it('[OPS-4] a second server is told who has the folder, and the first goes on', async () => {
    const first = await start(dataDir());
    const { child, said } = await startElsewhere(dataDir());
    expect((JSON.parse(said) as { problem: string }).problem).toBe(
      `DATA_DIR ${dataDir()} is in use by another Hubbub (hubbub server ${process.pid}): stop that one, or choose another DATA_DIR.`,
    );
    if (child.exitCode === null) await once(child, 'exit');
    expect(await query(first, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('[OPS-5] a PostgreSQL that dies is started again under the same URL', async () => {
    const server = await start(dataDir());
    const before = await postmasterPid(dataDir());
    process.kill(before, 'SIGKILL');
    const held = "select 1 from pg_locks where locktype = 'advisory' and granted";
    const locks = () => query(server, held).catch(() => []);
    while ((await locks()).length === 0 || (await postmasterPid(dataDir())) === before) await pause(20);
    // It belongs to the server again: the folder is locked.
    expect(await problem(dataDir())).toContain('is in use by another Hubbub');
  });

  it('[OPS-6] a pid file whose number another program has by now is no obstacle', async () => {
    await (await start(dataDir())).stop();
    running = [];
    const file = path.join(dataDir(), 'postgres', 'postmaster.pid');
    await writeFile(file, `${process.pid}\n${dataDir()}/postgres\n1\n5432\n${dataDir()}/run\n\n\nready   \n`);
    const server = await start(dataDir());
    expect(await query(server, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('[OPS-6] a pid file that a crash left empty is no obstacle', async () => {
    await (await start(dataDir())).stop();
    running = [];
    await writeFile(path.join(dataDir(), 'postgres', 'postmaster.pid'), '');
    const server = await start(dataDir());
    expect(await query(server, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('[OPS-7] data of another PostgreSQL version is named as such', async () => {
    const dir = path.join(folder, 'old');
    await mkdir(path.join(dir, 'postgres'), { recursive: true });
    await writeFile(path.join(dir, 'postgres', 'PG_VERSION'), '12\n');
    expect(await problem(dir)).toMatch(/was written by PostgreSQL 12, and this Hubbub brings \d+/);
  });

  it('[OPS-7] a folder of other files is not taken for a database', async () => {
    const dir = path.join(folder, 'other');
    await mkdir(path.join(dir, 'postgres'), { recursive: true });
    await writeFile(path.join(dir, 'postgres', 'notes.txt'), 'x');
    expect(await problem(dir)).toContain('holds files, but no database');
    expect(await readFile(path.join(dir, 'postgres', 'notes.txt'), 'utf8')).toBe('x');
  });
});

it('[OPS-8] a data folder that can’t be written to is told in one line', async () => {
  const file = path.join(folder, 'a-file');
  await writeFile(file, '');
  const said = await problem(path.join(file, 'data'));
  expect(said).toMatch(
    /^DATA_DIR .*a-file\/data is not writable \(.*\): make it writable, or choose another DATA_DIR\.$/,
  );
});

it('[OPS-14] a copy of everything below a folder that only root can enter works too', async () => {
  const found = await findBinaries();
  if (!found.ok) throw new Error(found.failure.message);
  const native = path.join(folder, 'native');
  await cp(path.resolve(path.dirname(found.value.postgres), '..'), native, { recursive: true });
  const program = (name: string) => path.join(native, 'bin', name);
  const clusterDir = path.join(folder, 'private');
  const launcher = await createLauncher({ program: program('postgres'), folder, clusterDir });
  if (!launcher.ok) throw new Error(launcher.failure.message);
  // initdb looks at its neighbours with access(2), which treats capabilities differently from running them.
  const made = await launcher.value.run(program('initdb'), ['--show', '-D', clusterDir]);
  expect(made.output).toContain(`share_path=${native}`);
  expect(made.code).toBe(0);
});

it('[OPS-9] a path too long for a socket works', async () => {
  const server = await start(path.join(folder, 'long-'.repeat(30), 'data'));
  expect(await query(server, 'select 1 as one')).toEqual([{ one: 1 }]);
});
