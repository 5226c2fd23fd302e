/** One incarnation of a shard, as main holds it: the worker, its control plane, and its end. */
import { transfer, wrap } from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { type MessagePort, Worker } from 'node:worker_threads';
import { RemoteCalls } from './remote-calls.ts';
import type { RemoteShardControl, ShardControl } from './shard-control.ts';

/** Timeouts of control calls, ms. */
const CALL_TIMEOUT_MS = 5_000;
const STATS_TIMEOUT_MS = 500;
/** Most of what a shard allocates is gone within ms: with room for it, little of it is ever copied. */
const YOUNG_GENERATION_MB = 64;
/** `begin` waits for PostgreSQL, as long as that takes. */
const BEGIN_TIMEOUT_MS = 2 ** 31 - 1;

export class ShardThread {
  readonly control: RemoteShardControl;
  /** Resolves with the reason when the worker has ended. */
  readonly ended: Promise<string>;
  readonly #worker: Worker;

  /** Starts `entry` as a worker with `data`. */
  constructor(entry: URL, data: object) {
    this.#worker = new Worker(entry, {
      workerData: data,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    const calls = new RemoteCalls();
    let cause = '';
    this.#worker.on('error', (error) => {
      cause = error instanceof Error ? (error.stack ?? error.message) : String(error);
    });
    this.ended = new Promise((resolve) => {
      this.#worker.once('exit', (code) => {
        const reason = cause === '' ? `exit code ${code}` : cause;
        calls.end(`the shard ended: ${reason}`);
        resolve(reason);
      });
    });
    const remote = wrap<ShardControl>(nodeEndpoint(this.#worker));
    const call = <T>(name: string, run: () => Promise<T>, timeoutMs = CALL_TIMEOUT_MS): Promise<T> =>
      calls.run(name, timeoutMs, run);
    const moved = (port: MessagePort): MessagePort => transfer(port, [port]);
    this.control = {
      begin: () => call('begin', () => remote.begin(), BEGIN_TIMEOUT_MS),
      connectGateway: (index, port) =>
        call('connectGateway', () => remote.connectGateway(index, moved(port))),
      connectShard: (index, port) => call('connectShard', () => remote.connectShard(index, moved(port))),
      presence: (channelId, limit) => call('presence', () => remote.presence(channelId, limit)),
      channelCreated: (channelId) => call('channelCreated', () => remote.channelCreated(channelId)),
      stats: () => call('stats', () => remote.stats(), STATS_TIMEOUT_MS),
    };
  }

  /** Ends the worker, however busy it is; resolves when it is gone. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }
}
