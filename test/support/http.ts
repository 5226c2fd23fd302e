/** The HTTP side over in-memory stores. */
import { randomBytes, randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import type { App } from '../../src/admin/app.ts';
import { buildHttpServer } from '../../src/admin/http-server.ts';
import type { HttpDeps } from '../../src/admin/http-server.ts';
import { RateLimitsAdmin } from '../../src/admin/rate-limits-admin.ts';
import { ActivityReport } from '../../src/admin/activity/activity-report.ts';
import { AutomodAdmin } from '../../src/admin/automod-admin.ts';
import type { HistoryEvent, HistoryReader } from '../../src/admin/ports/history-reader.ts';
import type { ShardControl } from '../../src/admin/ports/shard-control.ts';
import { AccessChanges, type Person } from '../../src/auth/access-changes.ts';
import { AccountProfiles } from '../../src/auth/account-profiles.ts';
import { WebhookAdmin } from '../../src/admin/webhooks/webhook-admin.ts';
import { ServerApi } from '../../src/admin/server-api.ts';
import { ProgramUsers } from '../../src/auth/program-users.ts';
import { ApiKeys } from '../../src/auth/api-keys.ts';
import { Accounts } from '../../src/auth/accounts.ts';
import { IssuerLogins } from '../../src/auth/oidc/issuer-logins.ts';
import { originAllowed } from '../../src/auth/origin.ts';
import { ReportQueue } from '../../src/auth/report-queue.ts';
import { Sanctions } from '../../src/auth/sanctions.ts';
import { PasswordHasher } from '../../src/auth/password-hasher.ts';
import { RefreshTokens } from '../../src/auth/refresh-tokens.ts';
import { ExportFiles } from '../../src/composition/exports.ts';
import { whisperReader } from '../../src/composition/whisper-reader.ts';
import { createMetrics } from '../../src/observability/metrics.ts';
import type { ChannelSummary, Role, UserRef } from '../../src/protocol/entities.ts';
import type { ChatPolicy } from '../../src/protocol/permissions.ts';
import { failure } from '../../src/protocol/errors.ts';
import { fail, ok, type Result } from '../../src/protocol/result.ts';
import type { ChannelLog } from '../../src/shard/ports/channel-log.ts';
import { MemoryLog } from '../../src/storage/memory-log.ts';
import { MemoryLogStore } from '../../src/storage/memory-log-store.ts';
import { MemoryReports } from '../../src/storage/memory/memory-reports.ts';
import { MemoryUserNotes } from '../../src/storage/memory/memory-user-notes.ts';
import { MemoryAuditLog } from '../../src/storage/memory/memory-audit-log.ts';
import { MemoryAccounts } from '../../src/storage/memory/memory-accounts.ts';
import { MemoryActivity } from '../../src/storage/memory/memory-activity.ts';
import { MemoryIdempotentAnswers } from '../../src/storage/memory/memory-idempotent-answers.ts';
import { MemoryWebhooks } from '../../src/storage/memory/memory-webhooks.ts';
import { MemoryApiKeys } from '../../src/storage/memory/memory-api-keys.ts';
import { MemorySessions } from '../../src/storage/memory/memory-sessions.ts';
import { MemoryAutomod } from '../../src/storage/memory/memory-automod.ts';
import { MemoryRateLimitSettings } from '../../src/storage/memory/memory-rate-limit-settings.ts';
import { MemoryServerName } from '../../src/storage/memory/memory-server-name.ts';
import { ServerNameAdmin } from '../../src/admin/server-name-admin.ts';
import { MemoryDirectory } from '../../src/storage/memory/memory-directory.ts';
import { MemoryInboxes } from '../../src/storage/memory/memory-inboxes.ts';
import { MemorySearch } from '../../src/storage/memory/memory-search.ts';
import { MemoryUserDirectory } from '../../src/storage/memory/memory-user-directory.ts';
import { MemoryUsers } from '../../src/storage/memory/memory-users.ts';
import { MemoryNames } from '../../src/storage/memory/memory-names.ts';
import { MemorySecurity } from '../../src/storage/memory/memory-security.ts';
import { MemoryRefreshTokens } from '../../src/storage/memory/memory-refresh-tokens.ts';
import { uuidv7 } from '../../src/threads/uuidv7.ts';
import { testIdentity } from './identity.ts';
import type { TestIdentity } from './identity.ts';
import { OPEN_POLICY } from './open-policy.ts';

const SWAGGER_UI = fileURLToPath(new URL('static', import.meta.resolve('@fastify/swagger-ui/package.json')));

export interface TestHttp extends TestIdentity {
  readonly app: App;
  readonly accountStore: MemoryAccounts;
  readonly audit: MemoryAuditLog;
  /** Takes in what changed of who may do what, as the server's feed does a moment later. */
  readonly applied: () => Promise<void>;
  readonly directory: MemoryDirectory;
  /** What the shards were told. */
  readonly told: ChannelSummary[];
  /** What they were asked to do to channels. */
  readonly asked: { channelId: string; user: string; type: string; data: object }[];
  /** Ids of channels, by the user who is a member. */
  readonly memberOf: Map<string, readonly string[]>;
  /** Who is present, by channel. */
  readonly present: Map<string, UserRef[]>;
  /** Events of every channel, oldest first, `seq` from 1. */
  readonly log: Map<string, HistoryEvent[]>;
  /** Where whispers stand, and who can be found by name. */
  readonly inboxLog: ChannelLog;
  readonly inboxes: MemoryInboxes;
  readonly reasons: string[];
  readonly sessions: MemorySessions;
  /** An `Authorization` header of a user with these roles. */
  readonly bearer: (name: string, ...roles: Role[]) => Promise<{ authorization: string }>;
  readonly guest: (name: string) => Promise<{ authorization: string }>;
}

export interface TestHttpOptions extends Partial<HttpDeps> {
  readonly registration?: 'open' | 'off';
}

/** What a problem document says beside the id of its request, which no two have in common. */
export function problemText({ body }: { readonly body: string }): string {
  const { request_id: requestId, ...rest } = JSON.parse(body) as Record<string, unknown>;
  if (typeof requestId !== 'string') throw new Error(`no request id: ${body}`);
  return JSON.stringify(rest);
}

/** Builds the application; the test closes `app`. */
export async function testHttp(options: TestHttpOptions = {}): Promise<TestHttp> {
  const policy: ChatPolicy = options.policy ?? OPEN_POLICY;
  const names = new MemoryNames();
  const identity = await testIdentity({ guests: policy.guests, names });
  const { authenticator, issuer, keys, clock } = identity;
  const audit = new MemoryAuditLog();
  const directory = new MemoryDirectory(audit);
  const now = () => clock.now;
  const security: MemorySecurity = new MemorySecurity(
    (accountId) => refreshTokenStore.endAll(accountId),
    audit,
  );
  const accountStore = new MemoryAccounts(names, security);
  const refreshTokenStore = new MemoryRefreshTokens(accountStore, security);
  const refreshTokens = new RefreshTokens({
    store: refreshTokenStore,
    issuer,
    now,
    mono: now,
    random: randomBytes,
  });
  let change = -1;
  const applied = async (): Promise<void> => {
    const changes = await security.changesAfter(change, now());
    if (!changes.ok || changes.value === null) return;
    change = changes.value.change;
    identity.standings.apply(changes.value);
  };
  const findPerson = async (id: string): Promise<Result<Person | null>> => {
    const account = await accountStore.findById(id);
    return account.ok && account.value !== null
      ? ok({ id, name: account.value.name, kind: 'account' })
      : ok(null);
  };
  const told: ChannelSummary[] = [];
  const asked: TestHttp['asked'] = [];
  const present = new Map<string, UserRef[]>();
  const memberOf: TestHttp['memberOf'] = new Map();
  const log = new Map<string, HistoryEvent[]>();
  const logStore = new MemoryLogStore();
  const inboxLog = new MemoryLog(logStore);
  const inboxes = new MemoryInboxes(logStore);
  const automodStore = new MemoryAutomod();
  const reports = new MemoryReports(logStore);
  const reasons: string[] = [];
  const sessions = new MemorySessions(now);
  const shards: ShardControl = {
    presence: async (id) => ok({ members: present.get(id) ?? [], count: present.get(id)?.length ?? 0 }),
    channelCreated: async (channel) => void told.push(channel),
    request: async (channelId, user, type, data) => {
      asked.push({ channelId, user: user.id, type, data });
      return ok({});
    },
    inboxRequest: async (user, type, data) => {
      asked.push({ channelId: '', user: user.id, type, data });
      return ok({ id: 'w1', seq: 1 });
    },
    counts: async () => ok(new Map([...present].map(([id, users]) => [id, users.length]))),
    tell: async () => undefined,
    stats: async () => [],
  };
  const serverName = new MemoryServerName(audit);
  const app = buildHttpServer({
    server: {
      id: 's1',
      get name() {
        return serverName.name ?? 'Test';
      },
    },
    serverNames: new ServerNameAdmin({
      ...{ store: serverName, initial: 'Test', now },
      applied: async () => undefined,
    }),
    policy,
    authenticator,
    accounts: new Accounts({
      store: accountStore,
      hasher: new PasswordHasher(
        { running: 2, waiting: 32 },
        {
          hash: async (password) => `quick:${password}`,
          verify: async (hash, password) => hash === `quick:${password}`,
        },
      ),
      refreshTokens,
      registration: options.registration ?? 'open',
      now,
      mono: now,
      newId: randomUUID,
    }),
    refreshTokens,
    profiles: new AccountProfiles({ store: accountStore, applied, now, mono: now }),
    accessChanges: new AccessChanges({ security, accounts: accountStore, findPerson, applied, now }),
    activity: new ActivityReport({ store: new MemoryActivity({ sessions, logs: logStore }), now }),
    apiKeys: new ApiKeys({ store: new MemoryApiKeys(audit), now, mono: now, random: randomBytes }),
    serverApi: new ServerApi({ shards, names, findPerson, directory, now }),
    programUsers: new ProgramUsers({
      ...{ accounts: accountStore, issuer, findPerson, applied, random: randomBytes, now },
    }),
    answers: new MemoryIdempotentAnswers(),
    webhooks: new WebhookAdmin({
      ...{
        store: new MemoryWebhooks(audit),
        allowsPrivate: false,
        now,
        newId: randomUUID,
        random: randomBytes,
      },
    }),
    audit,
    exports: new ExportFiles({
      ...{ directory: '/nonexistent/exports', databaseUrl: '', logger: pino({ level: 'silent' }) },
      ...{ jobs: { exportData: async () => undefined }, now, newId: randomUUID },
    }),
    erasures: {
      begin: async () => fail(failure('unavailable', 'there is no database', 1_000)),
      knows: async () => ok(false),
      find: async () => ok(null),
      list: async () => ok({ items: [], hasMore: false }),
    },
    decisionHook: null,
    sanctions: new Sanctions({
      store: security.sanctions,
      findTarget: async (person) => {
        const found = await ('id' in person
          ? accountStore.findById(person.id)
          : accountStore.findByName(person.name));
        if (!found.ok || found.value === null) return ok(null);
        const { id, name, roles } = found.value;
        return ok({ id, name, roles, kind: name.startsWith('Guest') ? 'guest' : 'account' });
      },
      ...{ applied, now, newId: uuidv7 },
    }),
    automod: new AutomodAdmin({
      ...{ store: automodStore, now, newId: randomUUID },
      applied: async () => undefined,
      runDry: async () => ok({ scanned: 0, matched: 0, samples: [] }),
    }),
    reports,
    reportQueue: new ReportQueue({ store: reports, policy, now }),
    notes: new MemoryUserNotes(audit),
    findPerson,
    keys,
    directory,
    history: memoryHistory(log),
    messagePlaces: { channelsOf: async () => ok(new Map()) },
    userDirectory: new MemoryUserDirectory({
      ...{ names, accounts: accountStore, users: new MemoryUsers(), sanctions: security.sanctions },
      memberships: (id) => memberOf.get(id) ?? [],
    }),
    search: new MemorySearch(logStore, { now, findPerson: async () => null }),
    whispers: whisperReader(inboxLog, inboxes),
    shards,
    gateways: async () => [],
    liveSessions: {
      of: async () => ({ sessions: [], missing: 0 }),
      end: async () => ({ ended: 0, missing: 0 }),
    },
    issuerLogins: new IssuerLogins({
      issuers: [],
      fetch,
      logger: pino({ level: 'silent' }),
      now,
      mono: now,
    }),
    readiness: { reasons: () => reasons, warnings: () => [] },
    rateLimiter: { take: () => 0, configure: () => undefined },
    rateLimits: new RateLimitsAdmin({
      ...{ store: new MemoryRateLimitSettings(audit), initial: { limit: 20, windowMs: 10_000 }, now },
      applied: async () => undefined,
    }),
    metrics: createMetrics(),
    logger: pino({ level: 'silent' }),
    now,
    mono: now,
    newId: randomUUID,
    clientAddress: (request) => request.ip,
    reachedAt: ({ headers }) => ({ secure: false, host: headers.host }),
    originAllowed: (origin, host) => originAllowed(origin, host, []),
    docs: { directory: SWAGGER_UI },
    client: { directory: '/nonexistent' },
    page: { directory: '/nonexistent' },
    ...options,
  });
  const bearer = async (name: string, ...roles: Role[]) => {
    const { token } = await issuer.issue({ id: `id-${name}`, name, roles: ['user', ...roles] });
    return { authorization: `Bearer ${token}` };
  };
  const guest = async (name: string) => {
    const admitted = await authenticator.guest({ name });
    if (!admitted.ok) throw new Error(admitted.failure.message);
    return { authorization: `Bearer ${admitted.value.guestToken}` };
  };
  const logs = { log, inboxLog, inboxes };
  return {
    ...identity,
    ...logs,
    app,
    accountStore,
    audit,
    applied,
    directory,
    told,
    asked,
    memberOf,
    present,
    reasons,
    sessions,
    bearer,
    guest,
  };
}

function memoryHistory(log: ReadonlyMap<string, readonly HistoryEvent[]>): HistoryReader {
  return {
    read: async (id, { direction, seq = 0, limit }) => {
      const all = log.get(id) ?? [];
      if (direction === 'after') {
        const later = all.filter((event) => event.seq > seq);
        return ok({ events: later.slice(0, limit), hasMore: later.length > limit });
      }
      const earlier = direction === 'before' ? all.filter((event) => event.seq < seq) : all;
      return ok({ events: earlier.slice(-limit), hasMore: earlier.length > limit });
    },
  };
}
