/** Opens and closes sockets of a shared table as fast as it can; for tests of several threads at once. */
import { parentPort, workerData } from 'node:worker_threads';
import { SharedAddressLimiter } from '../../src/cache/shared-address-limiter.ts';

/** What a worker is to do. */
export interface AddressWorkerTask {
  readonly memory: SharedArrayBuffer;
  readonly thread: number;
  readonly most: number;
  /** The workers count themselves in here and go when all are in. */
  readonly gate: SharedArrayBuffer;
  readonly workers: number;
  readonly addresses: readonly string[];
  /** `take`: each address as often as it gets it. `churn`: opens and closes until it is ended, and counts turns in `gate`. */
  readonly kind: 'take' | 'churn';
}

const task = workerData as AddressWorkerTask;
const { addresses } = task;
const limits = new SharedAddressLimiter(task.memory, task.thread, task.most);
const gate = new Int32Array(task.gate);
Atomics.add(gate, 0, 1);
while (Atomics.load(gate, 0) < task.workers);

if (task.kind === 'take') {
  const taken = addresses.map(() => 0);
  for (let round = 0; round < task.most; round += 1) {
    addresses.forEach((address, index) => {
      if (limits.open(address)) taken[index] = (taken[index] ?? 0) + 1;
    });
  }
  parentPort?.postMessage(taken);
} else {
  for (;;) {
    const open = addresses.filter((address) => limits.open(address));
    for (const address of open) limits.close(address);
    Atomics.add(gate, task.thread, 1);
  }
}
