/** One soak: a server at rest, a steady crowd for a while, and the server at rest again. */
import { randomBytes } from 'node:crypto';
import { type HubbubServer, startHubbubServer } from '../hubbub-server.ts';
import { LoadProcess } from '../load-process.ts';
import { FAMILIES, type Measured, type Reading } from './figure.ts';
import type { CrowdReading } from './load/soak-crowd.ts';
import type { SoakSteps } from './load/soak.ts';
import { memberTokens } from './member-tokens.ts';
import { readProcess, readServer } from './server-probe.ts';
import { judgeReturn } from './verdict.ts';

const READ_EVERY_MS = 1_000;
const FIRST_LOAD_MS = 2_000;
/** Tokens outlive the run by so much, s. */
const TOKEN_MARGIN_S = 3_600;

/** What to do. */
export interface SoakPlan {
  /** How long the load runs, s. */
  readonly runS: number;
  readonly clients: number;
  /** Messages a second. */
  readonly rate: number;
  readonly seed: number;
  /** How long the server is at rest before it is looked at for the first time, ms: idle pools close what they don't need. */
  readonly restMs: number;
  /** How long everything may take to be back where it was, ms. */
  readonly settleMs: number;
  /** A server that runs on this machine; null: one of its own. */
  readonly target: SoakTarget | null;
  /** Told at each reading. */
  readonly onReading: (reading: Reading, crowd: CrowdReading) => void;
  /** Told of a server of its own that must be removed whatever happens. */
  readonly onServer?: (server: HubbubServer) => void;
}

/** A server that runs. */
export interface SoakTarget {
  readonly port: number;
  /** Whom the clients are; null: guests. */
  readonly token: string | null;
}

/** Everything that was measured. */
export interface SoakRecord {
  readonly runS: number;
  readonly readings: readonly Reading[];
  /** Figures of a server at rest, before and after; only of those that must return. */
  readonly before: readonly Measured[];
  readonly after: readonly Measured[];
  readonly crowd: CrowdReading;
}

/** The server that is soaked. */
interface Soaked {
  readonly port: number;
  readonly tokens: readonly string[];
  /** Null where there is nothing to read: another machine's operator may keep /metrics private. */
  readonly probe: () => Promise<Measured[]>;
  readonly remove: () => Promise<void>;
}

/** Rejects when the server doesn't come up, dies, or the crowd can't come in. */
export async function runSoak(plan: SoakPlan): Promise<SoakRecord> {
  const soaked = plan.target === null ? await ownServer(plan) : await runningServer(plan.target);
  const load = new LoadProcess<SoakSteps>('soak/load/soak.ts', null);
  try {
    const { clients, rate, seed } = plan;
    const { port, tokens } = soaked;
    const come = (channelPrefix: string): Promise<void> =>
      load.step('come', { port, clients, rate, seed, tokens, channelPrefix });
    const run = `soak-${Date.now().toString(36)}`;
    // What a server makes when it is first needed, and keeps, is no leak: a little load comes before it is looked at.
    await come(`${run}-first`);
    await load.step('start');
    await pause(FIRST_LOAD_MS);
    await load.step('leave');
    await pause(plan.restMs);
    const before = returning(await soaked.probe());
    await come(run);
    await load.step('start');
    const readings = await readOn(plan, soaked, load);
    const crowd = await load.step('leave');
    const after = await settled(before, soaked, plan.settleMs);
    return { runS: plan.runS, readings, before, after, crowd };
  } finally {
    await load.end();
    await soaked.remove();
  }
}

async function ownServer({ clients, runS, onServer }: SoakPlan): Promise<Soaked> {
  const secret = randomBytes(32).toString('hex');
  const tokens = await memberTokens(secret, clients, runS + TOKEN_MARGIN_S);
  const server = await startHubbubServer({ env: { JWT_SECRET: secret } });
  onServer?.(server);
  const origin = `http://127.0.0.1:${server.port}`;
  return {
    port: server.port,
    tokens,
    probe: async () => [
      ...(await readServer(origin)),
      // What is read of the process comes last: by then the sockets of who just left are closed.
      ...readProcess(server.pid(), server.dataFolder),
    ],
    remove: () => server.remove(),
  };
}

/** One that keeps its figures to itself is soaked without them. */
async function runningServer({ port, token }: SoakTarget): Promise<Soaked> {
  const origin = `http://127.0.0.1:${port}`;
  const tells = await readServer(origin).then(
    () => true,
    () => false,
  );
  return {
    port,
    tokens: token === null ? [] : [token],
    probe: async () => (tells ? readServer(origin) : []),
    remove: async () => undefined,
  };
}

/** Reads once a second, by the clock, while the load runs. */
async function readOn(plan: SoakPlan, soaked: Soaked, load: LoadProcess<SoakSteps>): Promise<Reading[]> {
  const readings: Reading[] = [];
  const startMs = performance.now();
  for (let dueMs = READ_EVERY_MS; dueMs <= plan.runS * 1_000; dueMs += READ_EVERY_MS) {
    await pause(startMs + dueMs - performance.now());
    const crowd = await load.step('read');
    const atS = (performance.now() - startMs) / 1_000;
    const reading = { atS, measured: [...(await soaked.probe()), ...latencies(crowd)] };
    readings.push(reading);
    plan.onReading(reading, crowd);
  }
  return readings;
}

function latencies({ ackP50Ms, ackP99Ms, deliveryP50Ms, deliveryP99Ms }: CrowdReading): Measured[] {
  const told = [
    ['ackP50', ackP50Ms],
    ['ackP99', ackP99Ms],
    ['deliveryP50', deliveryP50Ms],
    ['deliveryP99', deliveryP99Ms],
  ] as const;
  return told.flatMap(([family, value]) => (value === null ? [] : [{ family, thread: null, value }]));
}

/** Reads until everything is back where it was, or the time is over. */
async function settled(before: readonly Measured[], soaked: Soaked, settleMs: number): Promise<Measured[]> {
  const deadline = performance.now() + settleMs;
  for (;;) {
    const now = returning(await soaked.probe());
    const isBack = now.every(
      ({ family, value }) =>
        judgeReturn(of(before, family) ?? 0, value, FAMILIES[family].returnsWithin ?? Infinity).isBack,
    );
    if (isBack || performance.now() > deadline) return now;
    await pause(READ_EVERY_MS);
  }
}

function returning(measured: readonly Measured[]): Measured[] {
  return measured.filter(({ family }) => FAMILIES[family].returnsWithin !== null);
}

function of(measured: readonly Measured[], wanted: Measured['family']): number | null {
  return measured.find(({ family }) => family === wanted)?.value ?? null;
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
