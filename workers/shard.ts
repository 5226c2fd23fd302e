/** Composition root of a shard's thread. */
import { expose } from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { parentPort, workerData } from 'node:worker_threads';
import { CHANNEL_COMMANDS, OUTSIDE_COMMANDS } from '../src/channel/registry.ts';
import { followBans } from '../src/composition/bans-followed.ts';
import { INBOX_COMMANDS } from '../src/inbox/registry.ts';
import { createLogger } from '../src/observability/logger.ts';
import { SHARD_BOUNDS } from '../src/shard/ports/shard-ports.ts';
import { compileCommands } from '../src/shard/request.ts';
import { Shard } from '../src/shard/shard.ts';
import { ShardTraces } from '../src/shard/shard-traces.ts';
import { Database } from '../src/storage/database.ts';
import { inboxesName } from '../src/storage/shard-connections.ts';
import { createPool } from '../src/storage/pool.ts';
import { PostgresChannelRecords } from '../src/storage/postgres-channel-records.ts';
import { PostgresHeld } from '../src/storage/postgres-held.ts';
import { PostgresInboxes } from '../src/storage/postgres-inboxes.ts';
import { PostgresLog } from '../src/storage/postgres-log.ts';
import { PostgresLogHeads } from '../src/storage/postgres-log-heads.ts';
import { PostgresSecurity } from '../src/storage/postgres-security.ts';
import { PostgresReports } from '../src/storage/postgres-reports.ts';
import { PostgresReadMarks } from '../src/storage/postgres-read-marks.ts';
import { portOf } from '../src/threads/batch-port.ts';
import { EventLoopLag } from '../src/threads/event-loop-lag.ts';
import { beat } from '../src/threads/life-sign.ts';
import { loopUtilization } from '../src/threads/loop-utilization.ts';
import { meshPortOf } from '../src/threads/mesh-port.ts';
import { pacedDefer } from '../src/threads/paced-defer.ts';
import { runtimeTimers } from '../src/threads/runtime-timers.ts';
import type { ShardControl } from '../src/threads/shard-control.ts';
import { ShardFigures } from '../src/threads/shard-stats.ts';
import { threadMemory } from '../src/threads/thread-memory.ts';
import type { ShardWorkerData } from '../src/threads/shard-worker-data.ts';
import { uuidv7 } from '../src/threads/uuidv7.ts';
import { workerTracer } from '../src/threads/worker-tracing.ts';
import { tellWrites } from '../src/threads/write-sign.ts';

/** For inboxes and marks beside their logs: two commit marks, the others read. */
const INBOX_CONNECTIONS = 4;

const data = workerData as ShardWorkerData;
if (parentPort === null) throw new Error('workers/shard.ts runs as a worker thread only');

beat(data.life);
const timers = runtimeTimers();
const logger = createLogger({ level: data.logLevel, fields: { shard: data.index } });
const figures = new ShardFigures(tellWrites(data.writeSigns, data.index));
const tracer = data.tracing === undefined ? null : workerTracer(data.tracing);
const traces = tracer === null ? undefined : new ShardTraces(tracer, data.index);
const lag = new EventLoopLag();
const load = loopUtilization();
const incarnation = { owner: data.serverId, shard: data.index, incarnation: data.incarnation };
const log = new PostgresLog({ connectionString: data.databaseUrl, ...incarnation, logger });
const database = new Database(
  createPool({
    connectionString: data.databaseUrl,
    applicationName: inboxesName(incarnation),
    max: INBOX_CONNECTIONS,
    logger,
  }),
  logger,
);
const { valkeyUrl: url, databaseId, serverId: processId } = data;
// Where there is none, nothing of it is loaded.
const elsewhere =
  url === undefined
    ? null
    : (await import('../src/composition/shard-words.ts')).useWords({ url, databaseId, processId, logger });
const bans = followBans(new PostgresSecurity(database));
const shard = new Shard({
  index: data.index,
  shards: data.shards,
  commands: compileCommands(CHANNEL_COMMANDS, INBOX_COMMANDS),
  outsideCommands: compileCommands(OUTSIDE_COMMANDS, INBOX_COMMANDS),
  bounds: SHARD_BOUNDS,
  automod: data.automod,
  ports: {
    log,
    channels: new PostgresChannelRecords(database),
    inboxes: new PostgresInboxes(database),
    reads: new PostgresReadMarks(database),
    held: new PostgresHeld(database),
    reports: new PostgresReports(database),
    heads: new PostgresLogHeads(database, data.serverId),
    others: elsewhere?.words,
    timers,
    defer: pacedDefer(timers, setImmediate),
    endOfTick: setImmediate,
    newId: uuidv7,
    policy: data.policy,
    isBanned: (userId) => bans.isBanned(userId),
    recorder: traces?.recording(figures) ?? figures,
    traces,
    logger,
  },
});

const control: ShardControl = {
  async begin() {
    if (data.incarnation === 0) return;
    for (let fenced = await log.fence(); !fenced.ok; fenced = await log.fence()) {
      logger.warn({ reason: fenced.reason }, 'waiting for PostgreSQL before taking over');
      await new Promise<void>((resolve) => {
        timers.after(500, resolve);
      });
    }
  },
  connectGateway: (index, port) => {
    shard.connectGateway(index, portOf(port));
  },
  disconnectGateway: (index) => {
    shard.disconnectGateway(index);
  },
  connectShard: (index, port) => {
    shard.connectShard(index, meshPortOf(port));
  },
  presence: (channelId, limit) => shard.presence(channelId, limit),
  channelCreated: (channelId) => shard.channelCreated(channelId),
  request: (channelId, user, type, body, trace) => shard.request(channelId, user, type, body, trace),
  publish: (channelId, events) => shard.publish(channelId, events),
  inboxRequest: (user, type, body, trace) => shard.inboxRequest(user, type, body, trace),
  counts: () => shard.counts(),
  purge: (channelId, order) => shard.purge(channelId, order),
  forget: () => shard.forget(),
  floorsMoved: (floors) => shard.floorsMoved(floors),
  setAutomod: (rules) => {
    shard.setAutomod(rules);
  },
  tell: (userId, frame) => {
    shard.tell(userId, frame);
  },
  stats: (isScrape) =>
    figures.stats(shard.gauges(), {
      loopLag: isScrape ? lag.read() : lag.look(),
      ...{ memory: threadMemory(), load: load() },
    }),
  close: async () => {
    shard.close();
    lag.close();
    elsewhere?.close();
    bans.stop();
    tracer?.flush();
    await Promise.all([log.close(), database.close()]);
  },
};
expose(control, nodeEndpoint(parentPort));
