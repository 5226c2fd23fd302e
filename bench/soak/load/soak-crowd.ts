/**
 * Everyone of a soak. Half of the clients write by the clock, in turn; the other half listen, break off and come back
 * with what they missed. Visitors come as guests into channels that are used for a moment and then go cold, write one
 * message each, and leave or break off.
 */
import { LatencyHistogram } from '../../load/latency-histogram.ts';
import { Schedule } from '../../load/schedule.ts';
import { Random } from '../../../test/sim/random.ts';
import { DueTimes } from './due-times.ts';
import { SoakClient, type SoakListener } from './soak-client.ts';

/** Connects a second: over ten thousand in twenty minutes. */
const VISITS_PER_SECOND = 7;
const RETURNS_PER_SECOND = 3;
const CLIENTS_PER_CHANNEL = 10;
/** A channel of visitors takes newcomers for so long, ms. */
const FRESH_CHANNEL_EVERY_MS = 1_500;
/** How long visitors stay, and how long listeners are away, ms. */
const STAY_MS = [500, 4_000] as const;
const AWAY_MS = [100, 3_000] as const;
const TEXT_BYTES = 100;
const TICK_MS = 2;
/** Clients that begin to come at once, and how often. */
const BEGIN_AT_ONCE = 10;
const BEGIN_EVERY_MS = 20;
/** Time for everyone to come, or for the last answers and goodbyes, ms. */
const PATIENCE_MS = 30_000;
const LOOK_EVERY_MS = 20;

/** How much load. */
export interface CrowdPlan {
  readonly port: number;
  readonly clients: number;
  /** Messages a second of all clients that write. */
  readonly rate: number;
  readonly seed: number;
  /** For client i token i modulo their number; empty: guests. Visitors are always guests. */
  readonly tokens: readonly string[];
  readonly channelPrefix: string;
}

/** Latencies are since the last reading, null where there were none; counts since the start. */
export interface CrowdReading {
  readonly ackP50Ms: number | null;
  readonly ackP99Ms: number | null;
  readonly deliveryP50Ms: number | null;
  readonly deliveryP99Ms: number | null;
  readonly messages: number;
  readonly deliveries: number;
  readonly connects: number;
  /** How often what happened that must not. */
  readonly troubles: Readonly<Record<string, number>>;
}

/** See the head of the file. */
export class SoakCrowd {
  readonly #plan: CrowdPlan;
  readonly #random: Random;
  readonly #writers: readonly SoakClient[];
  readonly #listeners: readonly SoakClient[];
  readonly #visitors = new Set<SoakClient>();
  readonly #due = new DueTimes();
  readonly #unanswered = new Set<number>();
  readonly #troubles = new Map<string, number>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #acks = new LatencyHistogram();
  #shown = new LatencyHistogram();
  #ticks: NodeJS.Timeout | undefined;
  #messages = 0;
  #deliveries = 0;
  #connects = 0;

