/** The pool of threads for stateless jobs. */
import { Piscina } from 'piscina';
import type { DryRunTask, ExportTask } from '../../workers/jobs.ts';
import type { DryRunResult } from '../protocol/automod-dry-run.ts';
import type { Tracing } from './tracing.ts';

/** A job that takes long leaves one for the others. */
const MAX_THREADS = 2;
const ENTRY = new URL('../../workers/jobs.ts', import.meta.url).href;

/** Jobs by name; each runs on whatever thread is free. */
export interface JobPool {
  /** Ends with `signal`, however busy its thread is: it rejects then. */
  dryRun(task: DryRunTask, signal: AbortSignal): Promise<DryRunResult>;
  /** The same, within a second: its thread ends with it. */
  exportData(task: ExportTask, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Threads start with the first job and end when there is nothing to do. */
export function createJobPool(tracing: Pick<Tracing, 'timed'> | null = null): JobPool {
  const pool = new Piscina({ filename: ENTRY, minThreads: 0, maxThreads: MAX_THREADS, idleTimeout: 5_000 });
  const run = async (name: string, task: object, signal: AbortSignal): Promise<unknown> => {
    const work = async (): Promise<unknown> => pool.run(task, { name, signal });
    return tracing === null ? work() : tracing.timed(`job ${name}`, {}, work);
  };
  return {
    dryRun: async (task, signal) => run('dryRun', task, signal) as Promise<DryRunResult>,
    exportData: async (task, signal) => run('exportData', task, signal) as Promise<void>,
    close: async () => {
      await pool.destroy();
    },
  };
}
