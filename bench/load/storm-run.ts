/**
 * Thousands who come at once: into channels with a history, then, cut off all together, back into them with what they
 * missed. One writer in each channel, who stays, makes the history.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { ChannelMember } from './channel-member.ts';
import { LatencyHistogram } from './latency-histogram.ts';
import { PageCheck } from './page-check.ts';
import { StormClient, type StormListener } from './storm-client.ts';

/** Attempts that begin before the load looks at what came in. */
const BEGIN_AT_ONCE = 25;
/** A client that isn't complete by then has failed, ms. */
const DEADLINE_MS = 60_000;
/** Time for a writer's messages, or for a live one to reach everyone, ms. */
const PATIENCE_MS = 30_000;
const LOOK_EVERY_MS = 10;
/** Messages of a writer without an answer at any moment. */
const OUTSTANDING = 10;
/** A page of a join that names no size (docs/SPEC.md). */
const JOIN_PAGE = 50;
const WHYS_TOLD = 3;
/** Attempts within this time count as together, ms. */
export const CLOSE_TOGETHER_MS = 50;

/** Channels are named `<prefix>-0`, `<prefix>-1`, …; client i goes into channel i modulo channels. */
export interface StormPlan {
  readonly port: number;
  readonly channels: number;
  readonly channelPrefix: string;
  /** One client for each. */
  readonly tokens: readonly string[];
  readonly textBytes: number;
}

/** What came of a storm. */
export interface StormOutcome {
  readonly clients: number;
  /** Clients whose page held exactly what it had to, in order. */
  readonly complete: number;
  /** From the first attempt to the last complete page, or the deadline. */
  readonly elapsedMs: number;
  /** From the first attempt to a client's own page. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Refusals for the moment, after which a client tried again. */
  readonly retries: number;
  /** Connections that were begun, and the most of them in any {@link CLOSE_TOGETHER_MS}. */
  readonly attempts: number;
  readonly mostTogether: number;
  /** Why clients failed: some of the reasons. */
  readonly whys: readonly string[];
}

/** See the head of the file. */
export class StormRun {
  readonly #plan: StormPlan;
  readonly #clients: readonly StormClient[];
  #writers: readonly ChannelMember[] = [];
  /** Messages in every channel. */
  #written = 0;
  #nextNumber = 0;
  #arrived: StormListener['complete'] = () => undefined;
  #failed: StormListener['failed'] = () => undefined;
  #live: StormListener['live'] = () => undefined;
  /** When connections were begun in this storm. */
  #attempts: number[] = [];

  constructor(plan: StormPlan) {
    this.#plan = plan;
    const listener: StormListener = {
      complete: (client, events) => this.#arrived(client, events),
      failed: (client, why) => this.#failed(client, why),
      live: (client, seq) => this.#live(client, seq),
      connecting: () => this.#attempts.push(performance.now()),
    };
    const { port, channels } = plan;
    this.#clients = plan.tokens.map(
      (token, i) => new StormClient({ port, token, channelId: this.#channel(i % channels) }, listener),
    );
  }

  /** Writes so many messages more into every channel; resolves when all are acknowledged. */
  async write(messages: number): Promise<void> {
    if (this.#writers.length === 0) {
      this.#writers = await Promise.all(
        Array.from({ length: this.#plan.channels }, (_, i) => this.#writer(this.#channel(i))),
      );
    }
    for (const writer of this.#writers) writer.write(Math.min(OUTSTANDING, messages), messages);
    await until(() => this.#writers.every(({ isQuiet }) => isQuiet));
    for (const writer of this.#writers) writer.assertWell();
    if (!this.#writers.every(({ isQuiet }) => isQuiet)) throw new Error('history was not written in time');
    this.#written += messages;
  }

  /**
   * Everyone comes: for the first time, to get the newest page; later, to get what they missed. `spread`: not at once,
   * but after a delay of each client's own, as the SDK comes back.
   */
  async storm(spread = false): Promise<StormOutcome> {
    this.#attempts = [];
    const checks = new Map<string, PageCheck>();
    const histogram = new LatencyHistogram();
    const whys = new Set<string>();
    const open = new Set(this.#clients);
    let lastMs = 0;
    for (const { plan, place } of this.#clients) {
      const first = place === null ? Math.max(1, this.#written - JOIN_PAGE + 1) : place.seq + 1;
      const { channelId } = plan;
      if (!checks.has(channelId)) {
        checks.set(channelId, new PageCheck({ channelId, first, last: this.#written }));
      }
    }
    const startMs = performance.now();
    this.#arrived = (client, events) => {
      lastMs = performance.now() - startMs;
      histogram.record(lastMs * 1_000);
      open.delete(client);
      checks.get(client.plan.channelId)?.add(events);
    };
    this.#failed = (client, why) => {
      open.delete(client);
      if (whys.size < WHYS_TOLD) whys.add(why);
    };
    for (const [i, client] of this.#clients.entries()) {
      if (spread) client.comeBack();
      else client.come();
      if (i % BEGIN_AT_ONCE === 0) await turn();
    }
    await until(() => open.size === 0, DEADLINE_MS);
    if (open.size > 0) whys.add(`${open.size} without a page after ${DEADLINE_MS / 1_000} s`);
    return {
      clients: this.#clients.length,
      complete: [...checks.values()].reduce((sum, check) => sum + check.rightPages(), 0),
      elapsedMs: open.size > 0 ? DEADLINE_MS : lastMs,
      p50Ms: histogram.quantileMs(0.5),
      p99Ms: histogram.quantileMs(0.99),
      retries: this.#clients.reduce((sum, { retries }) => sum + retries, 0),
      attempts: this.#attempts.length,
      mostTogether: mostTogether(this.#attempts),
      whys: [...whys],
    };
  }

  /** Every client's connection breaks at once. */
  cut(): void {
    for (const client of this.#clients) client.cut();
  }

  /** Writes one message into every channel; tells how many clients got it, and it alone, right behind their page. */
  async live(): Promise<number> {
    const got = new Map<StormClient, number[]>();
    this.#live = (client, seq) => {
      got.set(client, [...(got.get(client) ?? []), seq]);
    };
    await this.write(1);
    await until(() => got.size === this.#clients.length);
    return [...got].filter(
      ([{ place }, seqs]) => seqs.length === 1 && place !== null && seqs[0] === place.seq + 1,
    ).length;
  }

  /** Breaks everything off. */
  close(): void {
    this.cut();
    for (const writer of this.#writers) writer.cut();
  }

  #channel(i: number): string {
    return `${this.#plan.channelPrefix}-${i}`;
  }

  #writer(channelId: string): Promise<ChannelMember> {
    return ChannelMember.join({
      port: this.#plan.port,
      channelId,
      token: null,
      textBytes: this.#plan.textBytes,
      nextNumber: () => this.#nextNumber++,
      acknowledged: () => undefined,
    });
  }
}

/** The most of these moments (ms, rising) that lie within {@link CLOSE_TOGETHER_MS}. */
export function mostTogether(moments: readonly number[]): number {
  let most = 0;
  let first = 0;
  for (const [i, moment] of moments.entries()) {
    while (moment - (moments[first] ?? moment) >= CLOSE_TOGETHER_MS) first += 1;
    most = Math.max(most, i - first + 1);
  }
  return most;
}

async function until(isSo: () => boolean, patienceMs = PATIENCE_MS): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!isSo() && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
