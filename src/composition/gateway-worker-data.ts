/** What main gives a gateway's thread to start with. */
import type { Config } from '../config.ts';
import type { SessionWriter } from '../gateway/ports/session-store.ts';
import type { WorkerTracing } from '../threads/worker-tracing.ts';

/** Plain data; buffers are shared, and the port of `tracing` is moved. */
export interface GatewayWorkerData {
  readonly index: number;
  /** 0 for the first thread of this gateway in this process. */
  readonly incarnation: number;
  readonly life: SharedArrayBuffer;
  readonly config: Config;
  readonly databaseUrl: string;
  /** The server as clients see it. */
  readonly server: { readonly id: string; readonly name: string };
  /** Main's private socket for HTTP. */
  readonly mainSocket: string;
  /** Users' rates, of SharedRateLimiter. */
  readonly rates: SharedArrayBuffer;
  /** Open sockets by address, of SharedAddressLimiter, and the number of this thread in it. */
  readonly addresses: SharedArrayBuffer;
  readonly addressThread: number;
  /** As which it tells of its sessions. */
  readonly sessionWriter: SessionWriter;
  /** Of GatewayFigures, for {@link messageTypes}. */
  readonly figures: SharedArrayBuffer;
  /** Absent: nothing is recorded. */
  readonly tracing?: WorkerTracing;
}
