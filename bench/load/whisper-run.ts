/**
 * Pairs of people whose inboxes are on different shards, and who whisper to each other: as fast as they are acknowledged,
 * or by the clock. They can write into a channel of the two instead, which is what whispers are held against.
 */
import { shardOf } from '../../src/threads/shard-of.ts';
import { LatencyHistogram } from './latency-histogram.ts';
import { countFaults, LogCheck } from './log-check.ts';
import { Schedule } from './schedule.ts';
import { until } from './until.ts';
import { clientMessageId, Whisperer, type Writing } from './whisperer.ts';

/** Who whispers. */
export interface WhisperPlan {
  readonly port: number;
  /** Of the server; two at least. */
  readonly shards: number;
  readonly pairs: number;
  readonly textBytes: number;
  /** Channels of pairs are named `<prefix>-0`, … */
  readonly channelPrefix: string;
}

/** What was acknowledged within the stretch that counts. */
export interface ClosedOutcome {
  readonly acknowledged: number;
  readonly elapsedMs: number;
  /** From when one was due, which is when the one before it was answered, to its own answer. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Sends that were refused for the moment, and sent again. */
  readonly retries: number;
  /** Senders without an answer long after the end. */
  readonly unanswered: number;
}

/** What came by the clock. */
export interface ClockedOutcome {
  /** That reached the other one of the pair. */
  readonly delivered: number;
  readonly expected: number;
  readonly elapsedMs: number;
  /** From when it was due to when the other one had it. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly retries: number;
}

/** What the inboxes, read back over the wire, say. */
export interface WhisperCheck {
  readonly whispers: number;
  /** Acknowledged and missing, twice or elsewhere in either inbox, or numbers left out. */
  readonly faults: number;
  /** People who were not told exactly what their inbox holds, by events and acknowledgements together. */
  readonly toldOtherwise: number;
}

interface Person {
  readonly whisperer: Whisperer;
  partner: Person | null;
  /** The own inbox: clientMessageId → `seq`; null: it is there, somewhere. */
  readonly inbox: Map<string, number | null>;
  /** Whispers of this one that were acknowledged. */
  acknowledged: number;
}

/** See the head of the file. */
export class WhisperRun {
  readonly #plan: WhisperPlan;
  readonly #people: Person[] = [];
  /** What is written by the clock, and the number of its first one; none while nothing is. */
  #schedule = new Schedule(0, 1, 0);
  #first = Infinity;
  #next = 0;
  #delivered = 0;
  #histogram = new LatencyHistogram();

  constructor(plan: WhisperPlan) {
    this.#plan = plan;
  }

  /** Brings everyone in; who is of a shard that has enough people leaves again. */
  async connect(): Promise<void> {
    const { pairs, shards, channelPrefix } = this.#plan;
    const [ones, others]: [Person[], Person[]] = [[], []];
    while (ones.length < pairs || others.length < pairs) {
      const person = await this.#person();
      const side = shardOf(`inbox:${person.whisperer.id}`, shards) === 0 ? ones : others;
      if (side.length < pairs) side.push(person);
      else person.whisperer.cut();
    }
    for (const [index, one] of ones.entries()) {
      const other = others[index];
      if (other === undefined) throw new Error('a pair has two people');
      const channelId = `${channelPrefix}-${index}`;
      await one.whisperer.meet(other.whisperer.id, channelId);
      await other.whisperer.meet(one.whisperer.id, channelId);
      one.partner = other;
      other.partner = one;
      this.#people.push(one, other);
    }
  }

  /** Everyone writes for so long, each with so many outstanding; then waits until everything is answered. */
  async closed(writing: Writing, outstanding: number, ms: number): Promise<ClosedOutcome> {
    const whisperers = this.#people.map(({ whisperer }) => whisperer);
    const retriesBefore = this.#retries;
    this.#histogram = new LatencyHistogram();
    const startMs = performance.now();
    for (const whisperer of whisperers) whisperer.keepWriting(writing, outstanding);
    await new Promise((resolve) => setTimeout(resolve, ms));
    const elapsedMs = performance.now() - startMs;
    const counted = this.#histogram;
    // Answers from here on are waited for, and not counted.
    this.#histogram = new LatencyHistogram();
    for (const whisperer of whisperers) whisperer.stop();
    await until(() => whisperers.every(({ isQuiet }) => isQuiet));
    for (const whisperer of whisperers) whisperer.assertWell();
    return {
      acknowledged: counted.count,
      elapsedMs,
      p50Ms: counted.quantileMs(0.5),
      p99Ms: counted.quantileMs(0.99),
      retries: this.#retries - retriesBefore,
      unanswered: whisperers.filter(({ isQuiet }) => !isQuiet).length,
    };
  }

