/** The PostgreSQL of a run: it syncs to disk, belongs to nobody's server, and can be crashed. */
import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { pino } from 'pino';
import { leftBehind } from '../../../bench/left-behind.ts';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../../src/storage/embedded/embedded-postgres.ts';
import { mountSmallDisk, type SmallDisk } from './small-disk.ts';

/** See the head of the file. */
export interface ChaosPostgres {
  /** A new database that lives as long as the run. */
  createDatabase(): Promise<string>;
  /** Process id of the postmaster. */
  postmaster(): Promise<number>;
  /** Stops it as `pg_ctl stop -m immediate` does; within a second it is started again, and recovers from its log. */
  crash(): Promise<void>;
  /** Runs SQL on the database at `connectionString`, past any proxy. */
  query(connectionString: string, sql: string, values?: readonly unknown[]): Promise<pg.QueryResult>;
  /** A new disk of `bytes` with the tablespace `name` on it. Rejects as {@link mountSmallDisk} does. */
  createDisk(name: string, bytes: number): Promise<SmallDisk>;
  remove(): Promise<void>;
}

/** Starts one in a temporary folder. */
export async function startChaosPostgres(): Promise<ChaosPostgres> {
  const parent = await mkdtemp(join(tmpdir(), 'hubbub-chaos-'));
  // Under root, PostgreSQL runs as another user, who has to get through here.
  await chmod(parent, 0o755);
  const dataDir = join(parent, 'data');
  const started = await startEmbeddedPostgres({ dataDir, logger: pino({ level: 'silent' }) });
  if (!started.ok) throw new Error(started.failure.message);
  return open(started.value, parent, dataDir);
}

function open(postgres: EmbeddedPostgres, parent: string, dataDir: string): ChaosPostgres {
  let databases = 0;
  const disks: SmallDisk[] = [];
  const postmaster = async (): Promise<number> => {
    const file = await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8');
    return Number(file.split('\n')[0]);
  };
  const query = async (connectionString: string, sql: string, values: readonly unknown[] = []) => {
    const client = new pg.Client({ connectionString });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await client.query(sql, [...values]);
    } finally {
      await client.end();
    }
  };
  return {
    createDatabase: async () => {
      databases += 1;
      const name = `chaos_${databases}`;
      await query(postgres.connectionString, `create database ${name}`);
      const url = new URL(postgres.connectionString);
      url.pathname = `/${name}`;
      return url.href;
    },
    postmaster,
    crash: async () => {
      process.kill(await postmaster(), 'SIGQUIT');
    },
    query,
    createDisk: async (name, bytes) => {
      const { uid, gid } = await stat(join(dataDir, 'postgres'));
      const disk = await mountSmallDisk(join(parent, name), bytes, { uid, gid });
      disks.push(disk);
      await query(postgres.connectionString, `create tablespace ${name} location '${disk.folder}'`);
      return disk;
    },
    remove: leftBehind(async () => {
      await postgres.stop();
      for (const disk of disks) await disk.unmount();
      await rm(parent, { recursive: true, force: true });
    }),
  };
}
