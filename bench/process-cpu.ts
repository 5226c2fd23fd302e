/** CPU time as Linux counts it for whole processes, all threads (proc(5), /proc/[pid]/stat). */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/** Kernel ticks a second, which is 100 on every Linux that Node runs on (USER_HZ). */
const TICKS_PER_SECOND = 100;

/** Seconds of user and system time that the process has used; 0 when there is no such process. */
export function processCpuSeconds(pid: number): number {
  const fields = statFields(pid);
  return fields === null ? 0 : (field(fields, 14) + field(fields, 15)) / TICKS_PER_SECOND;
}

/** Process ids of the PostgreSQL server whose data lies under `folder`: its backends run in that directory. */
export function postgresPids(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const exe = readlinkSync(`/proc/${pid}/exe`);
        return basename(exe).startsWith('postgres') && readlinkSync(`/proc/${pid}/cwd`).startsWith(folder);
      } catch {
        // The process is gone, or another user's.
        return false;
      }
    });
}

/** Seconds that the PostgreSQL server under `folder` has used, with the backends that have ended. */
export function postgresCpuSeconds(folder: string): number {
  let ticks = 0;
  for (const pid of postgresPids(folder)) {
    const fields = statFields(pid);
    if (fields === null) continue;
    ticks += field(fields, 14) + field(fields, 15);
    // Children that it waited for: of the postmaster these are the backends that ended; others have none.
    ticks += field(fields, 16) + field(fields, 17);
  }
  return ticks / TICKS_PER_SECOND;
}

/** Fields from the third on; the second, the name in parentheses, may hold blanks. */
function statFields(pid: number): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}

/** Field `number`, counted from 1 as proc(5) does. */
function field(fields: readonly string[], number: number): number {
  return Number(fields[number - 3] ?? 0);
}
