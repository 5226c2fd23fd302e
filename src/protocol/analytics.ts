/** Figures of a server as they are told to whoever looks after it, once a second. Rates are a second's. */

/** The whole server over one second. */
export interface AnalyticsPoint {
  /** Its end, ms since the epoch. */
  readonly at: number;
  /** Open WebSocket connections. */
  readonly connections: number;
  /** Messages and whispers that were sent. */
  readonly messages: number;
  /** Frames of clients, and frames that were written to sockets. */
  readonly framesIn: number;
  readonly framesOut: number;
  /** Requests that shards answered with an error. */
  readonly errors: number;
  /** How long commits took, ms; null: there was none. */
  readonly commitP50Ms: number | null;
  readonly commitP99Ms: number | null;
  /** How long the main thread kept others waiting, ms. */
  readonly loopLagP99Ms: number;
}

/** A shard. */
export interface ShardLoad {
  readonly shard: number;
  /** Whether it told its figures in time; those of one that didn't are 0. */
  readonly answers: boolean;
  /** Share of its time in which it worked, 0 to 1. */
  readonly load: number;
  readonly requests: number;
  /** Requests that wait, and entries that wait for a commit. */
  readonly mailbox: number;
  readonly held: number;
  /** Channels in memory. */
  readonly channels: number;
}

/** Sockets of one thread. */
export interface GatewayLoad {
  /** `main`, or `gateway-0` and so on. */
  readonly gateway: string;
  readonly answers: boolean;
  readonly connections: number;
  readonly backlogBytes: number;
  /** Sockets so far behind that they are sent durable events alone. */
  readonly slowSockets: number;
}

/** All of one second. */
export interface AnalyticsMoment {
  readonly point: AnalyticsPoint;
  readonly shards: readonly ShardLoad[];
  readonly gateways: readonly GatewayLoad[];
  /** Errors by code, a second. */
  readonly errorsByCode: Readonly<Record<string, number>>;
}

/** A part of the state at the beginning: its lists go behind those of the parts before. */
export interface AnalyticsPart {
  /** From 1. */
  readonly part: number;
  readonly parts: number;
  /** The last minutes as far as they are known, the oldest first. */
  readonly history: readonly AnalyticsPoint[];
  readonly shards: readonly ShardLoad[];
  readonly gateways: readonly GatewayLoad[];
}

/** Most points of a history: five minutes. */
export const MAX_ANALYTICS_POINTS = 300;
