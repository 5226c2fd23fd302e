/** What a process holds, as Linux counts it (proc(5)). */
import { readdirSync, readFileSync } from 'node:fs';
import { postgresPids } from '../process-cpu.ts';

/** A backend that serves a client tells user, database and where the client is; PostgreSQL's own processes don't. */
const SERVES_CLIENT = /^postgres: (?:.+: )?\S+ \S+ (?:\[local\]|[\da-f.:]+\(\d+\))/;

/** Open file descriptors. Throws when there is no such process. */
export function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Threads, V8's and libuv's among them. Throws when there is no such process. */
export function threadCount(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).length;
}

/** Connections to the PostgreSQL whose data lies under `folder`. */
export function databaseConnections(folder: string): number {
  return postgresPids(folder).filter((pid) => SERVES_CLIENT.test(titleOf(pid))).length;
}

/** What the process calls itself; empty when it is gone. */
function titleOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}
