/**
 * One run about unread counts: people write and read in channels that others of their devices aren't in, while shards die.
 * In the end every device knows what the store counts of each channel that its user follows and it isn't in.
 */
import { shardOf } from '../../src/threads/shard-of.ts';
import { SimClient, type SimUser } from './sim-client.ts';
import { SHARDS } from './sim-shards.ts';
import { SimStage } from './sim-stage.ts';
import { type Profile, SimWorld } from './sim-world.ts';

const USERS = ['ada', 'bob', 'cy', 'dot'];
const CLIENTS = 7;
const OPERATIONS = 150;
/** A channel of every shard. */
const CHANNELS = Array.from({ length: SHARDS }, (_, shard) =>
  Array.from({ length: 40 }, (_each, index) => `room-${index}`).find(
    (id) => shardOf(`channel:${id}`, SHARDS) === shard,
  )!,
);

export class FollowingSimulation {
  readonly #world: SimWorld;
  readonly #stage: SimStage;
  readonly #clients: readonly SimClient[];
  #sends = 0;

  constructor(seed: number, profile: Profile) {
    const world = new SimWorld(seed, profile);
    this.#world = world;
    this.#stage = new SimStage(world, {
      stores: (logs, shard, isDead) => {
        const log = logs.open(shard, isDead);
        return { log, inboxes: world.inboxes, fence: () => log.fence() };
      },
    });
    const users: SimUser[] = USERS.map((name) => ({ name, id: `id-of-${name}`, sends: [], changes: [] }));
    this.#clients = Array.from(
      { length: CLIENTS },
      (_, index) => new SimClient(world, `${index}`, users[index % users.length]!),
    );
  }

  /** Runs; rejects with the seed and all that happened when a rule is broken. */
  async run(): Promise<void> {
    const { clock, random } = this.#world;
    await clock.advance(100);
    this.#stage.disturb();
    for (let count = 0; count < OPERATIONS; count += 1) {
      this.#operate();
      await clock.advance(random.chance(0.05) ? random.int(0, 4_000) : random.int(0, 60));
    }
    await this.#stage.calmDown(this.#clients);
    await this.#checkCounts();
    await this.#stage.checkNothingIsLeft(this.#clients);
  }

  #operate(): void {
    const { random } = this.#world;
    const client = random.pick(this.#clients);
    const channelId = random.pick(CHANNELS);
    const { isIn, last } = client.view(channelId);
    const dice = random.int(1, 100);
    if (!client.isConnected) client.connect(random.pick(this.#stage.gateways), random.chance(0.5));
    else if (dice <= 6) client.disconnect(0);
    else if (dice <= 12 && isIn) client.ask('channel:leave', channelId);
    else if (dice <= 70 && isIn) this.#send(client, channelId);
    else if (dice <= 50) client.join(channelId, undefined, 5);
    // Nobody knows of places behind what they saw.
    else client.mark(channelId, random.int(0, last));
  }

  #send(client: SimClient, channelId: string): void {
    this.#sends += 1;
    const send = { clientMessageId: `m${this.#sends}`, channelId, content: `${this.#sends}`, placed: null };
    client.user.sends.push(send);
    client.send(send);
  }

  /** Somebody writes once more in each channel, so that what a dead shard left in the log is shown. */
  async #checkCounts(): Promise<void> {
    const { clock, random } = this.#world;
    const writers = new Map(CHANNELS.map((channelId) => [channelId, random.pick(this.#clients)] as const));
    for (const [channelId, client] of writers)
      if (!client.view(channelId).isIn) client.join(channelId, undefined, 5);
    await clock.advance(1_000);
    for (const [channelId, client] of writers) this.#send(client, channelId);
    await clock.advance(3_000);
    this.#stage.checkAnswered(this.#clients);
    for (const client of this.#clients) {
      const followed = await this.#world.reads.unread([client.user.id]);
      for (const { id, seq, unread } of (followed.ok ? followed.value[0] : undefined) ?? []) {
        // Who wrote is told nothing, and who is in counts what is shown.
        if (client.view(id).isIn || writers.get(id)?.user === client.user) continue;
        const told = client.counts.get(id);
        if (told?.seq !== seq || told.unread !== unread)
          this.#world.broken(`${client.name} knows ${JSON.stringify(told)} of ${id}, not ${seq}: ${unread}`);
      }
    }
    await clock.advance(1);
  }
}
