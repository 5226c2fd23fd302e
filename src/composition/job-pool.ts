/** The pool of threads for stateless jobs. */
import { Piscina } from 'piscina';
import type { DryRunTask, ExportTask } from '../../workers/jobs.ts';
import type { DryRunResult } from '../protocol/automod-dry-run.ts';

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
export function createJobPool(): JobPool {
  const pool = new Piscina({ filename: ENTRY, minThreads: 0, maxThreads: MAX_THREADS, idleTimeout: 5_000 });
  return {
    dryRun: async (task, signal) => pool.run(task, { name: 'dryRun', signal }) as Promise<DryRunResult>,
    exportData: async (task, signal) => pool.run(task, { name: 'exportData', signal }) as Promise<void>,
    close: async () => {
      await pool.destroy();
    },
  };
}
