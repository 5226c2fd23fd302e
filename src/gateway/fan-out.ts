/**
 * When a gateway's topics and connections write what they have waiting.
 *
 * Writes are what a gateway spends its time on, so they pace themselves, each topic's and all together. A topic takes no
 * more than about half of the loop. When the loop gets full, and waiting would bring frames together, topics are flushed
 * in rounds, which move apart until there is room again. What comes meanwhile goes out joined, one write a socket. A loop
 * with room waits for nothing, and a topic that was quiet for a while never waits for others. Ephemeral frames that can
 * wait do so for a durable one to go out with, or for their time.
 */
import { DeadlineQueue, type DeadlineTimers } from '../threads/deadline-queue.ts';
import type { Connection } from './connection.ts';
import type { Topic } from './topic.ts';

/** A topic that wrote nothing for so long is quiet, ms. */
const QUIET_MS = 40;
/** A topic takes 1 ms of so many; it may be ahead of that for a moment, ms. */
const TOPIC_MS_PER_COST = 1.75;
const TOPIC_SLACK_MS = 5;
/** Longest time between rounds, ms, and by how much it grows and shrinks. */
const LONGEST_WAIT_MS = 40;
const WAIT_STEP_MS = 8;
/** So many frames of a topic have to come within the longest wait for it to be worth it; with fewer it ends again. */
const WORTH_WAITING = 2;
const NOT_WORTH_WAITING = 1.5;
/** Share of its time that a full loop works, and one with room; looked at so often, ms. */
const FULL = 0.75;
const ROOMY = 0.6;
const LOOK_MS = 50;

export class FanOut {
  readonly #timers: DeadlineTimers;
  readonly #utilization: () => number;
  readonly #written: (frames: number) => void;
  /** Topics with something to write. */
  readonly #dirty = new Set<Topic>();
  /** Those that wait for the next round, or until they may take time again. */
  readonly #waiting = new Set<Topic>();
  /** Those with nothing but what can wait. */
  readonly #patient: DeadlineQueue<Topic>;
  /** Connections with something of their own to write. */
  readonly #direct = new Set<Connection>();
  /** When the last round ended, monotonic ms, and how long the next one waits, ms; 0 while there is room. */
  #roundEndedAt = 0;
  #wait = 0;
  #lookedAt = 0;
  /** Since then: frames that topics had waiting when they were flushed, and how many topics that were. */
  #frames = 0;
  #topics = 0;
  #wakeAt = Number.POSITIVE_INFINITY;
  #cancel: (() => void) | null = null;

  /**
   * `utilization` tells the share of the time since it was last asked in which the loop worked; `written` hears how many
   * frames a flush put into sockets.
   */
  constructor(timers: DeadlineTimers, utilization: () => number, written: (frames: number) => void) {
    this.#timers = timers;
    this.#utilization = utilization;
    this.#written = written;
    this.#patient = new DeadlineQueue(timers, (topic) => {
      this.dirty(topic);
      this.run();
    });
  }

  /** The topic has something to write. */
  dirty(topic: Topic): void {
    if (!this.#waiting.has(topic)) this.#dirty.add(topic);
  }

  /** The connection has something of its own to write. */
  direct(connection: Connection): void {
    this.#direct.add(connection);
  }

  /** Writes what may go out now: at the end of each batch, so that what came together goes out together. */
  run(): void {
    const now = this.#timers.mono();
    this.#look(now);
    const nextRound = this.#nextRoundAt;
    const isRound = nextRound <= now && this.#dirty.size + this.#waiting.size > 0;
    if (isRound) this.#flushWaiting(now);
    for (const topic of this.#dirty) {
      const mayAt = topic.paidUntil - TOPIC_SLACK_MS;
      const isQuiet = topic.flushedAt + QUIET_MS <= now;
      const due = isQuiet ? mayAt : Math.max(mayAt, nextRound);
      if (topic.due > now) {
        this.#patient.set(topic, topic.due);
      } else if (due <= now) {
        this.#flush(topic);
      } else {
        this.#waiting.add(topic);
        this.#wakeBy(due);
      }
    }
    this.#dirty.clear();
    if (isRound) this.#roundEndedAt = this.#timers.mono();
    this.#writeDirect();
  }

  /** Writes what these topics have waiting, whether it is time or not. */
  flush(topics: Iterable<Topic>): void {
    for (const topic of topics) this.#flush(topic);
  }

  close(): void {
    this.#sleep();
    this.#patient.clear();
  }

  /** Monotonic ms before which topics that aren't quiet wait. */
  get #nextRoundAt(): number {
    return this.#roundEndedAt + this.#wait;
  }

  #look(now: number): void {
    const elapsed = now - this.#lookedAt;
    if (elapsed < LOOK_MS) return;
    const together = (this.#frames / Math.max(this.#topics, 1)) * (LONGEST_WAIT_MS / elapsed);
    const busy = this.#utilization();
    this.#lookedAt = now;
    this.#frames = 0;
    this.#topics = 0;
    if (busy > FULL && together >= WORTH_WAITING) {
      this.#wait = Math.min(this.#wait + WAIT_STEP_MS, LONGEST_WAIT_MS);
    } else if (busy < ROOMY || together < NOT_WORTH_WAITING) {
      this.#wait = Math.max(this.#wait - WAIT_STEP_MS, 0);
    }
  }

  #flushWaiting(now: number): void {
    this.#sleep();
    for (const topic of this.#waiting) {
      const mayAt = topic.paidUntil - TOPIC_SLACK_MS;
      if (mayAt <= now) {
        this.#waiting.delete(topic);
        this.#flush(topic);
      } else {
        this.#wakeBy(mayAt);
      }
    }
  }

  #flush(topic: Topic): void {
    if (topic.waiting === 0) return;
    this.#patient.delete(topic);
    this.#frames += topic.waiting;
    if (topic.flushedAt <= this.#lookedAt) this.#topics += 1;
    const startedAt = this.#timers.mono();
    this.#written(topic.flush());
    topic.flushedAt = this.#timers.mono();
    const cost = topic.flushedAt - startedAt;
    topic.paidUntil = Math.max(topic.paidUntil, startedAt) + cost * TOPIC_MS_PER_COST;
  }

  #wakeBy(at: number): void {
    if (this.#wakeAt <= at) return;
    this.#sleep();
    this.#wakeAt = at;
    this.#cancel = this.#timers.after(at - this.#timers.mono(), () => {
      this.#sleep();
      this.run();
      // Timers count whole ms of another clock, and may be early.
      if (this.#waiting.size > 0) this.#wakeBy(Math.max(this.#nextRoundAt, at));
    });
  }

  #sleep(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#wakeAt = Number.POSITIVE_INFINITY;
  }

  /** Answers go out with the events of a topic that is about to be flushed, as one write; at once where none is. */
  #writeDirect(): void {
    for (const connection of this.#direct) {
      if (connection.hasDirect && this.#isAboutToWrite(connection)) continue;
      this.#direct.delete(connection);
      if (connection.hasDirect) connection.write();
    }
  }

  #isAboutToWrite({ topics }: Connection): boolean {
    for (const topic of topics) if (this.#waiting.has(topic)) return true;
    return false;
  }
}
