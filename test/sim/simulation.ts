/**
 * One run: clients chat for some seconds, and perhaps edit and delete what they wrote, while shards die and the log fails;
 * then everything calms down and what must hold is checked. The same seed gives the same run.
 */
import { shardOf } from '../../src/threads/shard-of.ts';
import type { SeenEvent } from './channel-texts.ts';
import { SimClient, type SimUser } from './sim-client.ts';
import { SHARDS } from './sim-shards.ts';
import { SimStage } from './sim-stage.ts';
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
  readonly #stage: SimStage;
  readonly #clients: readonly SimClient[];
  readonly #changing: boolean;
  #sends = 0;
  #changes = 0;

  /** `changing`: messages are edited and deleted too. */
  constructor(seed: number, profile: Profile, changing = false) {
    this.#changing = changing;
    const world = new SimWorld(seed, profile);
    this.#world = world;
    // Nobody whispers here, and inboxes are there at once.
    this.#stage = new SimStage(world, {
      stores: (logs, shard, isDead) => {
        const log = changing ? logs.openSlow(shard, isDead) : logs.open(shard, isDead);
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
      await clock.advance(random.chance(0.05) ? random.int(0, 2_000) : random.int(0, 30));
    }
    await this.#stage.calmDown(this.#clients);
    await this.#checkConversation();
    await this.#checkPresence();
    await this.#stage.checkNothingIsLeft(this.#clients);
  }

  #operate(): void {
    const { random } = this.#world;
    const client = random.pick(this.#clients);
    const channelId = this.#anyChannel();
    const view = client.view(channelId);
    if (!client.isConnected) {
      client.connect(random.pick(this.#stage.gateways), random.chance(0.5));
      return;
    }
    if (this.#changing && view.isIn && random.chance(0.4)) {
      this.#change(client, channelId);
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

  /** A message of the channel, mostly one of the user's own; one whose change was asked for before gets the same again. */
  #change(client: SimClient, channelId: string): void {
    const { random } = this.#world;
    const { user } = client;
    const all = this.#world.events(channelId).filter(({ type }) => type === 'message:created');
    const own = all.filter(({ sender }) => sender === user.id);
    const target = random.chance(0.9) ? own : all;
    if (target.length === 0) return;
    if (user.changes.length > 0 && random.chance(0.2)) {
      client.change(random.pick(user.changes));
      return;
    }
    this.#changes += 1;
    const { id } = random.pick(target);
    const content = random.chance(0.25) ? null : `text ${this.#changes} ${'y'.repeat(random.int(0, 200))}`;
    const change = { channelId, id, content, seq: null };
    if (all.some((event) => event.id === id && event.sender === user.id)) user.changes.push(change);
    client.change(change);
  }

  /** Any send of the user, settled or not, over this client. */
  #sendAgain(client: SimClient): void {
    if (client.user.sends.length > 0) client.send(this.#world.random.pick(client.user.sends));
  }

  /** Everything that was ever sent goes through in the end, and everyone who is in sees all of it. */
  async #checkConversation(): Promise<void> {
    const { clock, random } = this.#world;
    for (const client of this.#clients) for (const channelId of CHANNELS) this.#join(client, channelId);
    await clock.advance(1_000);
    for (const client of this.#clients) {
      for (const send of client.user.sends) if (send.placed === null) client.send(send);
      for (const change of client.user.changes) {
        if (change.seq === null && change.content === null) client.change(change);
      }
    }
    await clock.advance(1_000);
    // A zombie's late commit shows with the next message.
    for (const channelId of CHANNELS) this.#send(random.pick(this.#clients), channelId);
    await clock.advance(1_000);
    this.#stage.checkAnswered(this.#clients);
    for (const { user } of this.#clients) {
      for (const send of user.sends) {
        if (send.placed === null) this.#world.broken(`${send.clientMessageId} was never stored`);
      }
    }
    for (const channelId of CHANNELS) this.#checkLog(channelId);
    if (this.#changing) await this.#checkTexts();
  }

  /** Everybody knows the texts of now, and is told them by every page; what was deleted is gone. */
  async #checkTexts(): Promise<void> {
    for (const client of this.#clients) {
      for (const channelId of CHANNELS) {
        const now = new Map(
          this.#world.events(channelId).map(({ id, data }) => [id, JSON.parse(data) as SeenEvent['data']]),
        );
        const view = client.view(channelId);
        for (const [id, text] of view.texts) {
          if (text !== (now.get(id)?.content ?? null))
            this.#world.broken(`${client.name} in ${channelId} knows ${id} as ${text ?? 'deleted'}`);
        }
        for (const change of client.user.changes) {
          if (change.channelId !== channelId || change.content !== null) continue;
          if (change.seq === null || now.get(change.id)?.deleted !== true)
            this.#world.broken(`${change.id} was never deleted`);
        }
        view.isSettled = true;
        client.ask('history:get', channelId, { limit: 200 });
      }
    }
    await this.#world.clock.advance(1_000);
    this.#stage.checkAnswered(this.#clients);
  }

  #checkLog(channelId: string): void {
    const events = this.#world.events(channelId);
    const keys = events.flatMap(({ sender, clientMessageId }) =>
      clientMessageId === undefined ? [] : [`${sender} ${clientMessageId}`],
    );
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
    this.#stage.checkAnswered(this.#clients);
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
}

/** The same with messages that are edited and deleted. */
export class ChangingSimulation extends Simulation {
  constructor(seed: number, profile: Profile) {
    super(seed, profile, true);
  }
}
