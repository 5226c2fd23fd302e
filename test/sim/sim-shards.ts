/** Shards without threads, and what supervises them: they die at any moment and are replaced. */
import { CHANNEL_COMMANDS } from '../../src/channel/registry.ts';
import type { Gateway } from '../../src/gateway/gateway.ts';
import { INBOX_COMMANDS } from '../../src/inbox/registry.ts';
import type { MeshMessage } from '../../src/shard/mesh.ts';
import type { ChannelLog } from '../../src/shard/ports/channel-log.ts';
import type { InboxStore } from '../../src/shard/ports/inbox-store.ts';
import type { LogHeads } from '../../src/shard/ports/log-heads.ts';
import type { OtherServers } from '../../src/shard/ports/other-servers.ts';
import { SHARD_BOUNDS, type ShardBounds } from '../../src/shard/ports/shard-ports.ts';
import { compileCommands } from '../../src/shard/request.ts';
import { Shard } from '../../src/shard/shard.ts';
import { OPEN_POLICY } from '../support/open-policy.ts';
import { simPorts } from './sim-ports.ts';
import type { SimWorld } from './sim-world.ts';

export const SHARDS = 3;
/** Small, so that rings are missed, batches split and channels dropped within seconds. */
export const SIM_BOUNDS: ShardBounds = {
  ...SHARD_BOUNDS,
  batchEntries: 5,
  heldEntries: 60,
  ringEvents: 6,
  ringSize: 4_096,
  ringsSize: 8_192,
  pagesSize: 4_096,
  inboxRing: { events: 4, size: 4_096 },
  inboxRingsSize: 8_192,
  marks: { batchMarks: 3, heldMarks: 12, giveUpMs: 5_000 },
  mailbox: 40,
  coldMs: 3_000,
};
const commands = compileCommands(CHANNEL_COMMANDS, INBOX_COMMANDS);

/** What an incarnation of a shard reaches its database by. */
export interface Stores {
  readonly log: ChannelLog;
  readonly inboxes: InboxStore;
  readonly others?: OtherServers;
  readonly heads?: LogHeads;
  /** Ends what earlier incarnations still have under way. */
  readonly fence: () => Promise<{ readonly ok: boolean }>;
}

interface Incarnation {
  readonly index: number;
  readonly shard: Shard;
  readonly begin: () => Promise<{ readonly ok: boolean }>;
  /** Its timers that haven't fired. */
  readonly timers: ReadonlySet<unknown>;
  isDead: boolean;
  isMeshed: boolean;
}

export class SimShards {
  readonly #world: SimWorld;
  readonly #stores: (shard: number, isDead: () => boolean) => Stores;
  readonly #gateways: readonly Gateway[];
  readonly #bounds: ShardBounds;
  readonly #slots: (Incarnation | null)[] = Array.from({ length: SHARDS }, () => null);

  constructor(
    world: SimWorld,
    stores: (shard: number, isDead: () => boolean) => Stores,
    gateways: readonly Gateway[],
    bounds: ShardBounds,
  ) {
    this.#world = world;
    this.#stores = stores;
    this.#gateways = gateways;
    this.#bounds = bounds;
    for (let index = 0; index < SHARDS; index += 1) this.#start(index);
  }

