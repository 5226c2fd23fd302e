/** CPU time of a process by its threads, as Linux counts it (proc(5), /proc/[pid]/task/[tid]/stat). */
import { readdirSync, readFileSync } from 'node:fs';
import { cpuSeconds, parseStat } from './process-cpu.ts';

/** A thread's name, and the seconds of user and system time that it has used. */
export interface ThreadCpu {
  readonly name: string;
  readonly seconds: number;
}

/** Threads by their id; empty when there is no such process. */
export type ThreadCpus = ReadonlyMap<number, ThreadCpu>;

/** Every thread of the process that lives now. */
export function threadCpus(pid: number): ThreadCpus {
  const threads = new Map<number, ThreadCpu>();
  for (const tid of threadIds(pid)) {
    try {
      const stat = parseStat(readFileSync(`/proc/${pid}/task/${tid}/stat`, 'latin1'));
      threads.set(tid, { name: tid === pid ? 'main' : roleOf(stat.name), seconds: cpuSeconds(stat) });
    } catch {
      // It ended between being listed and being read.
    }
  }
  return threads;
}

/**
 * Seconds between two readings by what the threads are: `main`, `shard-0`, `gateway-0` … as workers are named, and
 * `other` for V8's, libuv's and workers without a name of these.
 */
export function threadCpuUse(before: ThreadCpus, after: ThreadCpus): Record<string, number> {
  const use: Record<string, number> = {};
  for (const [tid, { name, seconds }] of after) {
    use[name] = (use[name] ?? 0) + seconds - (before.get(tid)?.seconds ?? 0);
  }
  return use;
}

function roleOf(threadName: string): string {
  return /^(?:shard|gateway)-\d+$/.test(threadName) ? threadName : 'other';
}

function threadIds(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return [];
  }
}
