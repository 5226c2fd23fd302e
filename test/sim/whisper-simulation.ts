/**
 * One run: people whisper to each other over several devices for some seconds while shards die and the database fails,
 * then everything calms down and what must hold is checked. The same seed gives the same run.
 */
import { MemoryWords } from '../../src/cache/memory-words.ts';
import { ServerWords } from '../../src/cache/server-words.ts';
import type { ChannelDirectory } from '../../src/protocol/channel-directory.ts';
import { whisperIdOf } from '../../src/protocol/whispers.ts';
import { MemoryLogHeads } from '../../src/storage/memory/memory-log-heads.ts';
import { MemoryDirectory } from '../../src/storage/memory/memory-directory.ts';
import { SimClient, type SimUser } from './sim-client.ts';
import { SimInboxes } from './sim-inboxes.ts';
import type { SimLogs } from './sim-log.ts';
import { SHARDS, SIM_BOUNDS, type Stores } from './sim-shards.ts';
import { SimStage } from './sim-stage.ts';
import { type SentWhisper, SimWhispers } from './sim-whispers.ts';
import { type Profile, SimWorld } from './sim-world.ts';

/** Inboxes on every shard of three, two of them on two shards. */
const USERS = ['ada', 'bob', 'cy', 'dot', 'fay'];
const CLIENTS = 9;
const OPERATIONS = 220;
const CHANNELS = ['room-1', 'room-2'];
/** More than the mailbox of an inbox takes while it loads. */
const FLOOD = 45;

export class WhisperSimulation {
  readonly #world: SimWorld;
  readonly #stages: readonly SimStage[];
  readonly #words: MemoryWords;
  readonly #users: readonly SimUser[];
  readonly #clients: readonly SimClient[];
  readonly #whispers: SimWhispers;
  /** Of all incarnations, by shard. */
  readonly #inboxes = new Map<number, readonly SimInboxes[]>();

