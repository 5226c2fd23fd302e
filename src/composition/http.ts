/** The HTTP side of the server, built of everything else. */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { App } from '../admin/app.ts';
import { buildHttpServer } from '../admin/http-server.ts';
import type { ActivityReport } from '../admin/activity/activity-report.ts';
import { AutomodAdmin } from '../admin/automod-admin.ts';
import type { WebhookAdmin } from '../admin/webhooks/webhook-admin.ts';
import { RateLimitsAdmin } from '../admin/rate-limits-admin.ts';
import { ServerNameAdmin } from '../admin/server-name-admin.ts';
import type { AutomodStore } from '../admin/ports/automod-store.ts';
import type { RateLimitSettings } from '../cache/ports.ts';
import { AccessChanges } from '../auth/access-changes.ts';
import { AccountProfiles } from '../auth/account-profiles.ts';
import { originAllowed } from '../auth/origin.ts';
import { failure } from '../protocol/errors.ts';
import { fail, ok } from '../protocol/result.ts';
import { findPerson } from '../storage/find-person.ts';
import { PostgresAuditLog } from '../storage/postgres-audit-log.ts';
import { PostgresDirectory } from '../storage/postgres-directory.ts';
import { PostgresInboxes } from '../storage/postgres-inboxes.ts';
import { PostgresMessagePlaces } from '../storage/postgres-message-places.ts';
import { PostgresReports } from '../storage/postgres-reports.ts';
import { PostgresServerName } from '../storage/postgres-server-name.ts';
import { PostgresUserDirectory } from '../storage/postgres-user-directory.ts';
import { PostgresUserNotes } from '../storage/postgres-user-notes.ts';
import { processClock } from '../threads/process-clock.ts';
import { failedLately } from '../threads/write-sign.ts';
import { describeDecisionHook } from './decision-hooks.ts';
import { dryRuns } from './dry-runs.ts';
import type { AutomodFeed } from './automod-feed.ts';
import { chatPolicy } from './chat-policy.ts';
import type { Erasures } from '../admin/ports/erasures.ts';
import type { Exports } from '../admin/ports/exports.ts';
import type { JobPool } from './job-pool.ts';
import type { FollowedLimits } from './rate-limits.ts';
import { buildReportQueue } from './report-queue.ts';
import { requestOrigins } from './request-origins.ts';
import { buildSanctions } from './sanctions.ts';
import { buildServerApi } from './server-api.ts';
import type { FollowedName } from './server-name.ts';
import { httpShardControl } from './shards.ts';
import type { LiveSessions } from '../admin/ports/live-sessions.ts';
import type { SocketSide, SocketSurroundings } from './socket-side.ts';
import { whisperReader } from './whisper-reader.ts';

const PAGE = fileURLToPath(new URL('../../web/dist', import.meta.url));
const SWAGGER_UI = fileURLToPath(new URL('static', import.meta.resolve('@fastify/swagger-ui/package.json')));
const CLIENT = fileURLToPath(new URL('../../dist/client', import.meta.url));

/** What it is built of. */
export interface HttpSurroundings extends Omit<
  SocketSurroundings,
  'databaseUrl' | 'processId' | 'shardEntry'
> {
  readonly sockets: SocketSide;
  readonly liveSessions: LiveSessions;
  readonly activity: ActivityReport;
  readonly automod: AutomodFeed;
  readonly automodStore: AutomodStore;
  readonly limits: FollowedLimits;
  readonly webhooks: WebhookAdmin;
  readonly limitSettings: RateLimitSettings;
  readonly serverName: FollowedName;
  readonly jobs: JobPool;
  readonly exports: Exports;
  readonly erasures: Erasures;
  /** Whether the server is on its way down. */
  readonly draining: () => boolean;
}