  constructor(plan: CrowdPlan) {
    this.#plan = plan;
    this.#random = new Random(plan.seed);
    const clients = Array.from({ length: plan.clients }, (_, i) =>
      this.#client(
        `${plan.channelPrefix}-${i % Math.ceil(plan.clients / CLIENTS_PER_CHANNEL)}`,
        plan.tokens[i % plan.tokens.length] ?? null,
        this.#listener(() => undefined),
      ),
    );
    const half = Math.ceil(plan.clients / 2);
    this.#writers = clients.slice(0, half);
    this.#listeners = clients.slice(half);
  }

  /** Brings everyone in but the visitors. Rejects when that takes too long. */
  async come(): Promise<void> {
    const clients = [...this.#writers, ...this.#listeners];
    for (const [i, client] of clients.entries()) {
      this.#come(client);
      if (i % BEGIN_AT_ONCE === 0) await new Promise((resolve) => setTimeout(resolve, BEGIN_EVERY_MS));
    }
    if (!(await until(() => clients.every(({ isIn }) => isIn)))) {
      throw new Error(`not everyone came in: ${JSON.stringify(Object.fromEntries(this.#troubles))}`);
    }
  }

  /** Begins the load. */
  start(): void {
    const startMs = performance.now();
    const { rate } = this.#plan;
    const writes = new Schedule(startMs, rate, Infinity);
    const visits = new Schedule(startMs, VISITS_PER_SECOND, Infinity);
    const returns = new Schedule(startMs, RETURNS_PER_SECOND, Infinity);
    let [written, visited, returned] = [0, 0, 0];
    this.#ticks = setInterval(() => {
      const now = performance.now();
      for (; written < writes.dueCount(now); written += 1) {
        const client = this.#writers[written % this.#writers.length];
        if (client?.isIn === true) this.#write(client, now - writes.latencyMicros(written, now) / 1_000);
        else this.#trouble('writer away');
      }
      for (; visited < visits.dueCount(now); visited += 1) {
        this.#visit(Math.floor((now - startMs) / FRESH_CHANNEL_EVERY_MS));
      }
      for (; returned < returns.dueCount(now); returned += 1) this.#breakOff();
    }, TICK_MS);
  }

  /** What was measured since the last reading. */
  read(): CrowdReading {
    const [acks, shown] = [this.#acks, this.#shown];
    this.#acks = new LatencyHistogram();
    this.#shown = new LatencyHistogram();
    const quantile = (histogram: LatencyHistogram, fraction: number): number | null =>
      histogram.count === 0 ? null : histogram.quantileMs(fraction);
    return {
      ackP50Ms: quantile(acks, 0.5),
      ackP99Ms: quantile(acks, 0.99),
      deliveryP50Ms: quantile(shown, 0.5),
      deliveryP99Ms: quantile(shown, 0.99),
      messages: this.#messages,
      deliveries: this.#deliveries,
      connects: this.#connects,
      troubles: Object.fromEntries(this.#troubles),
    };
  }

  /** Ends the load: the last answers are waited for, then everyone leaves. */
  async leave(): Promise<CrowdReading> {
    clearInterval(this.#ticks);
    for (const timer of this.#timers) clearTimeout(timer);
    if (!(await until(() => this.#unanswered.size === 0))) {
      this.#trouble('message without an answer', this.#unanswered.size);
    }
    for (const client of this.#everyone()) client.leave();
    if (!(await until(() => this.#everyone().every(({ isAway }) => isAway)))) {
      this.#trouble('goodbye without an answer');
    }
    this.cut();
    return this.read();
  }

  /** Breaks everything off. */
  cut(): void {
    clearInterval(this.#ticks);
    for (const timer of this.#timers) clearTimeout(timer);
    for (const client of this.#everyone()) client.cut();
  }

  #everyone(): SoakClient[] {
    return [...this.#writers, ...this.#listeners, ...this.#visitors];
  }

  #come(client: SoakClient): void {
    this.#connects += 1;
    client.come();
  }

  /** Gives the message's number. */
  #write(client: SoakClient, dueMs: number): number {
    const number = this.#due.add(dueMs);
    this.#unanswered.add(number);
    this.#messages += 1;
    client.write(number, TEXT_BYTES);
    return number;
  }

  /** A listener breaks off, for a moment. */
  #breakOff(): void {
    const inside = this.#listeners.filter(({ isIn }) => isIn);
    if (inside.length === 0) return;
    const client = this.#random.pick(inside);
    client.cut();
    this.#later(AWAY_MS, () => this.#come(client));
  }

  #visit(channel: number): void {
    const channelId = `${this.#plan.channelPrefix}-visit-${channel}`;
    const leavesPolitely = this.#random.chance(0.5);
    let hasWritten = false;
    const visitor = this.#client(
      channelId,
      null,
      this.#listener(() => {
        if (hasWritten) return;
        hasWritten = true;
        const number = this.#write(visitor, performance.now());
        this.#later(STAY_MS, () => this.#goodbye(visitor, number, leavesPolitely));
      }),
    );
    this.#visitors.add(visitor);
    this.#come(visitor);
  }

  /** Nobody goes before their message was answered: one without an answer is to be the server's fault. */
  #goodbye(visitor: SoakClient, number: number, isPolite: boolean): void {
    if (this.#unanswered.has(number)) {
      this.#later(STAY_MS, () => this.#goodbye(visitor, number, isPolite));
      return;
    }
    if (isPolite) visitor.leave();
    else visitor.cut();
    // Those who are on their way out are let go when they are gone.
    for (const other of this.#visitors) if (other.isAway) this.#visitors.delete(other);
  }

  #later([min, max]: readonly [number, number], then: () => void): void {
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        then();
      },
      this.#random.int(min, max),
    );
    this.#timers.add(timer);
  }

  #client(channelId: string, token: string | null, listener: SoakListener): SoakClient {
    return new SoakClient({ port: this.#plan.port, token, channelId }, listener, () => this.#random.next());
  }

  #listener(entered: () => void): SoakListener {
    return {
      entered,
      acknowledged: (number) => {
        this.#unanswered.delete(number);
        this.#record(this.#acks, number);
      },
      delivered: (number) => {
        this.#deliveries += 1;
        this.#record(this.#shown, number);
      },
      trouble: (what) => this.#trouble(what),
    };
  }

  #record(histogram: LatencyHistogram, number: number): void {
    const dueMs = this.#due.of(number);
    if (dueMs !== null) histogram.record((performance.now() - dueMs) * 1_000);
  }

  #trouble(what: string, count = 1): void {
    this.#troubles.set(what, (this.#troubles.get(what) ?? 0) + count);
  }
}

/** Whether it became so in time. */
async function until(isSo: () => boolean): Promise<boolean> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!isSo()) {
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return true;
}
