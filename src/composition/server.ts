/** The whole server: what exists, who is handed to whom, and in which order it comes up and goes down. */
import type { AddressInfo } from 'node:net';
import type { IncomingMessage } from 'node:http';
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { buildHttpServer } from '../admin/http-server.ts';
import { AccessChanges } from '../auth/access-changes.ts';
import { AccountProfiles } from '../auth/account-profiles.ts';
import { addressSet } from '../auth/address-range.ts';
import { clientAddress } from '../auth/client-address.ts';
import { originAllowed } from '../auth/origin.ts';
import { type ReachedAt, reachedAt } from '../auth/reached-at.ts';
import { AddressLimiter } from '../cache/address-limiter.ts';
import { SharedRateLimiter } from '../cache/shared-rate-limiter.ts';
import { CHANNEL_COMMANDS } from '../channel/registry.ts';
import type { Config } from '../config.ts';
import { Gateway } from '../gateway/gateway.ts';
import { GATEWAY_COMMANDS } from '../gateway/registry.ts';
import { buildRequestTable } from '../gateway/request-table.ts';
import { Upgrades } from '../gateway/upgrade.ts';
import type { Logger } from '../observability/logger.ts';
import { createMetrics } from '../observability/metrics.ts';
import { failure } from '../protocol/errors.ts';
import { fail, ok, type Result } from '../protocol/result.ts';
import { findPerson } from '../storage/find-person.ts';
import { PostgresDirectory } from '../storage/postgres-directory.ts';
import { PostgresRateLimitSettings } from '../storage/postgres-rate-limit-settings.ts';
import { pacedDefer } from '../threads/paced-defer.ts';
import { runtimeTimers } from '../threads/runtime-timers.ts';
import { ensureAdministrator } from './first-administrator.ts';
import { buildIdentity } from './identity.ts';
import { createJobPool } from './job-pool.ts';
import { followRateLimits } from './rate-limits.ts';
import { followSecurity } from './security-feed.ts';
import { buildSupervisor, httpShardControl, SHARD_ENTRY } from './shards.ts';
import { openStores } from './stores.ts';

const PAGE = fileURLToPath(new URL('../../web/dist', import.meta.url));
const SWAGGER_UI = fileURLToPath(new URL('static', import.meta.resolve('@fastify/swagger-ui/package.json')));
const CLIENT = fileURLToPath(new URL('../../dist/client', import.meta.url));
/** Slots of the rate table: 1 MiB, and twice as many as users that are active at once. */
const RATE_SLOTS = 65_536;
/** What was taken in is answered within this time, or its outcome stays unknown, ms: longer than a send may wait. */
const DRAIN_PATIENCE_MS = 8_000;
/** Clients that are told to come back do so spread over this time, ms. */
const DRAIN_SPREAD_MS = 5_000;
/** Time in which sockets may answer the closing handshake, ms. */
const CLOSING_MS = 1_000;

/** A server that takes requests. */
export interface RunningServer {
  readonly url: string;
  /** Lets everything that was taken in come to its end, then closes. */
  stop(): Promise<void>;
}

/**
 * Starts everything; fails with one line that says what to mend. `signal` ends the wait for PostgreSQL; `shardEntry` is
 * what the shards' threads run.
 */
