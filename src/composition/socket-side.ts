/** Where clients' sockets come in: on the main thread, or on threads of their own. */
import type { IncomingMessage } from 'node:http';
import type { App } from '../admin/app.ts';
import type { AnalyticsAudience } from '../admin/analytics/analytics-sampler.ts';
import type { HttpTimeouts } from '../admin/http-bounds.ts';
import type { GatewayReport } from '../admin/ports/gateway-reports.ts';
import type { RateLimiter } from '../cache/rate-limiter.ts';
import type { SpecialLimits } from '../cache/special-limits.ts';
import type { SessionStore, SessionWriter } from '../gateway/ports/session-store.ts';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { MessageSearch } from '../protocol/message-search.ts';
import type { Result } from '../protocol/result.ts';
import type { Supervisor } from '../threads/supervisor.ts';
import type { IdentityParts } from './identity.ts';
import type { SecurityFeed } from './security-feed.ts';
import type { SessionsHere } from './sessions-everywhere.ts';
import type { ShardSurroundings } from './shards.ts';
import type { Stores } from './stores.ts';

/** What was taken in is answered within this time, or its outcome stays unknown, ms: longer than a send may wait. */
export const DRAIN_PATIENCE_MS = 8_000;
/** Clients that are told to come back do so spread over this time, ms. */
export const DRAIN_SPREAD_MS = 5_000;
/** Time in which sockets may answer the closing handshake, ms. */
export const CLOSING_MS = 3_000;

/** What both kinds are built of. */
export interface SocketSurroundings extends ShardSurroundings {
  readonly stores: Stores;
  readonly search: MessageSearch;
  readonly sessionStore: SessionStore;
  /** Main, as it tells of sessions. */
  readonly sessionWriter: SessionWriter;
  readonly server: { readonly id: string; readonly name: string };
  readonly identity: IdentityParts;
  readonly feed: SecurityFeed;
  readonly limiter: RateLimiter;
  /** What counts for this process, of SharedRateLimiter. */
  readonly rates: SharedArrayBuffer;
  /** As main follows them. */
  readonly special: SpecialLimits;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** All gateways of this process, with the shards that they lead to. */
export interface SocketSide {
  readonly supervisor: Supervisor;
  /** Who is at the other end of a request that came to main. */
  readonly peer: (request: IncomingMessage) => string | undefined;
  /** Of requests that come to main; absent: those of a server in the open. */
  readonly timeouts?: HttpTimeouts;
  /** What holds of tokens and users changed on main. */
  changed(): void;
  /** Resolves when everything that was committed before the call holds on threads other than main. */
  caughtUp(): Promise<void>;
  /** What is missing, as sentences for people who run the server. */
  reasons(): readonly string[];
  /** Frames of clients since the server began. */
  requests(): number;
  /** `isScrape`: what is counted between scrapes is counted anew from now on. */
  reports(isScrape: boolean): Promise<readonly GatewayReport[]>;
  readonly analytics: AnalyticsAudience;
  /** Connections to this server. */
  readonly sessionsHere: SessionsHere;
  /** Starts shards and gateways, then takes requests: the address that people open. */
  listen(http: App): Promise<Result<string>>;
  /** Takes no more sockets, lets what was taken in come to its end, and tells every client to come back. */
  drain(): Promise<void>;
  /** Ends what is left of the gateways. */
  close(): Promise<void>;
}
