/** Builds a gateway with what brings sockets to it, for whatever thread it belongs to. */
import { answered } from '../admin/answer-under-way.ts';
import type { Authenticator } from '../auth/authenticator.ts';
import type { ReportQueue } from '../auth/report-queue.ts';
import type { AddressLimits } from '../cache/ports.ts';
import type { RateLimiter } from '../cache/rate-limiter.ts';
import type { SpecialLimits } from '../cache/special-limits.ts';
import { CHANNEL_COMMANDS } from '../channel/registry.ts';
import type { Config } from '../config.ts';
import { Gateway } from '../gateway/gateway.ts';
import { GATEWAY_COMMANDS } from '../gateway/registry.ts';
import { buildRequestTable } from '../gateway/request-table.ts';
import type { SessionStore, SessionWriter } from '../gateway/ports/session-store.ts';
import type { SanctionActs } from '../gateway/sanction-acts.ts';
import { SessionRecorder } from '../gateway/session-recorder.ts';
import { Upgrades } from '../gateway/upgrade.ts';
import { INBOX_COMMANDS } from '../inbox/registry.ts';
import type { Logger } from '../observability/logger.ts';
import type { ChannelDirectory } from '../protocol/channel-directory.ts';
import type { MessageSearch } from '../protocol/message-search.ts';
import { buildDecisionHooks } from './decision-hooks.ts';
import { GatewayFigures } from '../threads/gateway-figures.ts';
import { pacedDefer } from '../threads/paced-defer.ts';
import { loopUtilization } from '../threads/loop-utilization.ts';
import { runtimeTimers } from '../threads/runtime-timers.ts';
import type { Tracer } from '../threads/tracer.ts';
import type { RequestOrigins } from './request-origins.ts';

const EMPTIED_POLL_MS = 20;
const SHARD_COMMANDS = [...CHANNEL_COMMANDS, ...INBOX_COMMANDS];

/** What a gateway is built of. */
export interface GatewayPartsOptions {
  readonly index: number;
  readonly config: Pick<Config, 'shards' | 'maxFramesPerSecond' | 'maxBacklogBytes' | 'decisionHook'>;
  readonly server: { readonly id: string; readonly name: string };
  readonly authenticator: Authenticator;
  readonly directory: ChannelDirectory;
  readonly sanctions: SanctionActs;
  readonly search: MessageSearch;
  readonly reports: ReportQueue;
  readonly limiter: RateLimiter;
  readonly special: SpecialLimits;
  readonly addresses: AddressLimits;
  readonly origins: RequestOrigins;
  readonly sessionStore: SessionStore;
  /** As which it tells that store of its sessions. */
  readonly sessionWriter: SessionWriter;
  /** Of {@link gatewayFiguresMemory} for {@link messageTypes}. */
  readonly figures: SharedArrayBuffer;
  readonly logger: Logger;
  /** Null: nothing is recorded. */
  readonly tracer: Tracer | null;
  /** Whether the server is on its way down. */
  readonly draining: () => boolean;
}

/** A gateway, not yet connected to any shard. */
export interface GatewayParts {
  readonly gateway: Gateway;
  readonly upgrades: Upgrades;
  readonly figures: GatewayFigures;
  /** To be stopped when the gateway is closed. */
  readonly sessionRecorder: SessionRecorder;
}

/** The types that gateways count frames by, the same on every thread. */
export function messageTypes(): readonly string[] {
  return [...buildRequestTable(SHARD_COMMANDS, GATEWAY_COMMANDS).keys(), 'unknown'];
}

/** Builds it. */
export function buildGatewayParts(options: GatewayPartsOptions): GatewayParts {
  const { index, config, server, authenticator, directory, sanctions, limiter, addresses, origins } = options;
  const { search, reports, special, logger } = options;
  const timers = runtimeTimers();
  const sessionRecorder = new SessionRecorder({
    ...{ store: options.sessionStore, writer: options.sessionWriter, timers, logger },
  });
  const figures = new GatewayFigures(options.figures, messageTypes());
  const gateway = new Gateway({
    ...{
      index,
      server,
      authenticator,
      directory,
      sanctions,
      search,
      reports,
      limiter,
      special,
      addresses,
      timers,
    },
    logger,
    tracer: options.tracer,
    decisions: buildDecisionHooks(config, logger, (decision, outcome) => {
      figures.decided(decision, outcome);
    }),
    shards: config.shards,
    table: buildRequestTable(SHARD_COMMANDS, GATEWAY_COMMANDS),
    framesPerSecond: config.maxFramesPerSecond,
    maxBacklogBytes: config.maxBacklogBytes,
    defer: pacedDefer(timers, setImmediate),
    utilization: loopUtilization(),
    recorder: figures,
    sessionRecorder,
    nextConnection: () => figures.opened(),
  });
  const upgrades = new Upgrades({
    gateway,
    addresses,
    originAllowed: (request) => origins.isAllowed(request),
    clientAddress: (request) => origins.clientAddress(request),
    answered,
    draining: options.draining,
  });
  return { gateway, upgrades, figures, sessionRecorder };
}

/** Tells every client to come back within `spreadMs`; resolves when every socket is closed, or after `patienceMs`. */
export async function sendAway(gateway: Gateway, spreadMs: number, patienceMs: number): Promise<void> {
  gateway.sendAway(spreadMs, Math.random);
  const until = performance.now() + patienceMs;
  while (gateway.connections > 0 && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, EMPTIED_POLL_MS));
  }
}