export async function startServer(
  config: Config,
  logger: Logger,
  signal: AbortSignal,
  shardEntry = SHARD_ENTRY,
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

  const timers = runtimeTimers();
  const metrics = createMetrics();
  const limiter = SharedRateLimiter.create(RATE_SLOTS, randomInt(2 ** 32));
  const limits = await followRateLimits(
    new PostgresRateLimitSettings(stores.database),
    limiter,
    config.rateLimit,
  );
  const addresses = new AddressLimiter(config.maxConnectionsPerAddress);
  const directory = new PostgresDirectory(stores.database);
  const server = { id: stores.instance.id, name: config.serverName };
  const gateway = new Gateway({
    index: 0,
    shards: config.shards,
    table: buildRequestTable(CHANNEL_COMMANDS, GATEWAY_COMMANDS),
    server,
    authenticator,
    directory,
    limiter,
    addresses,
    framesPerSecond: config.maxFramesPerSecond,
    timers,
    defer: pacedDefer(timers, setImmediate),
    recorder: {
      frame: (type) => {
        metrics.messagesIn.add(type);
      },
      sent: (kind, frames) => {
        metrics.messagesOut.add(kind, frames);
      },
      closed: (code) => {
        metrics.closes.add(String(code));
      },
    },
    logger,
  });
  metrics.observeGateway(() => gateway);
  const changes = {
    changed: () => {
      gateway.reconsiderSessions();
    },
    keysChanged: async () => {
      // What fails now is made up for by the first token of a key that isn't known.
      await keys.reload();
    },
  };
  const feed = await followSecurity(security, standings, changes, signal);
  if (feed === null) {
    limits.stop();
    gateway.close();
    await identity.value.stop();
    await stores.close();
    return fail(failure('unavailable', 'The start was ended.'));
  }
  const profiles = new AccountProfiles({
    store: accountStore,
    applied: () => feed.catchUp(),
    now: () => Date.now(),
  });
  const accessChanges = new AccessChanges({
    security,
    accounts: accountStore,
    findPerson: (nameOrId) => findPerson(stores.database, nameOrId),
    applied: () => feed.catchUp(),
    now: () => Date.now(),
  });
  const { databaseUrl } = stores;
  const around = { config, databaseUrl, processId, shardEntry, gateway, metrics, logger };
  const supervisor = buildSupervisor(around);
  const jobs = createJobPool();

  let draining = false;
  const trusted = addressSet(config.trustProxy);
  const addressOf = (request: IncomingMessage): string =>
    clientAddress(request.socket.remoteAddress, request.headers['x-forwarded-for'], trusted);
  const reached = (request: IncomingMessage): ReachedAt =>
    reachedAt(request.socket.remoteAddress, request.headers, trusted);
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
    issuerLogins: identity.value.issuers.logins,
    readiness: {
      warnings: () => identity.value.issuers.warnings(),
      reasons: () => [
        ...(draining ? ['The server is going down.'] : []),
        ...supervisor.down.map((shard) => `Shard ${shard} is being replaced.`),
        ...limits.reasons(),
      ],
    },
    rateLimiter: limiter,
    metrics,
    logger,
    now: () => Date.now(),
    newId: () => randomUUID(),
    clientAddress: (request) => addressOf(request.raw),
    reachedAt: (request) => reached(request.raw),
    originAllowed: (origin, host) => originAllowed(origin, host, config.allowedOrigins),
    docs: { directory: SWAGGER_UI },
    client: { directory: CLIENT },
    page: { directory: PAGE, compress: (bytes) => jobs.compress(bytes) },
  });
  const upgrades = new Upgrades({
    gateway,
    addresses,
    originAllowed: (request) =>
      originAllowed(request.headers.origin, reached(request).host, config.allowedOrigins),
    clientAddress: addressOf,
    draining: () => draining,
  });
  http.server.on('upgrade', (request, socket, head) => {
    void upgrades.handle(request, socket, head);
  });

  const close = async (): Promise<void> => {
    gateway.close();
    await http.close();
    await supervisor.stop();
    limits.stop();
    feed.stop();
    await jobs.close();
    await identity.value.stop();
    await stores.close();
  };
  const listening = await listen(http, supervisor, config);
  if (!listening.ok) {
    await close();
    return listening;
  }
  const stop = async (): Promise<void> => {
    draining = true;
    await gateway.drain(DRAIN_PATIENCE_MS);
    gateway.sendAway(DRAIN_SPREAD_MS, Math.random);
    await emptied(gateway);
    await close();
  };
  return ok({ url: listening.value, stop });
}

async function listen(
  http: ReturnType<typeof buildHttpServer>,
  supervisor: { start(): Promise<void> },
  { port, host }: Config,
): Promise<Result<string>> {
  await supervisor.start();
  try {
    await http.listen({ port, host });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EADDRINUSE') {
      return fail(failure('conflict', `Port ${port} on ${host} is in use: stop what uses it, or set PORT.`));
    }
    if (code === 'EACCES' || code === 'EADDRNOTAVAIL') {
      return fail(failure('forbidden', `Can't listen on ${host}:${port} (${code}): set HOST or PORT.`));
    }
    throw error;
  }
  const address = http.server.address() as AddressInfo;
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return ok(`http://${name}:${address.port}`);
}

/** Resolves when every socket is closed, or the time for it is over. */
async function emptied(gateway: Gateway): Promise<void> {
  const until = performance.now() + CLOSING_MS;
  while (gateway.connections > 0 && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
