/**
 * A thread's place: whoever holds it is watched and, when it ends or hangs, replaced.
 *
 * A place is starting (its thread runs, nothing is connected), reachable (others may open their ways to it), up (all of
 * its ways are open), or down (its thread ended; a replacement starts after a pause that grows while crashes repeat). A
 * thread that doesn't beat is ended first. A place that was retired stays down. One whose threads keep ending soon after
 * their start is in a crash loop, up or down, until one of them stays.
 */
import { lifeCell, LifeWatch } from './life-sign.ts';

/** Checks without a beat after which a thread counts as hanging: 1.5 s, so that it is found within 2 s. */
const MISSED_CHECKS = 6;
/** Pauses before a replacement, ms: none for the first crash in a minute. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;
const STABLE_MS = 60_000;
/** So many ends without a minute of life in between are no accident any more. */
const LOOP_CRASHES = 3;

/** One incarnation of a thread. */
export interface SupervisedThread<Control> {
  readonly control: Control;
  /** Resolves with the reason when the thread has ended. */
  readonly ended: Promise<string>;
  terminate(): Promise<void>;
}

/** Writes structured lines. */
export interface SupervisorLogger {
  error(fields: object, message: string): void;
  info(fields: object, message: string): void;
}

/** What a place is given. */
export interface ThreadSlotOptions<Control> {
  readonly kind: 'shard' | 'gateway';
  readonly index: number;
  /** Starts the thread; `incarnation` counts from 0, `life` is for it to beat. */
  readonly spawn: (incarnation: number, life: SharedArrayBuffer) => SupervisedThread<Control>;
  /** Opens the ways of a thread that has begun; rejects when it is of no use. */
  readonly connect: (thread: SupervisedThread<Control>) => Promise<void>;
  /** The thread ended. */
  readonly lost: () => void;
  /** It is being replaced. */
  readonly restarted: () => void;
  readonly logger: SupervisorLogger;
}

export class ThreadSlot<Control extends { begin(): Promise<void> }> {
  readonly index: number;
  /** Set by whoever opens ways, before the first of them; the end of the thread takes it back. */
  isReachable = false;
  readonly #options: ThreadSlotOptions<Control>;
  #thread: SupervisedThread<Control> | null = null;
  #watch: LifeWatch | null = null;
  #incarnation = 0;
  #isUp = false;
  #startedAt = 0;
  #pauseMs = 0;
  /** Ends in a row, each within a minute of its thread's start. */
  #crashes = 0;
  #retry: NodeJS.Timeout | null = null;
  #retired = false;

  constructor(options: ThreadSlotOptions<Control>) {
    this.#options = options;
    this.index = options.index;
  }

  /** Who holds the place; null while it is down. */
  get thread(): SupervisedThread<Control> | null {
    return this.#thread;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** Whether threads of this place keep ending soon after they started. */
  get isCrashLooping(): boolean {
    return this.#crashes >= LOOP_CRASHES && !(this.#thread !== null && this.#isStable());
  }

  /** Starts the thread; resolves when it is up, or was lost meanwhile. Rejects when it is of no use. */
  async start(): Promise<void> {
    const { kind, index, spawn, connect, logger } = this.#options;
    const life = lifeCell();
    const incarnation = this.#incarnation;
    this.#incarnation += 1;
    this.#startedAt = performance.now();
    const thread = spawn(incarnation, life);
    this.#thread = thread;
    this.#watch = new LifeWatch(life);
    void thread.ended.then((reason) => {
      if (this.#thread === thread) this.#ended(reason);
    });
    await thread.control.begin();
    if (this.#thread !== thread || this.#retired) return;
    try {
      await connect(thread);
    } catch (error) {
      // A thread that others can't reach is none: its end brings a replacement.
      await thread.terminate();
      throw error;
    }
    if (!this.holds(thread)) return;
    this.#isUp = true;
    logger.info({ [kind]: index, incarnation }, `${kind} is up`);
  }

  /** Whether this thread holds the place still. */
  holds(thread: SupervisedThread<Control>): boolean {
    return this.#thread === thread;
  }

  /** Looks for a sign of life, and ends the thread that gave none for too long. To be called at a steady pace. */
  check(): void {
    const { kind, index, logger } = this.#options;
    if (this.#watch?.hasBegun !== true || this.#watch.check() < MISSED_CHECKS) return;
    logger.error({ [kind]: index }, `a ${kind} hangs and is ended`);
    this.#watch = null;
    void this.#thread?.terminate();
  }

  /** The thread isn't replaced any more when it ends. */
  retire(): void {
    this.#retired = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
  }

  /** Ends the thread for good. */
  async stop(): Promise<void> {
    this.retire();
    await this.#thread?.terminate();
  }

  #ended(reason: string): void {
    this.#thread = null;
    this.#watch = null;
    this.#isUp = false;
    this.#options.lost();
    this.isReachable = false;
    if (!this.#retired) this.#replace(reason);
  }

  #replace(reason: string): void {
    const { kind, index, logger, restarted } = this.#options;
    if (this.#isStable()) {
      this.#pauseMs = 0;
      this.#crashes = 0;
    }
    const pauseMs = this.#pauseMs;
    this.#pauseMs = Math.min(Math.max(FIRST_PAUSE_MS, pauseMs * 2), LONGEST_PAUSE_MS);
    this.#crashes += 1;
    const fields = { [kind]: index, reason, pauseMs, crashes: this.#crashes };
    logger.error(fields, `a ${kind} ended and is replaced`);
    restarted();
    this.#retry = setTimeout(() => {
      this.#retry = null;
      this.start().catch((error: unknown) => {
        logger.error({ [kind]: index, err: error }, `a replacement did not come up`);
        // The end of a thread is heard of by itself; where the system gave none there is no end.
        if (this.#thread === null && this.#retry === null && !this.#retired) this.#replace('no thread');
      });
    }, pauseMs);
  }

  #isStable(): boolean {
    return performance.now() - this.#startedAt > STABLE_MS;
  }
}
