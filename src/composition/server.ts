/** The whole server: what exists, who is handed to whom, and in which order it comes up and goes down. */
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { SharedRateLimiter } from '../cache/shared-rate-limiter.ts';
import { SpecialLimits } from '../cache/special-limits.ts';
import { valkeyWords } from '../cache/valkey/valkey-words.ts';
import type { SecurityChanges } from '../auth/ports.ts';
import path from 'node:path';
import type { Config } from '../config.ts';
import type { Logger } from '../observability/logger.ts';
import { createMetrics } from '../observability/metrics.ts';
import { failure } from '../protocol/errors.ts';
import { fail, ok, type Result } from '../protocol/result.ts';
import { PostgresServerName } from '../storage/postgres-server-name.ts';
import { PostgresActivity } from '../storage/postgres-activity.ts';
import { PostgresLogHeads } from '../storage/postgres-log-heads.ts';
import { PostgresSessions } from '../storage/postgres-sessions.ts';
import { PostgresChannelRecords } from '../storage/postgres-channel-records.ts';
import { PostgresReports } from '../storage/postgres-reports.ts';
import { PostgresRetention } from '../storage/postgres-retention.ts';
import { PostgresRateLimitSettings } from '../storage/postgres-rate-limit-settings.ts';
import { PostgresErasures } from '../storage/postgres-erasures.ts';
import { SearchIndex } from '../storage/search-index.ts';
import { PostgresSanctions } from '../storage/postgres-sanctions.ts';
import { PostgresAutomod } from '../storage/postgres-automod.ts';
import { keepActivityFor } from './activity-retention.ts';
import { keepActivity } from './activity-tallies.ts';
import { sampleAnalytics } from './analytics.ts';
import { followAutomod } from './automod-feed.ts';
import { Closers } from './closers.ts';
import { type Deletions, followDeletions } from './deletions.ts';
import { endDeadSessions, mainWriter } from './dead-sessions.ts';
import { ErasureWork, revokeForGood } from './erasures.ts';
import { ExportFiles } from './exports.ts';
import { ensureAdministrator } from './first-administrator.ts';
import { buildHttp } from './http.ts';
import { buildIdentity } from './identity.ts';
import { createJobPool } from './job-pool.ts';
import { keepReportsFor } from './report-retention.ts';
import { followRetention } from './retention.ts';
import { followPurges } from './purges.ts';
import { followRateLimits } from './rate-limits.ts';
import { followServerName } from './server-name.ts';
import { keepSearchCurrent, openSearch } from './search.ts';
import { followSecurity } from './security-feed.ts';
import { runtimeTimers } from '../threads/runtime-timers.ts';
import { writeSigns } from '../threads/write-sign.ts';
import { channelPurge, SHARD_ENTRY, shardFloors, shardsForget, tellAutomod } from './shards.ts';
import type { SocketSide } from './socket-side.ts';
import { socketsHere } from './sockets-here.ts';
import { GATEWAY_ENTRY, socketsOnThreads } from './sockets-on-threads.ts';
import { startTracing } from './tracing.ts';
import { Traffic } from './traffic.ts';
import { buildWebhooks } from './webhooks.ts';
import { sessionsEverywhere } from './sessions-everywhere.ts';
import { openStores } from './stores.ts';
import { takePublished, useValkeyOnMain } from './valkey.ts';

/** Slots of the rate table: 1 MiB, and twice as many as users that are active at once. */
const RATE_SLOTS = 65_536;

/** A server that takes requests. */
export interface RunningServer {
  readonly url: string;
  /** Lets everything that was taken in come to its end, then closes. */
  stop(): Promise<void>;
}

/** What the threads run. */
interface ThreadEntries {
  readonly shardEntry: URL;
  readonly gatewayEntry: URL;
}

/**
 * Starts everything; fails with one line that says what to mend, when all that was open is closed again. `signal` ends
 * the wait for PostgreSQL; `shardEntry` and `gatewayEntry` are what the threads run.
 */
