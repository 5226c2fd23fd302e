/** What the HTTP side is given. */
import type { FastifyBaseLogger, FastifyRequest } from 'fastify';
import type { AccessChanges, Person } from '../auth/access-changes.ts';
import type { AccountProfiles } from '../auth/account-profiles.ts';
import type { Accounts } from '../auth/accounts.ts';
import type { ProgramUsers } from '../auth/program-users.ts';
import type { ApiKeys } from '../auth/api-keys.ts';
import type { Authenticator } from '../auth/authenticator.ts';
import type { ReachedAt } from '../auth/reached-at.ts';
import type { RefreshTokens } from '../auth/refresh-tokens.ts';
import type { ReportQueue } from '../auth/report-queue.ts';
import type { Sanctions } from '../auth/sanctions.ts';
import type { ServerKeys } from '../auth/server-keys.ts';
import type { IssuerLogins } from '../auth/oidc/issuer-logins.ts';
import type { RateLimiter } from '../cache/rate-limiter.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { ChannelDirectory } from '../protocol/channel-directory.ts';
import type { MessageSearch } from '../protocol/message-search.ts';
import type { ChatPolicy } from '../protocol/permissions.ts';
import type { WebhookAdmin } from './webhooks/webhook-admin.ts';
import type { ActivityReport } from './activity/activity-report.ts';
import type { AutomodAdmin } from './automod-admin.ts';
import type { RateLimitsAdmin } from './rate-limits-admin.ts';
import type { ReportStore } from '../protocol/reports.ts';
import type { Result } from '../protocol/result.ts';
import type { HttpTimeouts } from './http-bounds.ts';
import type { AuditLog } from './ports/audit-log.ts';
import type { DecisionHook } from './ports/decision-hook.ts';
import type { Erasures } from './ports/erasures.ts';
import type { Exports } from './ports/exports.ts';
import type { MessagePlaces } from './ports/message-places.ts';
import type { UserDirectory } from './ports/user-directory.ts';
import type { GatewayReports } from './ports/gateway-reports.ts';
import type { LiveSessions } from './ports/live-sessions.ts';
import type { IdempotentAnswers } from './ports/idempotent-answers.ts';
import type { ServerApi } from './server-api.ts';
import type { ServerNameAdmin } from './server-name-admin.ts';
import type { HistoryReader } from './ports/history-reader.ts';
import type { Readiness } from './ports/readiness.ts';
import type { ShardControl } from './ports/shard-control.ts';
import type { UserNotes } from './ports/user-notes.ts';
import type { WhisperReader } from './ports/whisper-reader.ts';
import type { RequestTracing } from './trace-requests.ts';

/** Everything that the routes need; nothing here is read from the environment. */
export interface HttpDeps {
  /** As clients see it; the name is what it is called at the time of reading. */
  readonly server: { readonly id: string; readonly name: string };
  /** Without a slash at its end; absent: derived from where each client reached the server. */
  readonly publicUrl?: string;
  readonly policy: ChatPolicy;
  readonly authenticator: Authenticator;
  readonly accounts: Accounts;
  readonly refreshTokens: RefreshTokens;
  readonly profiles: AccountProfiles;
  readonly accessChanges: AccessChanges;
  readonly activity: ActivityReport;
  readonly apiKeys: Pick<ApiKeys, 'create' | 'list' | 'change' | 'revoke' | 'prove'>;
  readonly audit: AuditLog;
  readonly webhooks: WebhookAdmin;
  /** Another program that decides too; null: none. */
  readonly decisionHook: DecisionHook | null;
  readonly exports: Exports;
  readonly serverApi: ServerApi;
  readonly programUsers: ProgramUsers;
  /** Of the server API's requests. */
  readonly answers: IdempotentAnswers;
  readonly erasures: Erasures;
  readonly sanctions: Pick<Sanctions, 'impose' | 'pardon' | 'list'>;
  readonly automod: AutomodAdmin;
  readonly reports: ReportStore;
  readonly reportQueue: Pick<ReportQueue, 'list' | 'problem'>;
  readonly notes: UserNotes;
  /** By id, else by name; null when there is nobody. */
  readonly findPerson: (nameOrId: string) => Promise<Result<Person | null>>;
  readonly keys: ServerKeys;
  readonly directory: ChannelDirectory;
  readonly history: HistoryReader;
  readonly search: MessageSearch;
  readonly messagePlaces: MessagePlaces;
  readonly userDirectory: UserDirectory;
  readonly whispers: WhisperReader;
  readonly issuerLogins: IssuerLogins;
  readonly shards: ShardControl;
  readonly gateways: GatewayReports;
  readonly liveSessions: LiveSessions;
  readonly readiness: Readiness;
  readonly rateLimiter: RateLimiter;
  readonly rateLimits: Pick<RateLimitsAdmin, 'list' | 'change' | 'remove'>;
  readonly serverNames: Pick<ServerNameAdmin, 'read' | 'change'>;
  readonly metrics: Metrics;
  readonly logger: FastifyBaseLogger;
  /** Records some of the requests; absent or null: none. */
  readonly tracing?: RequestTracing | null;
  /** ms since the epoch. */
  readonly now: () => number;
  /** Ms on a clock that nobody sets, the same on all threads. */
  readonly mono: () => number;
  readonly newId: () => string;
  /** The client's address behind trusted proxies. */
  readonly clientAddress: (request: FastifyRequest) => string;
  /** Under which address the client reached this server, behind trusted proxies too. */
  readonly reachedAt: (request: FastifyRequest) => ReachedAt;
  readonly originAllowed: (origin: string | undefined, host: string | undefined) => boolean;
  /** Default: those of a server in the open. */
  readonly timeouts?: HttpTimeouts;
  /** Folder of Swagger UI's files. */
  readonly docs: { readonly directory: string };
  /** Folder of the built client. */
  readonly client: { readonly directory: string };
  /** Folder of the built chat page. */
  readonly page: { readonly directory: string };
}
