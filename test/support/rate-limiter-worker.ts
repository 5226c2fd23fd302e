/** Takes from a shared table as fast as it can; for tests of several threads at once. */
import { parentPort, workerData } from 'node:worker_threads';
import { SharedRateLimiter } from '../../src/cache/shared-rate-limiter.ts';

/** What a worker is to do: `rounds` times one request of every user, all at `now`. */
export interface RateWorkerTask {
  readonly buffer: SharedArrayBuffer;
  /** The workers count themselves in here and go when all are in. */
  readonly gate: SharedArrayBuffer;
  readonly workers: number;
  readonly users: readonly string[];
  readonly rounds: number;
  readonly now: number;
}

const task: RateWorkerTask = workerData;
const limiter = SharedRateLimiter.attach(task.buffer);
const gate = new Int32Array(task.gate);
Atomics.add(gate, 0, 1);
while (Atomics.load(gate, 0) < task.workers);

const allowed = task.users.map(() => 0);
for (let round = 0; round < task.rounds; round += 1) {
  task.users.forEach((user, index) => {
    if (limiter.take(user, 'message', task.now) === 0) allowed[index] = (allowed[index] ?? 0) + 1;
  });
}
parentPort?.postMessage(allowed);
