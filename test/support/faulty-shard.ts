/**
 * A shard's thread as the server runs it, with a switch that breaks it: worker entry for tests of crashes. Faults come
 * over a BroadcastChannel, which reaches every thread of the process.
 */
import { workerData } from 'node:worker_threads';
import { PostgresLog } from '../../src/storage/postgres-log.ts';
import type { ShardWorkerData } from '../../src/threads/shard-worker-data.ts';
import '../../workers/shard.ts';
import { FAULTS_CHANNEL, type ShardArmed, type ShardFault } from './shard-fault.ts';
import { suffer } from './thread-fault.ts';

const { index } = workerData as ShardWorkerData;

/** The next batch lands, and nobody is told. */
function exitAfterCommit(): void {
  PostgresLog.prototype.append = new Proxy<PostgresLog['append']>(
    Reflect.get(PostgresLog.prototype, 'append'),
    {
      apply: async (append, log: PostgresLog, args: Parameters<PostgresLog['append']>) => {
        await Reflect.apply(append, log, args);
        suffer('exit');
      },
    },
  );
  faults.postMessage({ armed: index } satisfies ShardArmed);
}

const faults = new BroadcastChannel(FAULTS_CHANNEL);
faults.onmessage = ({ data }: MessageEvent<ShardFault | ShardArmed>) => {
  if (!('shard' in data) || data.shard !== index) return;
  if (data.kind === 'exit-after-commit') exitAfterCommit();
  else suffer(data.kind);
};
