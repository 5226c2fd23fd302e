/** Channels in which a few write as fast as they are acknowledged: what the way to the disk carries. */
import { ChannelMember } from './channel-member.ts';
import { LatencyHistogram } from './latency-histogram.ts';
import { countFaults, LogCheck } from './log-check.ts';
import { until } from './until.ts';

/** Connections that are being made at any moment. */
const RAMP_WIDTH = 20;

/** Channels are named `<prefix>-0`, `<prefix>-1`, … */
export interface DurablePlan {
  readonly port: number;
  readonly channels: number;
  readonly sendersPerChannel: number;
  readonly listenersPerChannel: number;
  readonly textBytes: number;
  readonly channelPrefix: string;
}

/** What was acknowledged within the stretch that counts. */
export interface DurableOutcome {
  readonly acknowledged: number;
  readonly elapsedMs: number;
  /** From when a message was due, which is when the one before it was answered, to its own answer. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Sends that were refused for the moment, and sent again. */
  readonly retries: number;
  /** Sends without an answer long after the end. */
  readonly unanswered: number;
}

/** What the logs, read back over the wire, say. */
export interface DurableCheck {
  readonly messages: number;
  /** Acknowledged and not in the log, twice in it, elsewhere in it, or numbers left out. */
  readonly faults: number;
  /** Members who were not shown exactly as many messages as their channel's log holds. */
  readonly shownOtherwise: number;
}

interface Channel {
  readonly members: ChannelMember[];
  readonly senders: ChannelMember[];
  /** clientMessageId → `seq`. */
  readonly acknowledged: Map<string, number>;
}

/** See the head of the file. */
export class DurableRun {
  readonly #plan: DurablePlan;
  readonly #channels: Channel[] = [];
  #histogram = new LatencyHistogram();
  #next = 0;

  constructor(plan: DurablePlan) {
    this.#plan = plan;
  }

  /** Brings everyone in. */
  async connect(): Promise<void> {
    const { channels, sendersPerChannel, listenersPerChannel } = this.#plan;
    let next = 0;
    const ramp = async (): Promise<void> => {
      while (next < channels) {
        const channel: Channel = { members: [], senders: [], acknowledged: new Map() };
        this.#channels.push(channel);
        const channelId = `${this.#plan.channelPrefix}-${next}`;
        next += 1;
        for (let i = 0; i < sendersPerChannel + listenersPerChannel; i += 1) {
          const member = await this.#member(channelId, channel.acknowledged);
          channel.members.push(member);
          if (i < sendersPerChannel) channel.senders.push(member);
        }
      }
    };
    await Promise.all(Array.from({ length: RAMP_WIDTH }, ramp));
  }

  /** All senders write for so long, each with so many outstanding; then waits until everything is answered. */
  async send(outstanding: number, ms: number): Promise<DurableOutcome> {
    const senders = this.#channels.flatMap((channel) => channel.senders);
    const retriesBefore = sum(senders, ({ retries }) => retries);
    this.#histogram = new LatencyHistogram();
    const startMs = performance.now();
    for (const sender of senders) sender.write(outstanding);
    await new Promise((resolve) => setTimeout(resolve, ms));
    const elapsedMs = performance.now() - startMs;
    const counted = this.#histogram;
    // Answers from here on are waited for, and not counted.
    this.#histogram = new LatencyHistogram();
    for (const sender of senders) sender.stop();
    await until(() => senders.every(({ isQuiet }) => isQuiet));
    for (const sender of senders) sender.assertWell();
    return {
      acknowledged: counted.count,
      elapsedMs,
      p50Ms: counted.quantileMs(0.5),
      p99Ms: counted.quantileMs(0.99),
      retries: sum(senders, ({ retries }) => retries) - retriesBefore,
      unanswered: senders.filter(({ isQuiet }) => !isQuiet).length,
    };
  }

  /** Reads every log back, and looks at what every member was shown. */
  async check(): Promise<DurableCheck> {
    const checks = await Promise.all(this.#channels.map(readBack));
    const heads = checks.map(({ head }) => head);
    const differ = (): number =>
      sum(this.#channels, ({ members }, i) => members.filter(({ shown }) => shown !== heads[i]).length);
    await until(() => differ() === 0);
    return {
      messages: sum(heads, (head) => head),
      faults: countFaults(checks.map((check) => check.faults())),
      shownOtherwise: differ(),
    };
  }

  /** Breaks every connection off. */
  close(): void {
    for (const { members } of this.#channels) for (const member of members) member.cut();
  }

  #member(channelId: string, acknowledged: Map<string, number>): Promise<ChannelMember> {
    return ChannelMember.join({
      port: this.#plan.port,
      channelId,
      token: null,
      textBytes: this.#plan.textBytes,
      nextNumber: () => this.#next++,
      acknowledged: (clientMessageId, seq, micros) => {
        acknowledged.set(clientMessageId, seq);
        this.#histogram.record(micros);
      },
    });
  }
}

async function readBack({ members, acknowledged }: Channel): Promise<LogCheck> {
  const check = new LogCheck(acknowledged);
  const [reader] = members.slice(-1);
  for (let hasMore = reader !== undefined; hasMore && reader !== undefined;) {
    const page = await reader.history(check.head);
    check.read(page.events);
    hasMore = page.hasMore;
  }
  return check;
}

function sum<T>(items: readonly T[], of: (item: T, index: number) => number): number {
  return items.reduce((total, item, index) => total + of(item, index), 0);
}
