/** The pool of threads for stateless jobs. */
import { Piscina } from 'piscina';

const ENTRY = new URL('../../workers/jobs.ts', import.meta.url).href;

/** Jobs by name; each runs on whatever thread is free. */
export interface JobPool {
  compress(bytes: Uint8Array): Promise<{ readonly br: Uint8Array; readonly gzip: Uint8Array }>;
  close(): Promise<void>;
}

/** Threads start with the first job and end when there is nothing to do. */
export function createJobPool(): JobPool {
  const pool = new Piscina({ filename: ENTRY, minThreads: 0, maxThreads: 1, idleTimeout: 5_000 });
  return {
    compress: async (bytes) =>
      pool.run(bytes, { name: 'compress' }) as Promise<{ br: Uint8Array; gzip: Uint8Array }>,
    close: async () => {
      await pool.destroy();
    },
  };
}
