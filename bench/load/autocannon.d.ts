declare module 'autocannon' {
  /** One request of a series. */
  export interface AutocannonRequest {
    readonly path: string;
    readonly headers?: Readonly<Record<string, string>>;
  }

  /** One connection. */
  export interface AutocannonClient {
    setRequests(requests: readonly AutocannonRequest[]): void;
  }

  /** What this project uses of autocannon's options. */
  export interface AutocannonOptions {
    readonly url: string;
    readonly connections: number;
    /** Seconds; it ends at the next full second after them, in the middle of requests. */
    readonly duration?: number;
    /** Requests in all, over all connections: it ends when all are answered. */
    readonly amount?: number;
    /** Requests a second over all connections; without it as fast as they are answered. */
    readonly overallRate?: number;
    readonly requests: readonly AutocannonRequest[];
    /** Called for each connection before its first request. */
    readonly setupClient?: (client: AutocannonClient) => void;
    /** Do not correct latencies: a rate is kept by bursts, whose queue is not the server's. */
    readonly ignoreCoordinatedOmission?: boolean;
  }

  /** What this project uses of its result. */
  export interface AutocannonResult {
    /** Connections that broke, and answers that didn't come. */
    readonly errors: number;
    readonly timeouts: number;
    readonly non2xx: number;
    readonly '2xx': number;
    /** Seconds. */
    readonly duration: number;
  }

  /** A run: resolves with its result, and tells each answer (`responseTime` in ms). */
  export interface AutocannonRun extends Promise<AutocannonResult> {
    on(
      event: 'response',
      listener: (client: object, statusCode: number, bytes: number, responseTime: number) => void,
    ): void;
  }

  /** Starts a run. */
  export default function autocannon(options: AutocannonOptions): AutocannonRun;
}
