/** HTTP requests by autocannon, as a process of its own (bench/load/steps.ts). */
import autocannon, { type AutocannonOptions, type AutocannonRequest } from 'autocannon';
import { processCpuSeconds } from '../process-cpu.ts';
import { LatencyHistogram } from './latency-histogram.ts';
import { answerSteps } from './steps.ts';

/**
 * autocannon keeps a rate by sending a second's requests as fast as they are answered and then waiting. So that a second
 * isn't one burst, so many of them run beside each other, each with its part of the rate and begun a little later.
 */
const VOICES = 10;
const CONNECTIONS_PER_VOICE = 5;

/** Requests at a fixed rate; they take turns. */
export interface FixedRate {
  readonly port: number;
  /** Requests a second, a multiple of {@link VOICES} times {@link CONNECTIONS_PER_VOICE}. */
  readonly rate: number;
  readonly seconds: number;
  readonly requests: readonly AutocannonRequest[];
}

/** Requests as fast as they are answered. */
export interface FlatOut {
  readonly port: number;
  readonly path: string;
  /** In whose names, at least as many as connections: each user's requests come over one of them. Absent: in nobody's. */
  readonly tokens?: readonly string[];
  readonly connections: number;
  readonly seconds: number;
  /** Whose CPU time to take. */
  readonly serverPid: number;
}

/** What came of it. */
export interface RestOutcome {
  /** With a status of 2xx. */
  readonly answered: number;
  /** Other answers, broken connections and timeouts. */
  readonly failed: number;
  /** From the first request to the last answer. */
  readonly elapsedMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU of this load, s. */
  readonly loadCpu: number;
}

/** With the server's CPU in seconds. */
export interface FlatOutResult extends RestOutcome {
  readonly serverCpu: number;
}

type Volley = Omit<AutocannonOptions, 'url'> & { readonly port: number };

async function fire(volleys: readonly Volley[]): Promise<RestOutcome> {
  const latencies = new LatencyHistogram();
  const startMs = performance.now();
  const cpuBefore = processCpuSeconds(process.pid);
  let lastMs = startMs;
  const results = await Promise.all(
    volleys.map(async ({ port, ...options }, i) => {
      await new Promise((resolve) => setTimeout(resolve, (i * 1_000) / volleys.length));
      const run = autocannon({ ...options, url: `http://127.0.0.1:${port}` });
      run.on('response', (_client, _status, _bytes, responseTime) => {
        lastMs = performance.now();
        latencies.record(responseTime * 1_000);
      });
      return run;
    }),
  );
  return {
    answered: results.reduce((sum, result) => sum + result['2xx'], 0),
    failed: results.reduce((sum, { non2xx, errors }) => sum + non2xx + errors, 0),
    elapsedMs: lastMs - startMs,
    p50Ms: latencies.quantileMs(0.5),
    p99Ms: latencies.quantileMs(0.99),
    loadCpu: processCpuSeconds(process.pid) - cpuBefore,
  };
}

const steps = {
  /** Keeps a rate. */
  fixed: async ({ port, rate, seconds, requests }: FixedRate): Promise<RestOutcome> =>
    fire(
      Array.from({ length: VOICES }, () => ({
        ...{ port, requests },
        connections: CONNECTIONS_PER_VOICE,
        amount: (rate * seconds) / VOICES,
        overallRate: rate / VOICES,
        ignoreCoordinatedOmission: true,
      })),
    ),
  /** As fast as it goes. */
  flatOut: async ({
    port,
    path,
    tokens = [],
    connections,
    seconds,
    serverPid,
  }: FlatOut): Promise<FlatOutResult> => {
    const requests = tokens.map((token) => ({ path, headers: { authorization: `Bearer ${token}` } }));
    const share = requests.length / connections;
    let client = 0;
    const setupClient: NonNullable<Volley['setupClient']> = (connection) => {
      if (requests.length === 0) return;
      connection.setRequests(requests.slice(Math.floor(client * share), Math.floor((client + 1) * share)));
      client += 1;
    };
    const before = processCpuSeconds(serverPid);
    const volley = { port, connections, duration: seconds, requests: [{ path }], setupClient };
    const outcome = await fire([volley]);
    return { ...outcome, serverCpu: processCpuSeconds(serverPid) - before };
  },
};

/** The steps of this load. */
export type RestSteps = typeof steps;

await answerSteps(steps);
