/** HTTP requests by autocannon, as a process of its own (bench/load/steps.ts). */
import autocannon, { type AutocannonRequest } from 'autocannon';
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
  /** Requests a second. */
  readonly rate: number;
  readonly seconds: number;
  readonly requests: readonly AutocannonRequest[];
}

/** Requests as fast as they are answered. */
export interface FlatOut {
  readonly port: number;
  readonly path: string;
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

interface Volley {
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
  readonly rate?: number;
  readonly requests: readonly AutocannonRequest[];
}

async function fire(volleys: readonly Volley[]): Promise<RestOutcome> {
  const latencies = new LatencyHistogram();
  const startMs = performance.now();
  const cpuBefore = processCpuSeconds(process.pid);
  const results = await Promise.all(
    volleys.map(async ({ port, connections, seconds, rate, requests }, i) => {
      await new Promise((resolve) => setTimeout(resolve, (i * 1_000) / volleys.length));
      const run = autocannon({
        url: `http://127.0.0.1:${port}`,
        connections,
        duration: seconds,
        requests,
        ...(rate === undefined ? {} : { overallRate: rate, ignoreCoordinatedOmission: true }),
      });
      run.on('response', (_client, _status, _bytes, responseTime) => latencies.record(responseTime * 1_000));
      return run;
    }),
  );
  return {
    answered: results.reduce((sum, result) => sum + result['2xx'], 0),
    failed: results.reduce((sum, { non2xx, errors }) => sum + non2xx + errors, 0),
    elapsedMs: performance.now() - startMs,
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
        ...{ port, seconds, requests },
        connections: CONNECTIONS_PER_VOICE,
        rate: rate / VOICES,
      })),
    ),
  /** As fast as it goes. */
  flatOut: async ({ port, path, connections, seconds, serverPid }: FlatOut): Promise<FlatOutResult> => {
    const before = processCpuSeconds(serverPid);
    const outcome = await fire([{ port, connections, seconds, requests: [{ path }] }]);
    return { ...outcome, serverCpu: processCpuSeconds(serverPid) - before };
  },
};

/** The steps of this load. */
export type RestSteps = typeof steps;

await answerSteps(steps);
