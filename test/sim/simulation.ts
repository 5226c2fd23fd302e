/**
 * One run: clients chat for some seconds while shards die and the log fails, then everything calms down and what must
 * hold is checked. The same seed gives the same run.
 */
import type { Gateway } from '../../src/gateway/gateway.ts';
import { shardOf } from '../../src/threads/shard-of.ts';
import { SimClient, type SimUser } from './sim-client.ts';
import { simGateway } from './sim-gateways.ts';
import { SimLogs, type Weather } from './sim-log.ts';
import { SHARDS, SimShards } from './sim-shards.ts';
import { type Profile, SimWorld } from './sim-world.ts';

const USERS = ['ada', 'bob', 'cy', 'dot'];
const CLIENTS = 7;
const OPERATIONS = 200;
/** Two channels of every shard. */
const CHANNELS = Array.from({ length: SHARDS }, (_, shard) =>
  Array.from({ length: 40 }, (_each, index) => `room-${index}`)
    .filter((id) => shardOf(`channel:${id}`, SHARDS) === shard)
    .slice(0, 2),
).flat();

export class Simulation {
  readonly #world: SimWorld;
  readonly #logs: SimLogs;
  readonly #gateways: readonly Gateway[];
  readonly #shards: SimShards;
  readonly #clients: readonly SimClient[];
  #sends = 0;

