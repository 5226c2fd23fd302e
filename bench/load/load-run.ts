/** One run of load: connections into their rooms, messages by the clock, every delivery counted. */
import { performance } from 'node:perf_hooks';
import { Brake } from './brake.ts';
import { DIALECTS, type DialectName } from './dialect.ts';
import { LatencyHistogram } from './latency-histogram.ts';
import { markedText, MarkerScanner } from './marker.ts';
import { RawSocket } from './raw-socket.ts';
import { Schedule } from './schedule.ts';

/** Connections that are being made at any moment of the ramp. */
const RAMP_WIDTH = 20;
/** A sign of life on every connection, more often than any server here asks for one. */
const PONG_EVERY_MS = 15_000;

/** What to do. Rooms are named `<prefix>-0`, `<prefix>-1`, …; every room has as many members. */
export interface LoadPlan {
  readonly dialect: DialectName;
  readonly port: number;
  readonly rooms: number;
  readonly membersPerRoom: number;
  /** Messages a second, over all rooms. */
  readonly rate: number;
  readonly textBytes: number;
  readonly roomPrefix: string;
  /** From the first send; what hasn't come by then counts as not delivered. */
  readonly deadlineMs: number;
}

/** What came of it. */
export interface LoadOutcome {
  readonly delivered: number;
  readonly expected: number;
  /** Messages that some member got twice or more often. */
  readonly overdelivered: number;
  /** Messages that nobody got: refused, or still waiting at the deadline. */
  readonly unseen: number;
  readonly brokenConnections: number;
  /** From the first send to the last delivery or the deadline. */
  readonly elapsedMs: number;
  /** From when each message was due, not from when it was sent. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Connects everyone, and sends as often as it is told to; messages are numbered on. */
export class LoadRun {
  readonly #plan: LoadPlan;
  readonly #sockets: RawSocket[] = [];
  #histogram = new LatencyHistogram();
  #perMessage = new Uint32Array(0);
  /** Number of the first message of this stretch, and of the next stretch's. */
  #first = 0;
  #next = 0;
  #delivered = 0;
  #broken = 0;
  #schedule = new Schedule(0, 1, 0);
  /** When the bytes that are being looked at came in: one clock reading a chunk. */
  #nowMs = 0;
  #finish: (() => void) | null = null;

  constructor(plan: LoadPlan) {
    this.#plan = plan;
  }

  /** Makes all connections and waits until each is in its room. Member i of all sits in room i modulo rooms. */
  async connect(): Promise<void> {
    const { port, rooms, membersPerRoom } = this.#plan;
    const dialect = DIALECTS[this.#plan.dialect];
    let next = 0;
    const ramp = async (): Promise<void> => {
      while (next < rooms * membersPerRoom) {
        const member = next;
        next += 1;
        const room = this.#room(member);
        this.#sockets[member] = await RawSocket.open({ port, path: dialect.path(room) }, dialect.enter(room));
      }
    };
    await Promise.all(Array.from({ length: RAMP_WIDTH }, ramp));
    for (const socket of this.#sockets) {
      const scanner = new MarkerScanner((number) => this.#count(number));
      socket.listen({
        bytes: (bytes, length) => {
          this.#nowMs = performance.now();
          scanner.feed(bytes, length);
        },
        closed: () => {
          this.#broken += 1;
        },
      });
    }
  }

  /** Sends so many messages by the clock, and waits for the last delivery or the deadline. */
  async send(messages: number): Promise<LoadOutcome> {
    const { rate, deadlineMs } = this.#plan;
    const expected = messages * this.#plan.membersPerRoom;
    const first = this.#next;
    this.#next += messages;
    this.#first = first;
    this.#delivered = 0;
    this.#histogram = new LatencyHistogram();
    this.#perMessage = new Uint32Array(messages);
    const startMs = performance.now();
    const schedule = new Schedule(startMs, rate, messages);
    this.#schedule = schedule;
    const pongs = setInterval(() => this.#sockets.forEach((socket) => socket.pong()), PONG_EVERY_MS);
    let sent = 0;
    const brake = new Brake();
    const ticks = setInterval(() => {
      brake.tick();
      const due = schedule.dueCount(performance.now());
      while (sent < due) this.#sendOne(first + sent++);
    }, 1);
    await new Promise<void>((resolve) => {
      const deadline = setTimeout(resolve, deadlineMs);
      this.#finish = () => {
        clearTimeout(deadline);
        resolve();
      };
    });
    const elapsedMs = performance.now() - startMs;
    clearInterval(ticks);
    clearInterval(pongs);
    return {
      delivered: this.#delivered,
      expected,
      overdelivered: this.#perMessage.filter((count) => count > this.#plan.membersPerRoom).length,
      unseen: this.#perMessage.filter((count) => count === 0).length,
      brokenConnections: this.#broken,
      elapsedMs,
      p50Ms: this.#histogram.quantileMs(0.5),
      p99Ms: this.#histogram.quantileMs(0.99),
    };
  }

  /** Breaks every connection off. */
  close(): void {
    for (const socket of this.#sockets) socket.close();
  }

  #room(member: number): string {
    return `${this.#plan.roomPrefix}-${member % this.#plan.rooms}`;
  }

  #sendOne(number: number): void {
    const member = number % this.#sockets.length;
    const text = markedText(number, this.#plan.textBytes);
    this.#sockets[member]?.send(DIALECTS[this.#plan.dialect].message(this.#room(member), number, text));
  }

  #count(marked: number): void {
    const number = marked - this.#first;
    // One of an earlier stretch that comes late.
    if (number < 0) return;
    this.#histogram.record(this.#schedule.latencyMicros(number, this.#nowMs));
    this.#perMessage[number] = (this.#perMessage[number] ?? 0) + 1;
    this.#delivered += 1;
    if (this.#delivered === this.#perMessage.length * this.#plan.membersPerRoom) this.#finish?.();
  }
}
