/**
 * Starts the shards and the gateway threads, watches and replaces them, and opens the ways between them.
 *
 * Between each two threads there is one way at a time. Of two that come up at once, the second to become reachable opens
 * it. Whoever is replaced opens all of its ways anew: a gateway hands over to the replacement of a shard what it holds, a
 * shard drops the connections of a gateway that ended.
 */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { ListenAddress, RemoteGatewayControl } from './gateway-control.ts';
import type { RemoteShardControl } from './shard-control.ts';
import { type SupervisedThread, type SupervisorLogger, ThreadSlot } from './thread-slot.ts';

const CHECK_MS = 250;
/** A check that comes later than this says nothing about others. */
const LATE_CHECK_MS = 2 * CHECK_MS;

/** One incarnation of a shard. */
export type SupervisedShard = SupervisedThread<RemoteShardControl>;
/** One incarnation of a gateway thread. */
export type SupervisedGatewayThread = SupervisedThread<RemoteGatewayControl>;

/** A gateway as the supervisor sees it. */
export interface SupervisedGateway {
  readonly index: number;
  connectShard(shard: number, port: MessagePort): unknown;
  disconnectShard(shard: number): void;
}

/** Gateways that have threads of their own. */
export interface GatewayThreads {
  readonly count: number;
  /** Starts a thread; `incarnation` counts from 0, `life` is for it to beat. */
  readonly spawn: (gateway: number, incarnation: number, life: SharedArrayBuffer) => SupervisedGatewayThread;
  /** A thread ended, and with it all of its connections; before anything of a replacement. */
  readonly lost: (gateway: number) => void;
  /** A gateway is being replaced. */
  readonly restarted: (gateway: number) => void;
}

/** What a supervisor is given. */
export interface SupervisorOptions {
  readonly shards: number;
  /** Gateways of this thread. */
  readonly gateways: readonly SupervisedGateway[];
  readonly gatewayThreads?: GatewayThreads;
  /** Starts the thread of a shard; `incarnation` counts from 0, `life` is for it to beat. */
  readonly spawn: (shard: number, incarnation: number, life: SharedArrayBuffer) => SupervisedShard;
  readonly logger: SupervisorLogger;
  /** A shard is being replaced. */
  readonly restarted: (shard: number) => void;
}

