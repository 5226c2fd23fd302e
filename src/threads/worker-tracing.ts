/** What main gives another thread to tell its spans with. */
import type { MessagePort } from 'node:worker_threads';
import type { TraceSampling } from '../protocol/tracing.ts';
import { processClock } from './process-clock.ts';
import { Tracer } from './tracer.ts';

/** Plain data, but for the port, which is moved. */
export interface WorkerTracing {
  readonly sampling: TraceSampling;
  /** What has to be added to the process's clock for ms since the epoch. */
  readonly clockOffsetMs: number;
  /** Takes arrays of {@link FinishedSpan}. */
  readonly port: MessagePort;
}

/** The tracer of this thread. */
export function workerTracer({ sampling, clockOffsetMs, port }: WorkerTracing): Tracer {
  return new Tracer({
    ...sampling,
    now: () => processClock() + clockOffsetMs,
    post: (spans) => {
      port.postMessage(spans);
    },
  });
}