/** Nothing listens yet. */
export function buildHttp(around: HttpSurroundings): App {
  const { config, server, identity, stores, limiter, metrics, logger, sockets, feed, limits, jobs } = around;
  const { authenticator, accounts, accountStore, refreshTokens, security, keys, issuers } = identity;
  const { supervisor } = sockets;
  const now = (): number => Date.now();
  const mono = processClock;
  const applied = async (): Promise<void> => {
    await Promise.all([feed.catchUp(), sockets.caughtUp()]);
  };
  const find = (nameOrId: string) => findPerson(stores.database, nameOrId);
  const { tracing } = around;
  const shards = httpShardControl(supervisor, config.shards, tracing);
  const origins = requestOrigins(config, sockets.peer);
  return buildHttpServer({
    server,
    ...(config.publicUrl === undefined ? {} : { publicUrl: config.publicUrl }),
    policy: chatPolicy(config),
    ...{ authenticator, accounts, refreshTokens, keys },
    profiles: new AccountProfiles({ store: accountStore, applied, now, mono }),
    accessChanges: new AccessChanges({
      ...{ security, accounts: accountStore, applied, now },
      findPerson: find,
    }),
    activity: around.activity,
    ...buildServerApi(around, { find, applied, shards }),
    audit: new PostgresAuditLog(stores.database),
    ...{ exports: around.exports, erasures: around.erasures },
    webhooks: around.webhooks,
    decisionHook: describeDecisionHook(config),
    sanctions: buildSanctions(stores.database, applied),
    automod: new AutomodAdmin({
      ...{ store: around.automodStore, now, newId: () => randomUUID() },
      applied: () => around.automod.catchUp(),
      runDry: dryRuns(jobs, stores.databaseUrl, logger),
    }),
    reports: new PostgresReports(stores.database),
    reportQueue: buildReportQueue(stores.database, config),
    notes: new PostgresUserNotes(stores.database),
    findPerson: find,
    directory: new PostgresDirectory(stores.database),
    history: {
      read: async (channelId, range) => {
        const page = await stores.log.read(`channel:${channelId}`, range);
        return page.ok ? ok(page.value) : fail(failure('unavailable', page.reason, 1_000));
      },
    },
    search: around.search,
    messagePlaces: new PostgresMessagePlaces(stores.database),
    userDirectory: new PostgresUserDirectory(stores.database),
    whispers: whisperReader(stores.log, new PostgresInboxes(stores.database)),
    shards,
    gateways: () => sockets.reports(true),
    liveSessions: around.liveSessions,
    issuerLogins: issuers.logins,
    readiness: {
      warnings: () => issuers.warnings(),
      reasons: () => [
        ...(around.draining() ? ['The server is going down.'] : []),
        ...supervisor.down.map((shard) => `Shard ${shard} is being replaced.`),
        ...sockets.reasons(),
        ...supervisor.crashLoops.flatMap(({ thread, looping }) =>
          looping ? [`Thread ${thread} keeps ending soon after it started; the log says why.`] : [],
        ),
        ...limits.reasons(),
        ...(failedLately(around.writeSigns) ? ['The database takes no messages.'] : []),
      ],
    },
    rateLimiter: limiter,
    rateLimits: new RateLimitsAdmin({
      ...{ store: around.limitSettings, initial: config.rateLimit, now },
      applied: async () => {
        await Promise.all([limits.catchUp(), sockets.caughtUp()]);
      },
    }),
    serverNames: new ServerNameAdmin({
      ...{ store: new PostgresServerName(stores.database), initial: config.serverName, now },
      applied: async () => {
        await Promise.all([around.serverName.catchUp(), sockets.caughtUp()]);
      },
    }),
    ...{ metrics, logger, now, mono },
    tracing:
      tracing === null
        ? null
        : { tracer: tracing.tracer, within: (span, work) => tracing.within(span, work) },
    newId: () => randomUUID(),
    clientAddress: (request) => origins.clientAddress(request.raw),
    reachedAt: (request) => origins.reachedAt(request.raw),
    originAllowed: (origin, host) => originAllowed(origin, host, config.allowedOrigins),
    ...(sockets.timeouts === undefined ? {} : { timeouts: sockets.timeouts }),
    docs: { directory: SWAGGER_UI },
    client: { directory: CLIENT },
    page: { directory: PAGE },
  });
}
