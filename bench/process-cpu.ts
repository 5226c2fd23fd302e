/** CPU time as Linux counts it for whole processes, all threads (proc(5), /proc/[pid]/stat). */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/** Kernel ticks a second, which is 100 on every Linux that Node runs on (USER_HZ). */
const TICKS_PER_SECOND = 100;

/** A line of a `stat` file: the name of the process or thread, and what follows it. */
export interface Stat {
  readonly name: string;
  /** From the third field on. */
  readonly fields: readonly string[];
}

/** Reads such a line; the name, in parentheses, may hold blanks and parentheses. */
export function parseStat(line: string): Stat {
  const end = line.lastIndexOf(')');
  return { name: line.slice(line.indexOf('(') + 1, end), fields: line.slice(end + 2).split(' ') };
}

/** Seconds of user and system time. */
export function cpuSeconds(stat: Stat): number {
  return (field(stat, 14) + field(stat, 15)) / TICKS_PER_SECOND;
}

/** Seconds of user and system time that the process has used; 0 when there is no such process. */
export function processCpuSeconds(pid: number): number {
  const stat = readStat(pid);
  return stat === null ? 0 : cpuSeconds(stat);
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
  let seconds = 0;
  for (const pid of postgresPids(folder)) {
    const stat = readStat(pid);
    // Children that it waited for: of the postmaster these are the backends that ended; others have none.
    if (stat !== null) seconds += cpuSeconds(stat) + (field(stat, 16) + field(stat, 17)) / TICKS_PER_SECOND;
  }
  return seconds;
}

function readStat(pid: number): Stat | null {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return null;
  }
}

/** Field `number`, counted from 1 as proc(5) does. */
function field({ fields }: Stat, number: number): number {
  return Number(fields[number - 3] ?? 0);
}