  constructor(seed: number, profile: Profile) {
    const world = new SimWorld(seed, profile);
    this.#world = world;
    this.#logs = new SimLogs(world);
    this.#gateways = [simGateway(world, 0), simGateway(world, 1)];
    this.#shards = new SimShards(world, this.#logs, this.#gateways);
    const users: SimUser[] = USERS.map((name) => ({ name, id: `id-of-${name}`, sends: [] }));
    this.#clients = Array.from(
      { length: CLIENTS },
      (_, index) => new SimClient(world, `${index}`, users[index % users.length]!),
    );
  }

  /** Runs; rejects with the seed and all that happened when a rule is broken. */
  async run(): Promise<void> {
    const { clock, profile, random } = this.#world;
    await clock.advance(100);
    if (profile.crashes) this.#planCrashes();
    if (profile.faults) this.#planWeather();
    for (let count = 0; count < OPERATIONS; count += 1) {
      this.#operate();
      await clock.advance(random.chance(0.05) ? random.int(0, 2_000) : random.int(0, 30));
    }
    await this.#calmDown();
    await this.#checkConversation();
    await this.#checkPresence();
    await this.#checkNothingIsLeft();
  }

  #planCrashes(): void {
    const { clock, random } = this.#world;
    for (let count = random.int(1, 5); count > 0; count -= 1) {
      const shard = random.int(0, SHARDS - 1);
      const pause = random.chance(0.1) ? random.int(9_000, 13_000) : random.int(0, 800);
      const at = random.int(0, 10_000);
      clock.after(at, () => {
        this.#shards.crash(shard, pause);
      });
      // A replacement may die while it takes over.
      if (random.chance(0.4)) {
        clock.after(at + pause + random.int(0, 150), () => {
          this.#shards.crash(shard, 0);
        });
      }
    }
  }

  #planWeather(): void {
    const { clock, random } = this.#world;
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
    this.#world.note(`the log is ${weather}`);
  }

  #operate(): void {
    const { random } = this.#world;
    const client = random.pick(this.#clients);
    const channelId = this.#anyChannel();
    const view = client.view(channelId);
    if (!client.isConnected) {
      client.connect(random.pick(this.#gateways), random.chance(0.5));
      return;
    }
    const dice = random.int(1, 100);
    if (dice <= 5) client.disconnect(random.int(0, 4));
    else if (dice <= 28 || (!view.isIn && dice <= 70)) this.#join(client, channelId);
    else if (dice <= 34) this.#leave(client, channelId);
    else if (dice <= 75) this.#send(client, channelId);
    else if (dice <= 82) client.ask('history:get', channelId, this.#historyRange());
    else if (dice <= 88) client.ask(random.pick(['typing:start', 'typing:stop']), channelId);
    else if (dice <= 92) client.ask('presence:get', channelId, { limit: random.int(1, 5) });
    else this.#sendAgain(client);
  }

  /** One is busier than all others together. */
  #anyChannel(): string {
    const { seed, random } = this.#world;
    return random.chance(0.6) ? CHANNELS[seed % CHANNELS.length]! : random.pick(CHANNELS);
  }

  #join(client: SimClient, channelId: string): void {
    const { random } = this.#world;
    const { resume } = client.view(channelId);
    const recover = random.chance(0.7) ? resume : undefined;
    client.join(channelId, recover, random.chance(0.5) ? random.int(1, 20) : undefined);
  }

  #leave(client: SimClient, channelId: string): void {
    if (this.#world.random.chance(0.5)) this.#send(client, channelId);
    client.ask('channel:leave', channelId);
  }

  #historyRange(): object {
    const { random } = this.#world;
    const seq = random.int(0, 40);
    const range = random.pick([{}, { beforeSeq: seq }, { afterSeq: seq }]);
    return random.chance(0.5) ? range : { ...range, limit: random.int(1, 20) };
  }

  #send(client: SimClient, channelId: string): void {
    this.#sends += 1;
    const clientMessageId = `m${this.#sends}`;
    const content = `message ${this.#sends} ${'x'.repeat(this.#world.random.int(0, 300))}`;
    const send = { clientMessageId, channelId, content, placed: null };
    client.user.sends.push(send);
    client.send(send);
    if (this.#world.random.chance(0.15)) client.send(send);
  }

  /** Any send of the user, settled or not, over this client. */
  #sendAgain(client: SimClient): void {
    if (client.user.sends.length > 0) client.send(this.#world.random.pick(client.user.sends));
  }

  /** No more faults; what waits for something gets its time. */
  async #calmDown(): Promise<void> {
    const { clock, profile } = this.#world;
    // Past every planned crash and spell of weather, and past what gateways hold for a shard that is away.
    await clock.advance(28_000);
    this.#setWeather('calm');
    await clock.advance(3_000);
    if (this.#shards.down.length > 0) this.#world.broken(`shards ${this.#shards.down.join()} stay down`);
    for (const client of this.#clients) {
      if (!client.isConnected) client.connect(this.#world.random.pick(this.#gateways), true);
    }
    await clock.advance(500);
    // What a wrong shard passed on to one that died is lost without a trace at the gateway.
    if (profile.misrouted && profile.crashes) for (const client of this.#clients) client.excuseAll();
    this.#checkAnswered();
  }

  /** Everything that was ever sent goes through in the end, and everyone who is in sees all of it. */
  async #checkConversation(): Promise<void> {
    const { clock, random } = this.#world;
    for (const client of this.#clients) for (const channelId of CHANNELS) this.#join(client, channelId);
    await clock.advance(1_000);
    for (const client of this.#clients) {
      for (const send of client.user.sends) if (send.placed === null) client.send(send);
    }
    await clock.advance(1_000);
    // A zombie's late commit shows with the next message.
    for (const channelId of CHANNELS) this.#send(random.pick(this.#clients), channelId);
    await clock.advance(1_000);
    this.#checkAnswered();
    for (const { user } of this.#clients) {
      for (const send of user.sends) {
        if (send.placed === null) this.#world.broken(`${send.clientMessageId} was never stored`);
      }
    }
    for (const channelId of CHANNELS) this.#checkLog(channelId);
  }

  #checkLog(channelId: string): void {
    const events = this.#world.events(channelId);
    const keys = events.map(({ sender, clientMessageId }) => `${sender} ${clientMessageId ?? ''}`);
    if (new Set(keys).size !== keys.length) this.#world.broken(`${channelId} has a message twice`);
    if (events.some(({ seq }, index) => seq !== index + 1)) this.#world.broken(`${channelId} is not dense`);
    for (const client of this.#clients) {
      const { isIn, last } = client.view(channelId);
      if (!isIn) this.#world.broken(`${client.name} could not join ${channelId}`);
      if (last !== events.length) {
        this.#world.broken(`${client.name} saw ${channelId} up to ${last} of ${events.length}`);
      }
    }
  }

  /** Some leave, some break off; after the grace presence is who is in. */
  async #checkPresence(): Promise<void> {
    const { clock, random } = this.#world;
    for (const client of this.#clients) {
      if (random.chance(0.3)) client.disconnect(0);
      else if (random.chance(0.5)) client.ask('channel:leave', random.pick(CHANNELS));
    }
    await clock.advance(7_000);
    for (const client of this.#clients) {
      for (const { channelId, isIn } of client.views.values())
        if (isIn) client.ask('presence:get', channelId);
    }
    await clock.advance(1_000);
    this.#checkAnswered();
    for (const channelId of CHANNELS) {
      const inside = this.#clients.filter((client) => client.view(channelId).isIn);
      const truth = [...new Set(inside.map(({ user }) => user.id))].sort().join();
      for (const client of inside) {
        const told = client.presence.get(channelId)?.join() ?? '';
        if (told !== truth)
          this.#world.broken(`${client.name} in ${channelId}: ${told} present, not ${truth}`);
        const seen = [...client.view(channelId).members].sort().join();
        if (seen !== truth && this.#world.crashes === 0) {
          this.#world.broken(`${client.name} in ${channelId}: ${seen} seen, not ${truth}`);
        }
      }
    }
  }

  async #checkNothingIsLeft(): Promise<void> {
    for (const client of this.#clients) client.disconnect(0);
    await this.#world.clock.advance(20_000);
    const { misrouted, crashes } = this.#world.profile;
    for (const shard of this.#shards.alive) {
      const { actors, connections, mailboxDepth, heldEntries } = shard.gauges();
      // A shard that passed requests on and died told nobody of the end of their connections.
      const known = misrouted && crashes ? 0 : connections;
      if (actors + known + mailboxDepth + heldEntries > 0) {
        this.#world.broken(`a shard holds on to ${JSON.stringify(shard.gauges())}`);
      }
    }
    await this.#world.clock.advance(1);
    await this.#stop();
  }

  #checkAnswered(): void {
    for (const client of this.#clients) {
      if (client.waiting.length > 0) this.#world.broken(`no answer to ${client.waiting.join(', ')}`);
    }
  }

  /** A last event, so that what was found at the very end is reported. */
  async #stop(): Promise<void> {
    const { clock } = this.#world;
    clock.after(0, () => undefined);
    await clock.advance(0);
  }
}
