/**
 * What every simulation plays on: gateways, shards, clients and the database's weather, what disturbs them by a plan that
 * the seed makes, and the calm after it.
 */
import type { Gateway } from '../../src/gateway/gateway.ts';
import type { ChannelDirectory } from '../../src/protocol/channel-directory.ts';
import type { ShardBounds } from '../../src/shard/ports/shard-ports.ts';
import type { SimClient } from './sim-client.ts';
import { simGateway } from './sim-gateways.ts';
import { SimLogs, type Weather } from './sim-log.ts';
import { SHARDS, SIM_BOUNDS, SimShards, type Stores } from './sim-shards.ts';
import type { SimWorld } from './sim-world.ts';

/** What differs between simulations. */
export interface StageSetting {
  /** The stores of one incarnation of a shard. */
  readonly stores: (logs: SimLogs, shard: number, isDead: () => boolean) => Stores;
  readonly directory?: ChannelDirectory;
  readonly bounds?: ShardBounds;
  /** Shards look at their logs for what other servers write. */
  readonly watches?: boolean;
}

export class SimStage {
  readonly world: SimWorld;
  readonly gateways: readonly Gateway[];
  readonly shards: SimShards;
  readonly #logs: SimLogs;
  /** Timers of a shard that does nothing. */
  readonly #idleTimers: number;

  constructor(world: SimWorld, { stores, directory, bounds = SIM_BOUNDS, watches = false }: StageSetting) {
    this.world = world;
    this.#idleTimers = watches ? 2 : 1;
    this.#logs = new SimLogs(world);
    this.gateways = [simGateway(world, 0, directory), simGateway(world, 1, directory)];
    this.shards = new SimShards(
      world,
      (shard, isDead) => stores(this.#logs, shard, isDead),
      this.gateways,
      bounds,
    );
  }

  /** Plans what the profile lets go wrong within the next seconds. */
  disturb(): void {
    const { profile } = this.world;
    if (profile.crashes) this.#planCrashes();
    if (profile.faults) this.#planWeather();
  }

  /** No more faults: every client is connected, and what waited for something had its time. */
  async calmDown(clients: readonly SimClient[]): Promise<void> {
    const { clock, profile, random } = this.world;
    // Past every planned crash and spell of weather, and past what gateways hold for a shard that is away.
    await clock.advance(28_000);
    this.#setWeather('calm');
    await clock.advance(3_000);
    if (this.shards.down.length > 0) this.world.broken(`shards ${this.shards.down.join()} stay down`);
    for (const client of clients) {
      if (!client.isConnected) client.connect(random.pick(this.gateways), true);
    }
    await clock.advance(500);
    // What a wrong shard passed on to one that died is lost without a trace at the gateway.
    if (profile.misrouted && profile.crashes) for (const client of clients) client.excuseAll();
    this.checkAnswered(clients);
  }

  checkAnswered(clients: readonly SimClient[]): void {
    for (const client of clients) {
      if (client.waiting.length > 0) this.world.broken(`no answer to ${client.waiting.join(', ')}`);
    }
  }

  /** Everyone goes; in the end shards hold nothing and wait for nothing. */
  async checkNothingIsLeft(clients: readonly SimClient[]): Promise<void> {
    for (const client of clients) client.disconnect(0);
    await this.world.clock.advance(20_000);
    const { misrouted, crashes } = this.world.profile;
    for (const shard of this.shards.alive) {
      const { actors, connections, mailboxDepth, heldEntries, inboxes, inboxesAwake } = shard.gauges();
      // A shard that passed requests on and died told nobody of the end of their connections.
      const known = misrouted && crashes ? 0 : connections + inboxes;
      if (actors + known + mailboxDepth + heldEntries + inboxesAwake > 0) {
        this.world.broken(`a shard holds on to ${JSON.stringify(shard.gauges())}`);
      }
    }
    // Each keeps house, and waits for nothing else.
    if (this.shards.timers > SHARDS * this.#idleTimers)
      this.world.broken(`shards wait for ${this.shards.timers} timers`);
    await this.world.clock.advance(1);
    await this.#stop();
  }

  #planCrashes(): void {
    const { clock, random } = this.world;
    for (let count = random.int(1, 5); count > 0; count -= 1) {
      const shard = random.int(0, SHARDS - 1);
      const pause = random.chance(0.1) ? random.int(9_000, 13_000) : random.int(0, 800);
      const at = random.int(0, 10_000);
      clock.after(at, () => {
        this.shards.crash(shard, pause);
      });
      // A replacement may die while it takes over.
      if (random.chance(0.4)) {
        clock.after(at + pause + random.int(0, 150), () => {
          this.shards.crash(shard, 0);
        });
      }
    }
  }

  #planWeather(): void {
    const { clock, random } = this.world;
    let at = random.int(0, 2_000);
    while (at < 10_000) {
      const weather: Weather = random.chance(0.7) ? 'flaky' : 'away';
      const duration = weather === 'away' && random.chance(0.3) ? 6_500 : random.int(100, 2_500);
      clock.after(at, () => {
        this.#setWeather(weather);
      });
      clock.after(at + duration, () => {
        this.#setWeather('calm');
      });
      at += duration + random.int(100, 3_000);
    }
  }

  #setWeather(weather: Weather): void {
    this.#logs.weather = weather;
    this.world.note(`the log is ${weather}`);
  }

  /** A last event, so that what was found at the very end is reported. */
  async #stop(): Promise<void> {
    const { clock } = this.world;
    clock.after(0, () => undefined);
    await clock.advance(0);
  }
}