type ShardSlot = ThreadSlot<RemoteShardControl>;
type GatewaySlot = ThreadSlot<RemoteGatewayControl>;

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #shards: readonly ShardSlot[];
  readonly #gateways: readonly GatewaySlot[];
  #listenAt: ListenAddress | null = null;
  #timer: NodeJS.Timeout | null = null;
  #checkedAt = 0;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#shards = Array.from({ length: options.shards }, (_, index) => this.#shardSlot(index));
    const { gatewayThreads } = options;
    this.#gateways =
      gatewayThreads === undefined
        ? []
        : Array.from({ length: gatewayThreads.count }, (_, index) =>
            this.#gatewaySlot(index, gatewayThreads),
          );
  }

  /** Starts all threads; resolves when each of them is up. Rejects when one is of no use. */
  async start(): Promise<void> {
    this.#checkedAt = performance.now();
    this.#timer = setInterval(() => {
      this.#check();
    }, CHECK_MS);
    await Promise.all([...this.#shards, ...this.#gateways].map((slot) => slot.start()));
  }

  /** The control plane of a shard, or null while it is not up. */
  control(shard: number): RemoteShardControl | null {
    const slot = this.#shards[shard];
    return slot?.isUp === true && slot.thread !== null ? slot.thread.control : null;
  }

  /** Shards that are not up. */
  get down(): readonly number[] {
    return indicesDown(this.#shards);
  }

  /** All threads by name, and whether each keeps ending soon after it started. */
  get crashLoops(): readonly { readonly thread: string; readonly looping: boolean }[] {
    return [
      ...this.#shards.map((slot) => ({ thread: `shard-${slot.index}`, looping: slot.isCrashLooping })),
      ...this.#gateways.map((slot) => ({ thread: `gateway-${slot.index}`, looping: slot.isCrashLooping })),
    ];
  }

  /** The control plane of a gateway thread, whether it is up or still starting; null while there is none. */
  gatewayControl(gateway: number): RemoteGatewayControl | null {
    return this.#gateways[gateway]?.thread?.control ?? null;
  }

  /** Gateway threads that are not up. */
  get gatewaysDown(): readonly number[] {
    return indicesDown(this.#gateways);
  }

  /** Lets all gateway threads listen, and their replacements: null, or the system's code for why one can't. */
  async listen(at: ListenAddress): Promise<string | null> {
    this.#listenAt = at;
    const threads = this.#gateways.flatMap(({ isReachable, thread }) =>
      isReachable && thread !== null ? [thread] : [],
    );
    // One that ends now is replaced, and its replacement listens by itself.
    const answers = await Promise.all(threads.map(({ control }) => control.listen(at).catch(() => null)));
    return answers.find((answer) => answer !== null) ?? null;
  }

  /** No gateway thread that ends is replaced any more. */
  retireGateways(): void {
    for (const slot of this.#gateways) slot.retire();
  }

  /** Ends all threads, shards once they have closed what they had open; nothing is replaced any more. */
  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    const slots = [...this.#shards, ...this.#gateways];
    for (const slot of slots) slot.retire();
    await Promise.all(
      this.#shards.map(async ({ thread }) => {
        if (thread !== null) await ignoreEnd(thread.control.close());
      }),
    );
    await Promise.all(slots.map((slot) => slot.stop()));
  }

  #shardSlot(index: number): ShardSlot {
    const { spawn, restarted, logger } = this.#options;
    const slot: ShardSlot = new ThreadSlot({
      kind: 'shard',
      index,
      spawn: (incarnation, life) => spawn(index, incarnation, life),
      connect: (thread) => this.#connectShard(slot, thread),
      lost: () => {
        for (const gateway of this.#options.gateways) gateway.disconnectShard(index);
        for (const { thread } of reachable(this.#gateways))
          void ignoreEnd(thread.control.disconnectShard(index));
      },
      restarted: () => {
        restarted(index);
      },
      logger,
    });
    return slot;
  }

  #gatewaySlot(index: number, { spawn, lost, restarted }: GatewayThreads): GatewaySlot {
    const slot: GatewaySlot = new ThreadSlot({
      kind: 'gateway',
      index,
      spawn: (incarnation, life) => spawn(index, incarnation, life),
      connect: (thread) => this.#connectGateway(slot, thread),
      lost: () => {
        for (const { thread } of reachable(this.#shards))
          void ignoreEnd(thread.control.disconnectGateway(index));
        lost(index);
      },
      restarted: () => {
        restarted(index);
      },
      logger: this.#options.logger,
    });
    return slot;
  }

  async #connectShard(slot: ShardSlot, thread: SupervisedShard): Promise<void> {
    const others = reachable(this.#shards);
    const gatewayThreads = reachable(this.#gateways);
    slot.isReachable = true;
    for (const other of others) {
      // Who was replaced meanwhile has opened a way of its own.
      if (!other.slot.holds(other.thread)) continue;
      const { port1, port2 } = new MessageChannel();
      await thread.control.connectShard(other.slot.index, port1);
      await ignoreEnd(other.thread.control.connectShard(slot.index, port2));
    }
    for (const gateway of this.#options.gateways) await open(slot, thread, gateway);
    for (const gateway of gatewayThreads) {
      if (gateway.slot.holds(gateway.thread)) await open(slot, thread, remoteGateway(gateway));
    }
  }

  async #connectGateway(slot: GatewaySlot, thread: SupervisedGatewayThread): Promise<void> {
    const shards = reachable(this.#shards);
    slot.isReachable = true;
    for (const shard of shards) {
      // Its replacement opens the way when this one ended.
      if (shard.slot.holds(shard.thread))
        await ignoreEnd(open(shard.slot, shard.thread, remoteGateway({ slot, thread })));
    }
    if (this.#listenAt === null) return;
    const problem = await thread.control.listen(this.#listenAt);
    if (problem !== null) throw new Error(`it can't listen: ${problem}`);
  }

  #check(): void {
    const now = performance.now();
    const late = now - this.#checkedAt > LATE_CHECK_MS;
    this.#checkedAt = now;
    if (late) return;
    for (const slot of this.#shards) slot.check();
    for (const slot of this.#gateways) slot.check();
  }
}

/** Someone who holds a place. */
interface Holder<Control extends { begin(): Promise<void> }> {
  readonly slot: ThreadSlot<Control>;
  readonly thread: SupervisedThread<Control>;
}

function reachable<Control extends { begin(): Promise<void> }>(
  slots: readonly ThreadSlot<Control>[],
): Holder<Control>[] {
  return slots.flatMap((slot) =>
    slot.isReachable && slot.thread !== null ? [{ slot, thread: slot.thread }] : [],
  );
}

function indicesDown(
  slots: readonly { readonly index: number; readonly isUp: boolean }[],
): readonly number[] {
  return slots.filter((slot) => !slot.isUp).map((slot) => slot.index);
}

function remoteGateway({ slot, thread }: Holder<RemoteGatewayControl>): SupervisedGateway {
  return {
    index: slot.index,
    connectShard: (shard, port) => ignoreEnd(thread.control.connectShard(shard, port)),
    disconnectShard: (shard) => {
      void ignoreEnd(thread.control.disconnectShard(shard));
    },
  };
}

/** Opens the way between a shard and a gateway: the shard's end first, so that it listens when the hand-over comes. */
async function open(slot: ShardSlot, thread: SupervisedShard, gateway: SupervisedGateway): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  await thread.control.connectGateway(gateway.index, port2);
  // A gateway that is told of a way behind its end would think the shard up.
  if (slot.holds(thread)) await gateway.connectShard(slot.index, port1);
}

/** A call to a thread that ended, or hangs and will: its replacement makes up for it. */
async function ignoreEnd(call: Promise<void>): Promise<void> {
  await call.catch(() => undefined);
}
