/** The whole server: what exists, who is handed to whom, and in which order it comes up and goes down. */
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { buildHttpServer } from '../admin/http-server.ts';
import { AccessChanges } from '../auth/access-changes.ts';
import { AccountProfiles } from '../auth/account-profiles.ts';
import { originAllowed } from '../auth/origin.ts';
import { SharedRateLimiter } from '../cache/shared-rate-limiter.ts';
import type { Config } from '../config.ts';
import type { Logger } from '../observability/logger.ts';
import { createMetrics } from '../observability/metrics.ts';
import { failure } from '../protocol/errors.ts';
import { fail, ok, type Result } from '../protocol/result.ts';
import { findPerson } from '../storage/find-person.ts';
import { PostgresDirectory } from '../storage/postgres-directory.ts';
import { PostgresRateLimitSettings } from '../storage/postgres-rate-limit-settings.ts';
import { ensureAdministrator } from './first-administrator.ts';
import { buildIdentity } from './identity.ts';
import { createJobPool } from './job-pool.ts';
import { followRateLimits } from './rate-limits.ts';
import { followSecurity } from './security-feed.ts';
import { httpShardControl, SHARD_ENTRY } from './shards.ts';
import { requestOrigins } from './request-origins.ts';
import { socketsHere } from './sockets-here.ts';
import { GATEWAY_ENTRY, socketsOnThreads } from './sockets-on-threads.ts';
import { openStores } from './stores.ts';

const PAGE = fileURLToPath(new URL('../../web/dist', import.meta.url));
const SWAGGER_UI = fileURLToPath(new URL('static', import.meta.resolve('@fastify/swagger-ui/package.json')));
const CLIENT = fileURLToPath(new URL('../../dist/client', import.meta.url));
/** Slots of the rate table: 1 MiB, and twice as many as users that are active at once. */
const RATE_SLOTS = 65_536;
/** A server that takes requests. */
export interface RunningServer {
  readonly url: string;
  /** Lets everything that was taken in come to its end, then closes. */
  stop(): Promise<void>;
}

/**
 * Starts everything; fails with one line that says what to mend. `signal` ends the wait for PostgreSQL; `shardEntry` and
 * `gatewayEntry` are what the threads run.
 */
export async function startServer(
  config: Config,
  logger: Logger,
  signal: AbortSignal,
  shardEntry = SHARD_ENTRY,
  gatewayEntry = GATEWAY_ENTRY,
): Promise<Result<RunningServer>> {
  const processId = randomUUID();
  const opened = await openStores(config, logger, processId, signal);
  if (!opened.ok) return opened;
  const stores = opened.value;
  const identity = await buildIdentity(config, stores, logger);
  if (!identity.ok) {
    await stores.close();
    return identity;
  }
  const { authenticator, standings, security, accountStore, hasher, accounts, refreshTokens, keys } =
    identity.value;
  const administrator = await ensureAdministrator(config, {
    ...{ store: accountStore, hasher, logger },
    print: (text) => process.stdout.write(text),
    now: () => Date.now(),
    newId: () => randomUUID(),
    random: (bytes) => randomBytes(bytes),
  });
  if (!administrator.ok) {
    await identity.value.stop();
    await stores.close();
    return administrator;
  }

  const metrics = createMetrics();
  const limiter = SharedRateLimiter.create(RATE_SLOTS, randomInt(2 ** 32));
  const limits = await followRateLimits(
    new PostgresRateLimitSettings(stores.database),
    limiter,
    config.rateLimit,
  );
  const directory = new PostgresDirectory(stores.database);
  const server = { id: stores.instance.id, name: config.serverName };
  const around = {
    ...{ config, processId, shardEntry, metrics, logger, stores, server, limiter },
    databaseUrl: stores.databaseUrl,
    identity: identity.value,
  };
  const sockets = config.gateways === 0 ? socketsHere(around) : await socketsOnThreads(around, gatewayEntry);
  const { supervisor } = sockets;
  const changes = {
    changed: () => {
      sockets.changed();
    },
    keysChanged: async () => {
      // What fails now is made up for by the first token of a key that isn't known.
      await keys.reload();
    },
  };
  const feed = await followSecurity(security, standings, changes, signal);
  if (feed === null) {
    limits.stop();
    await sockets.close();
    await identity.value.stop();
    await stores.close();
    return fail(failure('unavailable', 'The start was ended.'));
  }
  const applied = async (): Promise<void> => {
    await Promise.all([feed.catchUp(), sockets.caughtUp()]);
  };
  const profiles = new AccountProfiles({
    store: accountStore,
    applied,
    now: () => Date.now(),
  });
  const accessChanges = new AccessChanges({
    security,
    accounts: accountStore,
    findPerson: (nameOrId) => findPerson(stores.database, nameOrId),
    applied,
    now: () => Date.now(),
  });
  const jobs = createJobPool();

  let draining = false;
  const origins = requestOrigins(config, sockets.peer);
  const http = buildHttpServer({
    server,
    ...(config.publicUrl === undefined ? {} : { publicUrl: config.publicUrl }),
    policy: { guests: config.guests, channelCreation: config.channelCreation },
    authenticator,
    accounts,
    refreshTokens,
    profiles,
    accessChanges,
    keys,
    directory,
    history: {
      read: async (channelId, range) => {
        const page = await stores.log.read(`channel:${channelId}`, range);
        return page.ok ? ok(page.value) : fail(failure('unavailable', page.reason, 1_000));
      },
    },
    shards: httpShardControl(supervisor, config.shards),
    gateways: () => sockets.reports(),
    issuerLogins: identity.value.issuers.logins,
    readiness: {
      warnings: () => identity.value.issuers.warnings(),
      reasons: () => [
        ...(draining ? ['The server is going down.'] : []),
        ...supervisor.down.map((shard) => `Shard ${shard} is being replaced.`),
        ...sockets.reasons(),
        ...limits.reasons(),
      ],
    },
    rateLimiter: limiter,
    metrics,
    logger,
    now: () => Date.now(),
    newId: () => randomUUID(),
    clientAddress: (request) => origins.clientAddress(request.raw),
    reachedAt: (request) => origins.reachedAt(request.raw),
    originAllowed: (origin, host) => originAllowed(origin, host, config.allowedOrigins),
    ...(sockets.timeouts === undefined ? {} : { timeouts: sockets.timeouts }),
    docs: { directory: SWAGGER_UI },
    client: { directory: CLIENT },
    page: { directory: PAGE, compress: (bytes) => jobs.compress(bytes) },
  });

  const close = async (): Promise<void> => {
    await sockets.close();
    await http.close();
    await supervisor.stop();
    limits.stop();
    feed.stop();
    await jobs.close();
    await identity.value.stop();
    await stores.close();
  };
  const listening = await sockets.listen(http);
  if (!listening.ok) {
    await close();
    return listening;
  }
  const stop = async (): Promise<void> => {
    draining = true;
    await sockets.drain();
    await close();
  };
  return ok({ url: listening.value, stop });
}
