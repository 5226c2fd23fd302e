/** The system's PostgreSQL (Debian's package), on a port of the loopback interface and with a password. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { firstExecutable, installWithApt } from './apt.ts';
import { freePort } from './server-process.ts';

const run = promisify(execFile);
const VERSIONS = '/usr/lib/postgresql';

/** A running one. */
export interface SystemPostgres {
  readonly port: number;
  stop(): Promise<void>;
}

/** Who may run PostgreSQL's programs, which refuse root. */
interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

/** Starts it with the user and the database `hubbub`; installs the package where that is possible, else rejects. */
export async function startSystemPostgres(password: string): Promise<SystemPostgres> {
  const programs = await programsFolder();
  const folder = await mkdtemp(path.join(tmpdir(), 'hubbub-system-postgres-'));
  const data = path.join(folder, 'data');
  const passwordFile = path.join(folder, 'password');
  await writeFile(passwordFile, `${password}\n`);
  const as: Partial<SystemUser> = process.getuid?.() === 0 ? await postgresUser() : {};
  if (as.uid !== undefined && as.gid !== undefined) {
    for (const each of [folder, passwordFile]) await chown(each, as.uid, as.gid);
  }
  const init = [
    '-D',
    data,
    '-U',
    'hubbub',
    '-A',
    'scram-sha-256',
    '--pwfile',
    passwordFile,
    '-E',
    'UTF8',
    '--no-sync',
  ];
  await run(path.join(programs, 'initdb'), init, { ...as, cwd: folder });
  const port = await freePort();
  const options = ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off'];
  const server = spawn(path.join(programs, 'postgres'), [...options, '-k', folder], {
    ...{ ...as, cwd: folder, stdio: 'ignore' },
  });
  const stop = async () => {
    // SIGINT: its fast shutdown.
    if (server.exitCode === null && server.kill('SIGINT')) await once(server, 'exit');
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await ready(`postgres://hubbub:${password}@127.0.0.1:${port}/postgres`, () => server.exitCode);
    return { port, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function programsFolder(): Promise<string> {
  const find = async (): Promise<string | undefined> => {
    const versions = await readdir(VERSIONS).catch(() => []);
    const newestFirst = versions.sort((one, other) => Number(other) - Number(one));
    const found = await firstExecutable(
      newestFirst.map((version) => path.join(VERSIONS, version, 'bin', 'postgres')),
    );
    return found === undefined ? undefined : path.dirname(found);
  };
  const present = await find();
  if (present !== undefined) return present;
  const problem = await installWithApt('postgresql');
  const installed = await find();
  if (installed !== undefined) return installed;
  throw new Error(
    `The system's PostgreSQL is needed, and there is none (${problem}): apt-get install postgresql`,
  );
}

async function postgresUser(): Promise<SystemUser> {
  const id = async (option: string) => Number((await run('id', [option, 'postgres'])).stdout);
  return { uid: await id('-u'), gid: await id('-g') };
}

/** Makes the database as soon as it answers. */
async function ready(connectionString: string, exitCode: () => number | null): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const client = new pg.Client({ connectionString });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('create database hubbub');
      return;
    } catch (error) {
      if (exitCode() !== null || performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}
