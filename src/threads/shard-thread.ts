/** One incarnation of a shard, as main holds it. */
import type { JsonObject } from '../protocol/entities.ts';
import type { Result } from '../protocol/result.ts';
import { ControlledThread, moved } from './controlled-thread.ts';
import type { RemoteShardControl, ShardControl } from './shard-control.ts';
import type { WorkerTracing } from './worker-tracing.ts';

const STATS_TIMEOUT_MS = 500;
/** Longer than entries wait for the database. */
const REQUEST_TIMEOUT_MS = 10_000;
/** What takes longer goes on, and is asked for again. */
const PURGE_TIMEOUT_MS = 30_000;
/** A shard that takes longer is told again. */
const AUTOMOD_TIMEOUT_MS = 1_000;
/** What isn't closed by then, with a database that doesn't answer, ends with the thread. */
const CLOSE_TIMEOUT_MS = 2_000;
/** `begin` waits for PostgreSQL, as long as that takes. */
const BEGIN_TIMEOUT_MS = 2 ** 31 - 1;

/** What there has to be of the thread's data, whatever else its entry needs. */
export interface ShardThreadData {
  readonly index: number;
  readonly tracing?: WorkerTracing;
}

export class ShardThread extends ControlledThread<ShardControl> {
  readonly control: RemoteShardControl;

  /** Starts `entry` as a worker with `data` and so much heap; see {@link heapLimitMb}. */
  constructor(entry: URL, data: ShardThreadData, heapMb: number) {
    super(entry, `shard-${data.index}`, data, heapMb, data.tracing === undefined ? [] : [data.tracing.port]);
    const { remote } = this;
    this.control = {
      begin: () => this.call('begin', () => remote.begin(), BEGIN_TIMEOUT_MS),
      connectGateway: (index, port) =>
        this.call('connectGateway', () => remote.connectGateway(index, moved(port))),
      disconnectGateway: (index) => this.call('disconnectGateway', () => remote.disconnectGateway(index)),
      connectShard: (index, port) => this.call('connectShard', () => remote.connectShard(index, moved(port))),
      presence: (channelId, limit) => this.call('presence', () => remote.presence(channelId, limit)),
      request: (channelId, user, type, data, trace) =>
        this.call(
          'request',
          async (): Promise<Result<JsonObject>> => remote.request(channelId, user, type, data, trace),
          REQUEST_TIMEOUT_MS,
        ),
      publish: (channelId, events) =>
        this.call('publish', () => remote.publish(channelId, events), REQUEST_TIMEOUT_MS),
      inboxRequest: (user, type, data, trace) =>
        this.call(
          'inboxRequest',
          async (): Promise<Result<JsonObject>> => remote.inboxRequest(user, type, data, trace),
          REQUEST_TIMEOUT_MS,
        ),
      counts: () => this.call('counts', () => remote.counts()),
      purge: (channelId, order) => this.call('purge', () => remote.purge(channelId, order), PURGE_TIMEOUT_MS),
      forget: () => this.call('forget', () => remote.forget(), PURGE_TIMEOUT_MS),
      floorsMoved: (floors) => this.call('floorsMoved', () => remote.floorsMoved(floors)),
      channelCreated: (channelId) => this.call('channelCreated', () => remote.channelCreated(channelId)),
      setAutomod: (rules) => this.call('setAutomod', () => remote.setAutomod(rules), AUTOMOD_TIMEOUT_MS),
      tell: (userId, frame) => this.call('tell', () => remote.tell(userId, frame)),
      stats: (isScrape) => this.call('stats', () => remote.stats(isScrape), STATS_TIMEOUT_MS),
      close: () => this.call('close', () => remote.close(), CLOSE_TIMEOUT_MS),
    };
  }
}
