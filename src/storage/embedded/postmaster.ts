/** Finds out from `postmaster.pid` whether a PostgreSQL of an earlier run still has the data. */
import { readFile, readlink, realpath } from 'node:fs/promises';
import path from 'node:path';

/** A running postmaster, as its pid file tells of it. */
export interface Postmaster {
  readonly pid: number;
  /** Folder of its socket; null while it starts. */
  readonly socketDir: string | null;
  readonly port: number;
}

/** What the pid file comes to: none, one that nobody alive stands behind, or a postmaster of this data. */
export type PostmasterState =
  | { readonly kind: 'none' }
  | { readonly kind: 'stale' }
  | { readonly kind: 'running'; readonly postmaster: Postmaster };

/**
 * Reads `<clusterDir>/postmaster.pid`: pid, data folder, start time, port, socket folder, one a line. The pid alone
 * proves nothing (it may be another program's by now, or a zombie's), so on Linux the process must be a postgres whose
 * working directory is the data folder.
 */
export async function findPostmaster(clusterDir: string): Promise<PostmasterState> {
  const text = await readFile(path.join(clusterDir, 'postmaster.pid'), 'utf8').catch(() => null);
  if (text === null) return { kind: 'none' };
  const [pidLine, , , portLine, socketLine] = text.split('\n');
  const pid = Number(pidLine);
  // PostgreSQL makes the file before it writes the pid into it.
  if (!Number.isInteger(pid) || pid <= 0) return { kind: 'none' };
  if (!(await isPostmasterOf(pid, clusterDir))) return { kind: 'stale' };
  const socketDir = socketLine?.trim() ?? '';
  return {
    kind: 'running',
    postmaster: { pid, socketDir: socketDir === '' ? null : socketDir, port: Number(portLine ?? '5432') },
  };
}

async function isPostmasterOf(pid: number, clusterDir: string): Promise<boolean> {
  if (process.platform !== 'linux') return isAlive(pid);
  try {
    const [program, folder] = await Promise.all([readlink(`/proc/${pid}/exe`), readlink(`/proc/${pid}/cwd`)]);
    // An update of node_modules under a running PostgreSQL leaves "…/postgres (deleted)".
    return path.basename(program).startsWith('postgres') && folder === (await realpath(clusterDir));
  } catch {
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