  /** `servers`: of one database, among which people move; words between them are late, and none is lost. */
  constructor(seed: number, profile: Profile, servers = 1) {
    const world = new SimWorld(seed, profile);
    this.#world = world;
    world.servers = servers;
    this.#words = new MemoryWords((deliver) => {
      world.clock.after(world.random.int(0, 40), deliver);
    });
    this.#stages = Array.from(
      { length: servers },
      (_, server) =>
        new SimStage(world, {
          stores: (logs, shard, isDead) => ({
            ...this.#storesOf(logs, server * SHARDS + shard, isDead),
            ...(servers === 1 ? {} : this.#beside(server, isDead)),
          }),
          directory: slowDirectory(world),
          // What is given up on lands, while inboxes fall asleep, within one spell of weather.
          bounds: { ...SIM_BOUNDS, giveUpMs: 1_500, coldMs: 1_000 },
          watches: servers > 1,
        }),
    );
    this.#users = USERS.map((name) => ({ name, id: `id-of-${name}`, sends: [], changes: [] }));
    for (const { id, name } of this.#users) world.inboxes.addPerson({ id, name, guest: false });
    this.#clients = Array.from(
      { length: CLIENTS },
      (_, index) => new SimClient(world, `${index}`, this.#users[index % this.#users.length]!),
    );
    this.#whispers = new SimWhispers(world);
  }

  /** Runs; rejects with the seed and all that happened when a rule is broken. */
  async run(): Promise<void> {
    const { clock, random } = this.#world;
    await clock.advance(100);
    for (const stage of this.#stages) stage.disturb();
    for (let count = 0; count < OPERATIONS; count += 1) {
      this.#operate();
      await clock.advance(random.chance(0.06) ? random.int(0, 2_500) : random.int(0, 30));
    }
    for (const [server, stage] of this.#stages.entries()) {
      await stage.calmDown(this.#clients.filter((_, index) => index % this.#stages.length === server));
    }
    await this.#checkDevices();
    await this.#checkEverythingArrives();
    await this.#checkEverybodyReads();
    await this.#checkEverythingSleeps();
    for (const stage of this.#stages) await stage.checkNothingIsLeft(this.#clients);
  }

  #beside(server: number, isDead: () => boolean): Pick<Stores, 'others' | 'heads'> {
    const { clock, store } = this.#world;
    const timers = {
      mono: () => clock.mono(),
      after: (delayMs: number, callback: () => void) =>
        clock.after(delayMs, () => {
          if (!isDead()) callback();
        }),
    };
    const heads = new MemoryLogHeads(store);
    heads.servers = ['another'];
    const transport = this.#words.join();
    return { others: new ServerWords({ transport, self: `server-${server}`, timers }), heads };
  }

  #storesOf(logs: SimLogs, shard: number, isDead: () => boolean): Stores {
    const inboxes = new SimInboxes(this.#world, logs, isDead);
    const log = logs.openFinal(shard, isDead, () => inboxes.isFenced);
    const before = this.#inboxes.get(shard) ?? [];
    this.#inboxes.set(shard, [...before, inboxes]);
    const fence = async (): ReturnType<Stores['fence']> => {
      const fenced = await log.fence();
      if (fenced.ok) for (const one of before) one.isFenced = true;
      return fenced;
    };
    return { log, inboxes, fence };
  }

  #operate(): void {
    const { random } = this.#world;
    const client = random.pick(this.#clients);
    if (!client.isConnected) {
      const recover = random.chance(0.7) ? client.inbox.resume : undefined;
      client.connect(random.pick(random.pick(this.#stages).gateways), random.chance(0.4), recover);
      return;
    }
    const dice = random.int(1, 100);
    if (dice <= 6) client.disconnect(random.int(0, 4));
    else if (dice <= 40) this.#send(client);
    else if (dice <= 48) this.#sendAgain(client);
    else if (dice <= 66) this.#mark(client);
    else if (dice <= 76) this.#resume(client);
    else if (dice <= 82) this.#page(client);
    // What one server was told of that the others hear a moment later.
    else if (dice <= 88 && this.#stages.length === 1) this.#choose(client);
    else if (dice <= 94) client.join(random.pick(CHANNELS), undefined, undefined);
    else if (dice <= 98) client.ask('channel:leave', random.pick(CHANNELS));
    else if (client.inbox.last !== null) for (let count = 0; count < FLOOD; count += 1) this.#send(client);
  }

  /** Two of them whisper to each other more than all the others do. */
  #send(client: SimClient): void {
    const { seed, random } = this.#world;
    const pair = [this.#users[seed % USERS.length]!, this.#users[(seed + 1) % USERS.length]!];
    const favourite = pair.find((user) => user !== client.user)!;
    const to = random.chance(0.5) ? favourite : random.pick(this.#users);
    this.#whispers.send(client, to, random.chance(0.8));
    if (random.chance(0.15)) this.#sendAgain(client);
  }

  /** Any whisper of the user that can be told from a new one, settled or not, over this client. */
  #sendAgain(client: SimClient): void {
    const { random } = this.#world;
    const known = this.#sendsOf(client).filter(({ clientMessageId }) => clientMessageId !== undefined);
    const whisper = random.chance(0.5) ? known.at(-1) : known[random.int(0, known.length - 1)];
    if (whisper !== undefined) this.#whispers.again(client, whisper);
  }

  #mark(client: SimClient): void {
    const { random } = this.#world;
    const { received } = client.inbox;
    if (received.length === 0) return;
    const event = random.chance(0.6) ? received.at(-1)! : random.pick(received);
    this.#whispers.mark(client, random.pick(['whisper:read', 'whisper:delivered']), event);
  }

  #resume(client: SimClient): void {
    const { random } = this.#world;
    const recover = random.chance(0.8) ? client.inbox.resume : undefined;
    this.#whispers.resume(client, recover, random.chance(0.5) ? random.int(1, 20) : undefined);
  }

  #page(client: SimClient): void {
    const { random } = this.#world;
    const beforeSeq = random.chance(0.5) ? random.int(0, 40) : undefined;
    const dice = random.int(1, 4);
    if (dice === 1) this.#whispers.list(client, 'whisper:conversations', 'conversations');
    else if (dice === 2) this.#whispers.list(client, 'user:blocks', 'blocks');
    else this.#whispers.history(client, dice === 3 ? null : random.pick(this.#users), beforeSeq);
  }

  #choose(client: SimClient): void {
    const { random } = this.#world;
    if (random.chance(0.5)) this.#whispers.setPolicy(client, this.#whispers.anyPolicy());
    else {
      const others = this.#users.filter((user) => user !== client.user);
      this.#whispers.block(client, random.pick(others), random.chance(0.4));
    }
  }

  /** Everyone has come to the end of their inbox by what they were told, or have it when they resume. */
  async #checkDevices(): Promise<void> {
    const { clock, profile } = this.#world;
    await clock.advance(1_000);
    for (let round = 0; round < 20; round += 1) {
      const behind = this.#clients.filter(({ inbox }) => inbox.resume.seq < (inbox.last ?? 0));
      if (behind.length === 0) break;
      for (const client of behind) this.#whispers.resume(client, client.inbox.resume, undefined);
      await clock.advance(1_000);
    }
    this.#stages[0]!.checkAnswered(this.#clients);
    // Receipts may be lost with a shard, and a mark that was given up on may have landed: then nobody is told.
    await this.#checkInboxes(!profile.faults, !profile.faults && !profile.crashes);
  }

  /** Everything that was ever sent and can be sent again goes through in the end. */
  async #checkEverythingArrives(): Promise<void> {
    const { clock } = this.#world;
    for (const user of this.#users) {
      const client = this.#clients.find((one) => one.user === user)!;
      this.#whispers.setPolicy(client, 'anyone');
      for (const other of this.#users) if (other !== user) this.#whispers.block(client, other, false);
    }
    await clock.advance(2_000);
    const unsettled = this.#whispers.sent.filter(
      ({ placed, clientMessageId }) => placed === null && clientMessageId !== undefined,
    );
    for (const [index, whisper] of unsettled.entries()) {
      this.#whispers.again(
        this.#clients.find(({ user }) => user === whisper.from)!,
        whisper,
      );
      // Within what a mailbox takes.
      if (index % 10 === 9) await clock.advance(500);
    }
    await clock.advance(2_000);
    this.#stages[0]!.checkAnswered(this.#clients);
    for (const { placed, content } of unsettled) {
      if (placed === null) this.#world.broken(`${content} was never stored`);
    }
    this.#checkLogs();
  }

  /** Everybody whispers to everybody once more and reads all there is: then everyone knows how far everyone is. */
  async #checkEverybodyReads(): Promise<void> {
    const { clock } = this.#world;
    for (const client of this.#clients.slice(0, USERS.length)) {
      for (const user of this.#users) this.#whispers.send(client, user, true);
    }
    await clock.advance(2_000);
    for (const client of this.#clients.slice(0, USERS.length)) {
      for (const user of this.#users) {
        const newest = client.inbox.received.findLast(({ sender }) => sender === user.id);
        if (newest !== undefined) this.#whispers.mark(client, 'whisper:read', newest);
      }
    }
    await clock.advance(2_000);
    this.#stages[0]!.checkAnswered(this.#clients);
    await this.#checkInboxes(true, true);
  }

  /** What nobody asks anything of falls asleep, and only those who are connected have an inbox here. */
  async #checkEverythingSleeps(): Promise<void> {
    await this.#world.clock.advance(10_000);
    const { misrouted, crashes } = this.#world.profile;
    const gauges = this.#stages.flatMap(({ shards }) => shards.alive.map((shard) => shard.gauges()));
    const inboxes = gauges.reduce((sum, each) => sum + each.inboxes, 0);
    const awake = gauges.reduce((sum, each) => sum + each.inboxesAwake, 0);
    if (awake > 0) this.#world.broken(`${awake} inboxes stay awake`);
    // A shard that passed a connection on and died told nobody of its end.
    if (this.#stages.length === 1 && inboxes !== USERS.length && !(misrouted && crashes)) {
      this.#world.broken(`${inboxes} inboxes of ${USERS.length} users`);
    }
  }

  /** Every client has all of its inbox, and knows what the database does of unread whispers and of receipts. */
  async #checkInboxes(withCounts: boolean, withReceipts: boolean): Promise<void> {
    for (const { name, inbox, user } of this.#clients) {
      if (inbox.problem !== null) this.#world.broken(`${name} in the inbox of ${user.id} ${inbox.problem}`);
    }
    const loaded = await this.#world.inboxes.load(this.#users.map(({ id }) => id));
    if (!loaded.ok) return;
    for (const { owner, conversations } of loaded.value) {
      for (const client of this.#clients.filter(({ user }) => user.id === owner)) {
        for (const { correspondent, unread, sentDelivered, sentRead } of conversations) {
          const counted = client.inbox.unread(correspondent);
          const { delivered, read } = client.inbox.receipts(correspondent);
          const whose = `${client.name} in the inbox of ${owner}, with ${correspondent}`;
          if (withCounts && counted !== unread)
            this.#world.broken(`${whose}: counts ${counted}, unread are ${unread}`);
          if (withReceipts && (delivered !== sentDelivered || read !== sentRead)) {
            this.#world.broken(`${whose}: ${delivered}, ${read} told, are ${sentDelivered}, ${sentRead}`);
          }
        }
      }
    }
  }

  /** A whisper stands in both inboxes or in none, once, and those of one connection in the order of sending. */
  #checkLogs(): void {
    const places = new Map<string, string[]>();
    for (const { id: owner } of this.#users) {
      for (const event of this.#world.store.log(`inbox:${owner}`).events) {
        const id = whisperIdOf(event.id);
        places.set(id, [...(places.get(id) ?? []), owner]);
        const { from, to } = JSON.parse(event.data) as Record<'from' | 'to', { readonly id: string }>;
        if (owner !== from.id && owner !== to.id) this.#world.broken(`${id} is in the inbox of ${owner}`);
      }
    }
    for (const [id, owners] of places) {
      const isNote = this.#world.store.placementOf(`${id}:sent`) === null;
      if (owners.length !== (isNote ? 1 : 2)) this.#world.broken(`${id} stands in ${owners.join()}`);
    }
    const texts = this.#whispers.sent.map(({ content }) => content);
    if (new Set(texts).size !== texts.length) throw new Error('two whispers of one text');
    for (const { from, to, content, placed, tries } of this.#whispers.sent) {
      const count = [...new Set([from.id, to.id])].map((owner) => this.#count(owner, content));
      const [first = 0] = count;
      const most = tries > 0 ? 1 : 0;
      if (count.some((each) => each !== first) || first > most || (placed !== null && first !== 1)) {
        this.#world.broken(`${content} stands ${count.join(' and ')} times`);
      }
    }
    this.#checkOrder();
  }

  #count(owner: string, content: string): number {
    const { events } = this.#world.store.log(`inbox:${owner}`);
    return events.filter(({ data }) => data.includes(`"${content}"`)).length;
  }

  #checkOrder(): void {
    const newest = new Map<object, Map<SimUser, SentWhisper>>();
    for (const whisper of this.#whispers.sent) {
      const { session, to, placed, tries } = whisper;
      if (placed === null || tries > 1 || session === null) continue;
      const byRecipient = newest.get(session) ?? new Map<SimUser, SentWhisper>();
      newest.set(session, byRecipient);
      const before = byRecipient.get(to)?.placed?.seq ?? 0;
      if (placed.seq < before) this.#world.broken(`${whisper.content} stands before one that was sent first`);
      byRecipient.set(to, whisper);
    }
  }

  #sendsOf(client: SimClient): readonly SentWhisper[] {
    return this.#whispers.sent.filter(({ from }) => from === client.user);
  }
}

/** The same on two servers. */
export class TwoServersWhispers extends WhisperSimulation {
  constructor(seed: number, profile: Profile) {
    super(seed, profile, 2);
  }
}

/** Now and then the list of channels takes longer than `welcome` waits. */
function slowDirectory(world: SimWorld): ChannelDirectory {
  const directory = new MemoryDirectory();
  const list: ChannelDirectory['list'] = async (query) => {
    const ms = world.random.chance(0.3) ? world.random.int(0, 300) : 0;
    if (ms > 0) await new Promise<void>((resolve) => void world.clock.after(ms, resolve));
    return new MemoryDirectory().list(query);
  };
  directory.list = list;
  return directory;
}
