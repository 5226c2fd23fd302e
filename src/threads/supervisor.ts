/**
 * Starts the shards, watches them and replaces those that end or hang.
 *
 * A shard is starting (its thread runs, nothing is connected), up (connected to every gateway and every other shard
 * that is up), or down (ended; a replacement starts after a pause that grows while crashes repeat). A thread that
 * doesn't beat is ended first. Gateways hear of every step and keep what they hold until the replacement has it.
 */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { lifeCell, LifeWatch } from './life-sign.ts';
import type { RemoteShardControl } from './shard-control.ts';

const CHECK_MS = 250;
/** Checks without a beat after which a thread counts as hanging: 1.5 s, so that it is found within 2 s. */
const MISSED_CHECKS = 6;
/** A check that comes later than this says nothing about others. */
const LATE_CHECK_MS = 2 * CHECK_MS;
/** Pauses before a replacement, ms: none for the first crash in a minute. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;
const STABLE_MS = 60_000;

/** One incarnation of a shard. */
export interface SupervisedThread {
  readonly control: RemoteShardControl;
  /** Resolves with the reason when the thread has ended. */
  readonly ended: Promise<string>;
  terminate(): Promise<void>;
}

/** A gateway as the supervisor sees it. */
export interface SupervisedGateway {
  readonly index: number;
  connectShard(shard: number, port: MessagePort): void;
  disconnectShard(shard: number): void;
}

/** What a supervisor is given. */
export interface SupervisorOptions {
  readonly shards: number;
  readonly gateways: readonly SupervisedGateway[];
  /** Starts the thread of a shard; `incarnation` counts from 0, `life` is for it to beat. */
  readonly spawn: (shard: number, incarnation: number, life: SharedArrayBuffer) => SupervisedThread;
  readonly logger: {
    error(fields: object, message: string): void;
    info(fields: object, message: string): void;
  };
  /** A shard is being replaced. */
  readonly restarted: (shard: number) => void;
}

interface Slot {
  readonly index: number;
  thread: SupervisedThread | null;
  watch: LifeWatch | null;
  incarnation: number;
  /** Others may open their way to it. */
  isMeshed: boolean;
  isUp: boolean;
  startedAt: number;
  pauseMs: number;
  retry: NodeJS.Timeout | null;
}

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #slots: Slot[];
  #timer: NodeJS.Timeout | null = null;
  #checkedAt = 0;
  #stopping = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#slots = Array.from({ length: options.shards }, (_, index) => ({
      index,
      thread: null,
      watch: null,
      incarnation: 0,
      isMeshed: false,
      isUp: false,
      startedAt: 0,
      pauseMs: 0,
      retry: null,
    }));
  }

  /** Starts all shards; resolves when each of them is up. Rejects when one ends before that. */
  async start(): Promise<void> {
    this.#checkedAt = performance.now();
    this.#timer = setInterval(() => {
      this.#check();
    }, CHECK_MS);
    await Promise.all(this.#slots.map((slot) => this.#start(slot)));
  }

  /** The control plane of a shard, or null while it is not up. */
  control(shard: number): RemoteShardControl | null {
    const slot = this.#slots[shard];
    return slot?.isUp === true && slot.thread !== null ? slot.thread.control : null;
  }

  /** Shards that are not up. */
  get down(): readonly number[] {
    return this.#slots.filter((slot) => !slot.isUp).map((slot) => slot.index);
  }

  /** Ends all threads; nothing is replaced any more. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#timer !== null) clearInterval(this.#timer);
    for (const slot of this.#slots) if (slot.retry !== null) clearTimeout(slot.retry);
    await Promise.all(this.#slots.map(async (slot) => slot.thread?.terminate()));
  }

  async #start(slot: Slot): Promise<void> {
    const { spawn, logger } = this.#options;
    const life = lifeCell();
    const thread = spawn(slot.index, slot.incarnation, life);
    slot.incarnation += 1;
    slot.thread = thread;
    slot.watch = new LifeWatch(life);
    slot.startedAt = performance.now();
    void thread.ended.then((reason) => {
      if (slot.thread === thread) this.#ended(slot, reason);
    });
    await thread.control.begin();
    if (slot.thread !== thread || this.#stopping) return;
    try {
      await this.#connect(slot, thread);
    } catch (error) {
      // A thread that others can't reach is no shard: its end brings a replacement.
      await thread.terminate();
      throw error;
    }
    logger.info({ shard: slot.index, incarnation: slot.incarnation - 1 }, 'shard is up');
  }

  async #connect(slot: Slot, thread: SupervisedThread): Promise<void> {
    // Of two shards that start at once, the second to come here opens the way between them.
    const others = this.#slots.flatMap(({ index, isMeshed, thread: other }) =>
      isMeshed && other !== null ? [{ index, other }] : [],
    );
    slot.isMeshed = true;
    for (const { index, other } of others) {
      const { port1, port2 } = new MessageChannel();
      await thread.control.connectShard(index, port1);
      await other.control.connectShard(slot.index, port2).catch(() => {
        // It died meanwhile; its replacement connects to this one.
      });
    }
    for (const gateway of this.#options.gateways) {
      const { port1, port2 } = new MessageChannel();
      await thread.control.connectGateway(gateway.index, port2);
      if (slot.thread !== thread) return;
      gateway.connectShard(slot.index, port1);
    }
    slot.isUp = true;
  }

  #ended(slot: Slot, reason: string): void {
    slot.thread = null;
    slot.watch = null;
    slot.isMeshed = false;
    slot.isUp = false;
    for (const gateway of this.#options.gateways) gateway.disconnectShard(slot.index);
    if (this.#stopping) return;
    if (performance.now() - slot.startedAt > STABLE_MS) slot.pauseMs = 0;
    const { pauseMs } = slot;
    slot.pauseMs = Math.min(Math.max(FIRST_PAUSE_MS, pauseMs * 2), LONGEST_PAUSE_MS);
    this.#options.logger.error({ shard: slot.index, reason, pauseMs }, 'a shard ended and is replaced');
    this.#options.restarted(slot.index);
    slot.retry = setTimeout(() => {
      slot.retry = null;
      this.#start(slot).catch((error: unknown) => {
        // The end of the thread is what counts, and is heard of by itself.
        this.#options.logger.error({ shard: slot.index, err: error }, 'a replacement did not come up');
      });
    }, pauseMs);
  }

  #check(): void {
    const now = performance.now();
    const late = now - this.#checkedAt > LATE_CHECK_MS;
    this.#checkedAt = now;
    if (late) return;
    for (const slot of this.#slots) {
      if (slot.watch?.hasBegun !== true || slot.watch.check() < MISSED_CHECKS) continue;
      this.#options.logger.error({ shard: slot.index }, 'a shard hangs and is ended');
      slot.watch = null;
      void slot.thread?.terminate();
    }
  }
}
