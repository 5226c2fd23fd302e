/**
 * A shard's thread as the server runs it, with a switch that breaks it: worker entry for tests of crashes. Faults come
 * over a BroadcastChannel, which reaches every thread of the process.
 */
import { workerData } from 'node:worker_threads';
import { PostgresLog } from '../../src/storage/postgres-log.ts';
import type { ShardWorkerData } from '../../src/threads/shard-worker-data.ts';
import '../../workers/shard.ts';
import { FAULTS_CHANNEL, type ShardArmed, type ShardFault } from './shard-fault.ts';

const { index } = workerData as ShardWorkerData;

function carryOut({ kind }: ShardFault): void {
  switch (kind) {
    case 'throw':
      setImmediate(() => {
        throw new Error('a bug in a shard');
      });
      return;
    case 'exit':
      process.exit(7);
      break;
    case 'loop':
      for (;;) Math.random();
    case 'exit-after-commit':
      // The next batch lands, and nobody is told.
      PostgresLog.prototype.append = new Proxy<PostgresLog['append']>(
        Reflect.get(PostgresLog.prototype, 'append'),
        {
          apply: async (append, log: PostgresLog, args: Parameters<PostgresLog['append']>) => {
            await Reflect.apply(append, log, args);
            process.exit(7);
          },
        },
      );
      faults.postMessage({ armed: index } satisfies ShardArmed);
  }
}

const faults = new BroadcastChannel(FAULTS_CHANNEL);
faults.onmessage = ({ data }: MessageEvent<ShardFault | ShardArmed>) => {
  if ('shard' in data && data.shard === index) carryOut(data);
};