export async function startServer(
  config: Config,
  logger: Logger,
  signal: AbortSignal,
  shardEntry = SHARD_ENTRY,
  gatewayEntry = GATEWAY_ENTRY,
): Promise<Result<RunningServer>> {
  const closers = new Closers();
  let started: Result<RunningServer> | null = null;
  try {
    started = await startParts(config, logger, signal, { shardEntry, gatewayEntry }, closers);
    return started;
  } finally {
    if (started?.ok !== true) {
      await closers.closeAll().catch((error: unknown) => {
        // Why it didn't start matters more.
        logger.warn({ err: error }, 'a start that failed could not be undone');
      });
    }
  }
}

async function startParts(
  config: Config,
  logger: Logger,
  signal: AbortSignal,
  { shardEntry, gatewayEntry }: ThreadEntries,
  closers: Closers,
): Promise<Result<RunningServer>> {
  const processId = randomUUID();
  const opened = await openStores(config, logger, processId, signal, closers);
  if (!opened.ok) return opened;
  const stores = opened.value;
  const built = await buildIdentity(config, stores, logger);
  if (!built.ok) return built;
  const identity = built.value;
  closers.add(() => identity.stop());
  const administrator = await ensureAdministrator(config, {
    ...{ store: identity.accountStore, hasher: identity.hasher, logger },
    print: (text) => process.stdout.write(text),
    now: () => Date.now(),
    newId: () => randomUUID(),
    random: (bytes) => randomBytes(bytes),
  });
  if (!administrator.ok) return administrator;
  const metrics = createMetrics();
  const tracing = await startTracing(config, { processId, metrics, logger });
  // Behind everything that records.
  closers.add(() => tracing?.close());
  const jobs = createJobPool(tracing);
  closers.add(() => jobs.close());
  const exports = new ExportFiles({
    ...{
      directory: path.join(config.dataDir, 'exports', String(config.port)),
      databaseUrl: stores.databaseUrl,
      jobs,
      logger,
    },
    now: () => Date.now(),
    newId: () => randomUUID(),
  });
  closers.add(() => exports.close());

  const rates = SharedRateLimiter.create(RATE_SLOTS, randomInt(2 ** 32));
  const place = { url: config.valkeyUrl, serverId: stores.instance.id, thread: `${processId}/main` };
  const valkey = useValkeyOnMain({ ...place, rates, logger }, metrics);
  closers.add(() => valkey?.close());
  const limiter = valkey?.limiter ?? rates;

  // What follows the database goes on while sockets close, so it is there before them: until then nobody has a session.
  let sessions: Pick<SocketSide, 'changed'> | null = null;
  let deletions: Deletions | null = null;
  const changes = {
    changed: ({ sanctions }: Pick<SecurityChanges, 'sanctions'>) => {
      sessions?.changed();
      valkey?.hints.tell();
      if (sanctions.some(({ deletes }) => deletes)) deletions?.wake();
    },
    keysChanged: async () => {
      // What fails now is made up for by the first token of a key that isn't known.
      await identity.keys.reload();
    },
  };
  const feed = await followSecurity(identity.security, identity.standings, changes, signal);
  if (feed === null) return fail(failure('unavailable', 'The start was ended.'));
  closers.add(() => {
    feed.stop();
  });
  const automodStore = new PostgresAutomod(stores.database);
  const automod = await followAutomod(automodStore, signal);
  if (automod === null) return fail(failure('unavailable', 'The start was ended.'));
  closers.add(() => {
    automod.stop();
  });
  const activityRetention = keepActivityFor(
    config.activityRetentionMs,
    new PostgresActivity(stores.database),
    logger,
  );
  closers.add(() => activityRetention.stop());
  const reportRetention = keepReportsFor(
    config.reportRetentionMs,
    new PostgresReports(stores.database),
    logger,
  );
  closers.add(() => {
    reportRetention.stop();
  });
  const purges = followPurges(new PostgresChannelRecords(stores.database), logger);
  closers.add(() => purges.stop());
  const settings = new PostgresRateLimitSettings(stores.database);
  const special = new SpecialLimits();
  const limits = await followRateLimits(settings, { special, limiter }, config.rateLimit);
  closers.add(() => {
    limits.stop();
  });
  const names = new PostgresServerName(stores.database);
  const serverName = await followServerName(names, stores.instance.id, config.serverName);
  closers.add(() => {
    serverName.stop();
  });

  const searching = openSearch(stores.databaseUrl, logger);
  closers.add(() => searching.close());
  const sessionStore = new PostgresSessions(stores.database);
  const sessionWriter = mainWriter(processId, config);
  const around = {
    ...{
      config,
      processId,
      shardEntry,
      metrics,
      logger,
      stores,
      limiter,
      rates: rates.buffer,
      special,
      identity,
    },
    ...{ feed, automod, search: searching.search, tracing },
    writeSigns: writeSigns(config.shards),
    server: serverName.server,
    databaseUrl: stores.databaseUrl,
    ...{ sessionStore, sessionWriter },
  };
  const sockets = config.gateways === 0 ? socketsHere(around) : await socketsOnThreads(around, gatewayEntry);
  sessions = sockets;
  const traffic = new Traffic(
    () => sockets.requests(),
    () => performance.now(),
  );
  const upkeep = keepSearchCurrent(new SearchIndex(stores.database), processId, traffic, logger);
  closers.add(() => upkeep.stop());
  const activity = keepActivity(stores.database, traffic, logger);
  closers.add(() => activity.stop());
  automod.tell(tellAutomod(sockets.supervisor, config.shards));
  closers.add(() => sockets.supervisor.stop());
  const retention = followRetention({
    store: new PostgresRetention(stores.database),
    defaults: config.retention,
    tell: shardFloors(sockets.supervisor, config.shards),
    removed: (rows) => {
      metrics.retentionRows.inc(rows);
    },
    ...{ logger, now: () => Date.now() },
  });
  closers.add(() => retention.stop());
  const erasures = new ErasureWork({
    store: new PostgresErasures(stores.database),
    revoke: async (userId) => revokeForGood(identity.security, feed, userId),
    purge: channelPurge(sockets.supervisor, config.shards),
    forget: shardsForget(sockets.supervisor, config.shards),
    ...{ exports, logger, timers: runtimeTimers(), newId: () => randomUUID() },
  });
  closers.add(() => erasures.stop());
  const liveSessions = sessionsEverywhere({
    here: sockets.sessionsHere,
    self: processId,
    others: () => new PostgresLogHeads(stores.database, processId).others(),
    transport: valkey === null ? null : valkeyWords(valkey.link, `hubbub:${stores.instance.id}:sessions`),
    newId: () => randomUUID(),
  });
  closers.add(() => {
    liveSessions.close();
  });
  const webhooks = buildWebhooks(stores.database, config, metrics, logger);
  let draining = false;
  const http = buildHttp({
    ...around,
    activity: activity.report,
    ...{ sockets, liveSessions },
    automodStore,
    limits,
    limitSettings: settings,
    serverName,
    ...{ jobs, exports, erasures },
    webhooks: webhooks.admin,
    draining: () => draining,
  });
  closers.add(() => http.close());
  const analytics = sampleAnalytics(sockets, config.shards);
  closers.add(() => {
    analytics.stop();
  });
  // Added last: clients' sockets end before HTTP, which waits for them, and before the shards that answer them.
  closers.add(() => sockets.close());
  const listening = await sockets.listen(http);
  if (!listening.ok) return listening;
  if (valkey !== null) {
    const { supervisor } = sockets;
    valkey.hints.listen(async () => {
      await Promise.all([feed.catchUp(), sockets.caughtUp()]);
    });
    const published = takePublished({ ...valkey, shards: config.shards, supervisor, logger });
    closers.add(() => {
      published.close();
    });
  }
  // Now that it listens here: whoever did before is gone.
  await exports.load();
  const deadSessions = endDeadSessions(sessionStore, sessionWriter, logger);
  closers.add(() => {
    deadSessions.stop();
  });
  const following = followDeletions({
    store: new PostgresSanctions(stores.database),
    purge: channelPurge(sockets.supervisor, config.shards),
    ...{ logger, timers: runtimeTimers() },
  });
  deletions = following;
  closers.add(() => {
    following.stop();
  });
  webhooks.courier.start();
  closers.add(() => webhooks.courier.stop());
  const stop = async (): Promise<void> => {
    draining = true;
    await sockets.drain();
    await closers.closeAll();
  };
  return ok({ url: listening.value, stop });
}
