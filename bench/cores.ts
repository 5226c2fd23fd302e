/** Which core is whose (Linux). */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { postgresPids } from './process-cpu.ts';

const run = promisify(execFile);

/** The server process has a core to itself; the load and PostgreSQL share the other. */
export const SERVER_CORE = 0;
export const LOAD_CORE = 1;

/** Moves the PostgreSQL over `dataFolder`, which inherited the server's core, to the load's. */
export async function pinPostgres(dataFolder: string): Promise<void> {
  for (const pid of postgresPids(dataFolder)) {
    // One that ends meanwhile needs no core.
    await run('taskset', ['-a', '-c', '-p', String(LOAD_CORE), String(pid)]).catch(() => undefined);
  }
}