  /** So many are written by the clock, `rate` a second, from all in turn; waits for the last delivery. */
  async clocked(writing: Writing, messages: number, rate: number): Promise<ClockedOutcome> {
    const retriesBefore = this.#retries;
    this.#histogram = new LatencyHistogram();
    this.#delivered = 0;
    this.#first = this.#next;
    this.#next += messages;
    const startMs = performance.now();
    this.#schedule = new Schedule(startMs, rate, messages);
    let sent = 0;
    const ticks = setInterval(() => {
      const due = this.#schedule.dueCount(performance.now());
      for (; sent < due; sent += 1) this.#writerOf(sent)?.whisperer.write(writing, this.#first + sent);
    }, 1);
    await new Promise((resolve) => setTimeout(resolve, (messages * 1_000) / rate));
    await until(() => this.#delivered >= messages);
    clearInterval(ticks);
    this.#first = Infinity;
    for (const { whisperer } of this.#people) whisperer.assertWell();
    return {
      delivered: this.#delivered,
      expected: messages,
      elapsedMs: performance.now() - startMs,
      p50Ms: this.#histogram.quantileMs(0.5),
      p99Ms: this.#histogram.quantileMs(0.99),
      retries: this.#retries - retriesBefore,
    };
  }

  /** Reads every inbox back, and looks at what everyone was told. */
  async check(): Promise<WhisperCheck> {
    const checks = await Promise.all(this.#people.map(readBack));
    const heads = checks.map(({ head }) => head);
    const differ = (): number =>
      this.#people.filter(({ whisperer, acknowledged }, i) => {
        return whisperer.whispersShown + acknowledged !== heads[i];
      }).length;
    await until(() => differ() === 0);
    return {
      // Each stands in two inboxes.
      whispers: heads.reduce((sum, head) => sum + head, 0) / 2,
      faults: countFaults(checks.map((check) => check.faults())),
      toldOtherwise: differ(),
    };
  }

  /** Breaks every connection off. */
  close(): void {
    for (const { whisperer } of this.#people) whisperer.cut();
  }

  get #retries(): number {
    return this.#people.reduce((sum, { whisperer }) => sum + whisperer.retries, 0);
  }

  /** Who writes number `index` of those by the clock. */
  #writerOf(index: number): Person | undefined {
    return this.#people[index % this.#people.length];
  }

  async #person(): Promise<Person> {
    const { port, textBytes } = this.#plan;
    const whisperer = await Whisperer.come({
      ...{ port, textBytes },
      nextNumber: () => this.#next++,
      acknowledged: (number, seq) => {
        const id = clientMessageId(number);
        person.inbox.set(id, seq);
        person.partner?.inbox.set(id, null);
        person.acknowledged += 1;
      },
      answered: (micros) => this.#histogram.record(micros),
      shown: (number) => this.#shown(person, number),
    });
    const person: Person = { whisperer, partner: null, inbox: new Map(), acknowledged: 0 };
    return person;
  }

  #shown(person: Person, number: number): void {
    const index = number - this.#first;
    // One's own message in a channel isn't what is waited for.
    if (index < 0 || this.#writerOf(index) === person) return;
    this.#histogram.record(this.#schedule.latencyMicros(index, performance.now()));
    this.#delivered += 1;
  }
}

async function readBack({ whisperer, inbox }: Person): Promise<LogCheck> {
  const check = new LogCheck(inbox);
  for (let hasMore = true; hasMore;) {
    const page = await whisperer.inbox(check.head);
    check.read(page.events);
    hasMore = page.hasMore;
  }
  return check;
}
