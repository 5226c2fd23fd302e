/** One incarnation of a gateway thread, as main holds it. */
import { ControlledThread, moved } from './controlled-thread.ts';
import type { GatewayControl, RemoteGatewayControl } from './gateway-control.ts';
import type { WorkerTracing } from './worker-tracing.ts';

const LEVELS_TIMEOUT_MS = 500;
const SESSIONS_TIMEOUT_MS = 900;
/** `begin` waits for PostgreSQL, as long as that takes. */
const BEGIN_TIMEOUT_MS = 2 ** 31 - 1;
/** What a call takes on its way, beside the time that it is told it may take, ms. */
const CALL_MS = 1_000;

/** What there has to be of the thread's data, whatever else its entry needs. */
export interface GatewayThreadData {
  readonly index: number;
  readonly tracing?: WorkerTracing;
}

export class GatewayThread extends ControlledThread<GatewayControl> {
  readonly control: RemoteGatewayControl;

  /** Starts `entry` as a worker with `data` and so much heap; see {@link heapLimitMb}. */
  constructor(entry: URL, data: GatewayThreadData, heapMb: number) {
    super(
      entry,
      `gateway-${data.index}`,
      data,
      heapMb,
      data.tracing === undefined ? [] : [data.tracing.port],
    );
    const { remote } = this;
    this.control = {
      begin: () => this.call('begin', () => remote.begin(), BEGIN_TIMEOUT_MS),
      connectShard: (index, port) => this.call('connectShard', () => remote.connectShard(index, moved(port))),
      disconnectShard: (index) => this.call('disconnectShard', () => remote.disconnectShard(index)),
      listen: (at) => this.call('listen', () => remote.listen(at)),
      catchUp: () => this.call('catchUp', () => remote.catchUp()),
      sessionsOf: (userId) => this.call('sessionsOf', () => remote.sessionsOf(userId), SESSIONS_TIMEOUT_MS),
      endSessions: (userId, ids) =>
        this.call('endSessions', () => remote.endSessions(userId, ids), SESSIONS_TIMEOUT_MS),
      levels: (isScrape) => this.call('levels', () => remote.levels(isScrape), LEVELS_TIMEOUT_MS),
      tellAnalytics: (moment, history) =>
        this.call('tellAnalytics', () => remote.tellAnalytics(moment, history), LEVELS_TIMEOUT_MS),
      drain: (patienceMs) => this.call('drain', () => remote.drain(patienceMs), patienceMs + CALL_MS),
      sendAway: (spreadMs, patienceMs) =>
        this.call('sendAway', () => remote.sendAway(spreadMs, patienceMs), patienceMs + CALL_MS),
      close: () => this.call('close', () => remote.close()),
    };
  }
}
