/** The control plane of a gateway thread: what main asks of it, seldom. Every call may fail: the thread may be gone. */
import type { MessagePort } from 'node:worker_threads';
import type { AnalyticsMoment, AnalyticsPoint } from '../protocol/analytics.ts';
import type { LiveSession } from '../protocol/live-session.ts';
import type { RemoteControl } from './controlled-thread.ts';
import type { LoopLag } from './event-loop-lag.ts';
import type { ThreadMemory } from './thread-memory.ts';

/** Where gateways listen, all of them at the same place. */
export interface ListenAddress {
  readonly host: string;
  /** 1 to 65,535. */
  readonly port: number;
}

/** What a gateway tells of this moment, beside what {@link GatewayFigures} count. */
export interface GatewayLevels {
  /** Bytes that wait in all sockets. */
  readonly socketBacklogBytes: number;
  /** Sessions that were not recorded, because the store was away for too long. */
  readonly sessionsDropped: number;
  /** Sockets so far behind that they are sent durable events alone. */
  readonly slowSockets: number;
  readonly loopLag: LoopLag;
  readonly memory: ThreadMemory;
}

/** Calls that a gateway's thread answers. */
export interface GatewayControl {
  /** Makes the gateway ready: it knows who may come in. Called once, first; waits for PostgreSQL. */
  begin(): Promise<void>;
  /** Opens the way to a shard, new or replaced. */
  connectShard(index: number, port: MessagePort): void;
  /** A shard's thread ended. */
  disconnectShard(index: number): void;
  /** Takes sockets and requests from now on: null, or the system's code for why it can't. A second call changes nothing. */
  listen(at: ListenAddress): Promise<string | null>;
  /** Resolves when everything that was committed before the call holds for its connections. */
  catchUp(): Promise<void>;
  /** `isScrape`: what is counted between scrapes is counted anew from now on. */
  levels(isScrape: boolean): GatewayLevels;
  /** Tells the server's figures to connections that watch; `history`: the points before, where they aren't known here. */
  tellAnalytics(moment: AnalyticsMoment, history: readonly AnalyticsPoint[] | null): void;
  /** Open connections of a user. */
  sessionsOf(userId: string): readonly LiveSession[];
  /** Ends those of a user with these ids; how many there were. */
  endSessions(userId: string, ids: readonly string[]): number;
  /** Takes no more sockets and requests, and resolves when those that were taken are answered; see Gateway.drain. */
  drain(patienceMs: number): Promise<void>;
  /** Tells every client to come back within `spreadMs`; resolves when all are gone, at the latest after `patienceMs`. */
  sendAway(spreadMs: number, patienceMs: number): Promise<void>;
  /** Ends everything that is under way, the database's connections last. */
  close(): Promise<void>;
}

/** {@link GatewayControl} from another thread. */
export type RemoteGatewayControl = RemoteControl<GatewayControl>;
