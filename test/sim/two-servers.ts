/**
 * One run: two servers of one database, each with shards and gateways of its own. People move between them and write on both,
 * while words between the servers are lost, doubled and overtake each other, shards die and the log fails. In the end, without
 * another message, everyone who is in a channel has seen all of it. The same seed gives the same run.
 */
import { MemoryWords } from '../../src/cache/memory-words.ts';
import { ServerWords } from '../../src/cache/server-words.ts';
import { MemoryLogHeads } from '../../src/storage/memory/memory-log-heads.ts';
import { shardOf } from '../../src/threads/shard-of.ts';
import type { SeenEvent } from './channel-texts.ts';
import { SimClient, type SimUser } from './sim-client.ts';
import type { SimLogs } from './sim-log.ts';
import { SHARDS, type Stores } from './sim-shards.ts';
import { SimStage } from './sim-stage.ts';
import { type Profile, SimWorld } from './sim-world.ts';

const SERVERS = 2;
const CLIENTS = 6;
const OPERATIONS = 150;
const CHANNELS = Array.from({ length: SHARDS }, (_, shard) =>
  Array.from({ length: 40 }, (_each, index) => `room-${index}`).find(
    (id) => shardOf(`channel:${id}`, SHARDS) === shard,
  ),
) as readonly string[];
/** A look after a word that was lost comes within so many ms, and what it finds is read. */
const FOUND_MS = 12_000;

export class TwoServersSimulation {
  readonly #world: SimWorld;
  readonly #stages: readonly SimStage[];
  readonly #clients: readonly SimClient[];
  readonly #words: MemoryWords;
  #sends = 0;
  #changes = 0;