  /** Shards whose replacement isn't connected everywhere. */
  get down(): readonly number[] {
    return [...new Set(this.#gateways.flatMap((gateway) => gateway.shardsDown))];
  }

  /** The shards that live. */
  get alive(): readonly Shard[] {
    return this.#slots.flatMap((slot) => (slot === null ? [] : [slot.shard]));
  }

  /** Timers of those that live. */
  get timers(): number {
    return this.#slots.reduce((sum, slot) => sum + (slot?.timers.size ?? 0), 0);
  }

  /** Kills a shard; gateways hear of it a little later, and its replacement comes after `pauseMs`. */
  crash(index: number, pauseMs: number): void {
    const { clock, random } = this.#world;
    const dying = this.#slots[index];
    if (dying === undefined || dying === null) return;
    this.#world.note(`shard ${index} dies, replaced after ${pauseMs} ms`);
    this.#world.crashes += 1;
    this.#world.diedAt.set(index, clock.mono());
    dying.isDead = true;
    dying.shard.close();
    this.#slots[index] = null;
    clock.after(random.int(0, 30), () => {
      for (const gateway of this.#gateways) gateway.disconnectShard(this.#linkOf(gateway, index));
      clock.after(pauseMs, () => {
        this.#start(index);
      });
    });
  }

  #start(index: number): void {
    const incarnation = this.#build(index);
    this.#slots[index] = incarnation;
    void this.#bringUp(incarnation);
  }

  #build(index: number): Incarnation {
    const { clock } = this.#world;
    const isDead = (): boolean => incarnation.isDead;
    const timers = new Set<() => void>();
    const after = (delayMs: number, callback: () => void): (() => void) => {
      const cancel = clock.after(delayMs, () => {
        timers.delete(cancel);
        if (!isDead()) callback();
      });
      timers.add(cancel);
      return () => {
        timers.delete(cancel);
        cancel();
      };
    };
    const { log, inboxes, fence, others, heads } = this.#stores(index, isDead);
    const shard = new Shard({
      index,
      shards: SHARDS,
      commands,
      bounds: this.#bounds,
      ports: {
        log,
        inboxes,
        others,
        ...(heads === undefined ? {} : { heads }),
        reads: this.#world.reads,
        held: this.#world.held,
        reports: this.#world.reports,
        channels: this.#world.channels,
        timers: { now: () => clock.now(), mono: () => clock.mono(), after },
        defer: (task) => {
          after(0, task);
        },
        endOfTick: (task) => {
          after(0, task);
        },
        newId: () => this.#world.newId(),
        policy: OPEN_POLICY,
        isBanned: () => false,
        recorder: {
          committed: () => undefined,
          uncommitted: () => undefined,
          page: () => undefined,
          request: () => undefined,
          refused: () => undefined,
        },
        logger: {
          info: () => undefined,
          warn: () => undefined,
          error: (fields, message) => {
            if (!message.startsWith('the log refused')) {
              this.#world.broken(`shard ${index}: ${message} ${JSON.stringify(fields)}`);
            }
          },
        },
      },
    });
    const incarnation: Incarnation = {
      index,
      shard,
      begin: fence,
      timers,
      isDead: false,
      isMeshed: false,
    };
    return incarnation;
  }

  /** As workers and supervisor do it: fence, mesh, then one gateway after the other. */
  async #bringUp(incarnation: Incarnation): Promise<void> {
    const { clock, random } = this.#world;
    const wait = (ms: number): Promise<void> =>
      new Promise((resolve) => {
        clock.after(ms, resolve);
      });
    const isDead = (): boolean => incarnation.isDead;
    while (!(await incarnation.begin()).ok) await wait(100);
    if (isDead()) return;
    incarnation.isMeshed = true;
    for (const other of this.#slots) {
      if (other === null || other === incarnation || !other.isMeshed) continue;
      const [here, there] = simPorts<readonly MeshMessage[]>(clock, () => random.int(0, 8));
      incarnation.shard.connectShard(other.index, here);
      other.shard.connectShard(incarnation.index, there);
    }
    for (const [index, gateway] of this.#gateways.entries()) {
      await wait(random.int(0, 20));
      if (isDead()) return;
      const [here, there] = simPorts<ArrayBuffer>(clock, () => random.int(0, 8));
      incarnation.shard.connectGateway(index, here);
      gateway.connectShard(this.#linkOf(gateway, incarnation.index), there);
    }
    this.#world.note(`shard ${incarnation.index} is up`);
  }

  /** Which of its links a gateway has this shard on: a misrouted one has them crossed. */
  #linkOf(gateway: Gateway, shard: number): number {
    const crossed = this.#world.profile.misrouted && gateway === this.#gateways[1];
    return crossed ? (shard + 1) % SHARDS : shard;
  }
}