  constructor(seed: number, profile: Profile) {
    const world = new SimWorld(seed, profile);
    this.#world = world;
    world.servers = SERVERS;
    const { random, clock } = world;
    this.#words = new MemoryWords((deliver) => {
      const times = random.chance(0.15) ? 0 : random.chance(0.15) ? 2 : 1;
      for (let time = 0; time < times; time += 1) clock.after(random.int(0, 40), deliver);
    });
    this.#stages = Array.from(
      { length: SERVERS },
      (_, server) =>
        new SimStage(world, {
          stores: (logs, shard, isDead) => this.#storesOf(logs, server, shard, isDead),
          watches: true,
        }),
    );
    const users: SimUser[] = ['ada', 'bob', 'cy'].map((name) => ({
      ...{ name, id: `id-of-${name}` },
      ...{ sends: [], changes: [] },
    }));
    this.#clients = Array.from(
      { length: CLIENTS },
      (_, index) => new SimClient(world, `${index}`, users[index % users.length]!),
    );
  }

  /** Runs; rejects with the seed and all that happened when a rule is broken. */
  async run(): Promise<void> {
    const { clock, random } = this.#world;
    await clock.advance(100);
    for (const stage of this.#stages) stage.disturb();
    for (let count = 0; count < OPERATIONS; count += 1) {
      this.#operate();
      await clock.advance(random.chance(0.05) ? random.int(0, 2_000) : random.int(0, 30));
    }
    for (const [server, stage] of this.#stages.entries()) {
      await stage.calmDown(this.#clients.filter((_, index) => index % SERVERS === server));
    }
    await this.#checkConversation();
    for (const stage of this.#stages) await stage.checkNothingIsLeft(this.#clients);
  }

  #storesOf(logs: SimLogs, server: number, shard: number, isDead: () => boolean): Stores {
    const { clock, random, inboxes, store } = this.#world;
    const log = logs.openSlow(shard, isDead);
    const transport = this.#words.join();
    const others = new ServerWords({
      transport,
      self: `server-${server}`,
      timers: {
        mono: () => clock.mono(),
        after: (delayMs, callback) =>
          clock.after(delayMs, () => {
            if (!isDead()) callback();
          }),
      },
    });
    // For a while there is no way for words.
    if (random.chance(0.5)) {
      clock.after(random.int(0, 3_000), () => {
        transport.isHeard = false;
        clock.after(random.int(0, 5_000), () => {
          transport.isHeard = true;
        });
      });
    }
    const heads = new MemoryLogHeads(store);
    heads.servers = ['another'];
    return { log, inboxes, fence: () => log.fence(), others, heads };
  }

  #operate(): void {
    const { random } = this.#world;
    const client = random.pick(this.#clients);
    const channelId = random.pick(CHANNELS);
    if (!client.isConnected) {
      client.connect(random.pick(random.pick(this.#stages).gateways), random.chance(0.5));
      return;
    }
    const { isIn, resume } = client.view(channelId);
    const dice = random.int(1, 100);
    if (dice <= 6) client.disconnect(random.int(0, 4));
    else if (dice <= 25 || (!isIn && dice <= 70)) {
      client.join(channelId, random.chance(0.7) ? resume : undefined, undefined);
    } else if (dice <= 30) client.ask('channel:leave', channelId);
    else if (dice <= 70) this.#send(client, channelId);
    else if (dice <= 85) this.#change(client, channelId);
    else if (dice <= 92) client.ask(random.pick(['typing:start', 'typing:stop']), channelId);
    else if (client.user.sends.length > 0) client.send(random.pick(client.user.sends));
  }

  #send(client: SimClient, channelId: string): void {
    this.#sends += 1;
    const clientMessageId = `m${this.#sends}`;
    const send = { clientMessageId, channelId, content: `message ${this.#sends}`, placed: null };
    client.user.sends.push(send);
    client.send(send);
    if (this.#world.random.chance(0.15)) client.send(send);
  }

  /** Edits or deletes one of the user's own messages, which others may do over another server. */
  #change(client: SimClient, channelId: string): void {
    const { random } = this.#world;
    const own = this.#world
      .events(channelId)
      .filter(({ type, sender }) => type === 'message:created' && sender === client.user.id);
    if (own.length === 0) return;
    this.#changes += 1;
    const content = random.chance(0.3) ? null : `text ${this.#changes}`;
    client.change({ channelId, id: random.pick(own).id, content, seq: null });
  }

  async #checkConversation(): Promise<void> {
    const { clock } = this.#world;
    for (const client of this.#clients) {
      for (const channelId of CHANNELS) client.join(channelId, client.view(channelId).resume, undefined);
    }
    await clock.advance(1_000);
    // What was never acknowledged goes through now; what is sent on one server shows on the other by itself.
    for (const client of this.#clients) {
      for (const send of client.user.sends) if (send.placed === null) client.send(send);
    }
    for (const channelId of CHANNELS) this.#send(this.#world.random.pick(this.#clients), channelId);
    await clock.advance(FOUND_MS);
    for (const { user } of this.#clients) {
      for (const send of user.sends) {
        if (send.placed === null) this.#world.broken(`${send.clientMessageId} was never stored`);
      }
    }
    for (const channelId of CHANNELS) {
      const events = this.#world.events(channelId);
      if (events.some(({ seq }, index) => seq !== index + 1)) this.#world.broken(`${channelId} is not dense`);
      for (const client of this.#clients) {
        const { isIn, last } = client.view(channelId);
        if (!isIn) this.#world.broken(`${client.name} could not join ${channelId}`);
        if (last !== events.length) {
          this.#world.broken(`${client.name} saw ${channelId} up to ${last} of ${events.length}`);
        }
      }
    }
    this.#checkTexts();
    await clock.advance(1);
  }

  /** In the end everybody knows the texts of now. */
  #checkTexts(): void {
    for (const client of this.#clients) {
      for (const channelId of CHANNELS) {
        const now = new Map(
          this.#world.events(channelId).map(({ id, data }) => [id, JSON.parse(data) as SeenEvent['data']]),
        );
        for (const [id, text] of client.view(channelId).texts) {
          if (text !== (now.get(id)?.content ?? null))
            this.#world.broken(`${client.name} in ${channelId} knows ${id} as ${text ?? 'deleted'}`);
        }
      }
    }
  }
}
