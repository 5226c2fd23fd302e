/**
 * A shard: the actors of the channels and inboxes that hash to it, and everything that reaches them.
 */
import { compileAutomod } from '../automod/automod.ts';
import { type Automod } from '../automod/verdict.ts';
import type { PurgeOrder } from '../channel/purge.ts';
import { PageTexts } from '../channel/page-texts.ts';
import { type AutomodRules, NO_RULES } from '../protocol/automod-rules.ts';
import type { JsonObject, Principal, UserRef } from '../protocol/entities.ts';
import type { Failure } from '../protocol/errors.ts';
import type { PublishedEvent, PublishedOutcome } from '../protocol/published-event.ts';
import type { Result } from '../protocol/result.ts';
import type { TraceContext } from '../protocol/tracing.ts';
import type { ChannelFloor } from '../protocol/retention.ts';
import type { BatchPort } from '../threads/batch-port.ts';
import { ActorTable } from './actor-table.ts';
import { Dispatcher } from './dispatcher.ts';
import { Elsewhere, sayMoved } from './elsewhere.ts';
import { ChannelFollowers } from './channel-followers.ts';
import { ConnectionTable } from './connection-table.ts';
import { FollowedChannels } from './followed-channels.ts';
import { Gateways } from './gateways.ts';
import { inboxLog } from '../inbox/whisper.ts';
import { shardOf } from '../threads/shard-of.ts';
import { InboxTable } from './inbox-table.ts';
import { type InboxMoved, Mesh, type MeshMessage, type MeshPort } from './mesh.ts';
import { OutsideRequests } from './outside-requests.ts';
import { PublishedEvents } from './published-events.ts';
import type { LogEntry, Placement } from './ports/channel-log.ts';
import type { ShardBounds, ShardPorts } from './ports/shard-ports.ts';
import type { CommandTable } from './request.ts';
import { SharedChannels } from './shared-channels.ts';
import { WriteBatch } from './write-batch.ts';

const HOUSEKEEPING_MS = 5_000;
const DRAIN_POLL_MS = 10;

/** What a shard is: its place among the others, its commands, its bounds. */
export interface ShardOptions {
  readonly index: number;
  readonly shards: number;
  readonly commands: CommandTable;
  /** What main asks for; absent: the same. */
  readonly outsideCommands?: CommandTable;
  readonly bounds: ShardBounds;
  readonly ports: ShardPorts;
  /** By which messages are judged; absent: none. */
  readonly automod?: AutomodRules;
}

/** Figures of this moment. */
export interface ShardGauges {
  readonly actors: number;
  /** Inboxes of those who are connected, and those of them that are awake. */
  readonly inboxes: number;
  readonly inboxesAwake: number;
  readonly connections: number;
  readonly mailboxDepth: number;
  readonly heldEntries: number;
  readonly ringSize: number;
}

export class Shard {
  readonly #options: ShardOptions;
  readonly #gateways: Gateways;
  readonly #connections: ConnectionTable;
  readonly #actors: ActorTable;
  readonly #inboxes: InboxTable;
  readonly #followers: ChannelFollowers;
  readonly #followed: FollowedChannels;
  readonly #sharedChannels: SharedChannels;
  readonly #batch: WriteBatch;
  readonly #mesh: Mesh;
  readonly #dispatcher: Dispatcher;
  readonly #outside: OutsideRequests;
  readonly #published: PublishedEvents;
  readonly #elsewhere: Elsewhere;
  #automod: Automod;
  #cancelHousekeeping: (() => void) | null = null;

  constructor(options: ShardOptions) {
    this.#options = options;
    const { ports, bounds } = options;
    this.#automod = compileAutomod(options.automod ?? NO_RULES);
    const { others } = ports;
    this.#batch = new WriteBatch(ports.log, ports, bounds, (entry, outcome, epoch) => {
      if (others !== undefined && !('code' in outcome)) sayMoved(others, entry, outcome);
      if (entry.log.startsWith('inbox:')) {
        this.#inboxes.settled(entry, outcome);
        return;
      }
      this.#actors.ofLog(entry.log)?.settled(entry, outcome, epoch);
      if (entry.companions !== undefined && !('code' in outcome)) {
        for (const moved of movedBy(entry.companions, outcome.companions)) {
          this.#mesh.send(shardOf(inboxLog(moved.to), options.shards), moved);
        }
      }
    });
    this.#mesh = new Mesh({
      index: options.index,
      endOfTick: ports.endOfTick,
      traces: ports.traces,
      received: (message) => {
        const { trace } = message;
        if (trace === undefined || ports.traces === undefined) this.#meshed(message);
        else
          ports.traces.received(trace, () => {
            this.#meshed(message);
          });
      },
    });
    this.#connections = new ConnectionTable({
      ...options,
      inboxes: () => this.#inboxes,
      send: (shard, message) => this.#mesh.send(shard, message),
    });
    const peers = {
      all: () => this.#gateways.peers(),
      at: (index: number) => this.#gateways.peer(index),
    };
    this.#followers = new ChannelFollowers({
      shards: options.shards,
      timers: ports.timers,
      headOf: (channelId) => this.#actors.find(channelId)?.state?.head ?? null,
      listenersOf: (channelId) => this.#actors.find(channelId)?.listeners() ?? [],
      send: (shard, message) => this.#mesh.send(shard, message),
    });
    this.#actors = new ActorTable({
      pageTexts: new PageTexts(bounds.pagesSize),
      ports,
      bounds,
      peers,
      append: (entry, epoch) => this.#batch.add(entry, epoch),
      answered: (asker, frame) => {
        this.#outside.answered(asker, frame);
      },
      followers: this.#followers,
      tell: (channelId, { user: to, frame, except, marked, belongs }, isOurs) => {
        if (isOurs) {
          const unread = marked === undefined ? {} : { marked: { ...marked, isOut: false } };
          others?.say({ kind: 'told', channelId, user: to, frame, ...unread });
        }
        this.#mesh.send(shardOf(inboxLog(to), options.shards), {
          ...{ kind: 'tell', to, frame, except },
          ...(marked === undefined ? {} : { marked: { ...marked, isOut: false } }),
          ...(belongs === undefined ? {} : { belongsTo: channelId }),
        });
      },
      request: (waiter, type, data) => {
        this.#dispatcher.dispatchFor(waiter, type, data);
      },
      automod: () => this.#automod,
      left: (connection, actor) => this.#connections.get(connection)?.actors.delete(actor),
      isConnected: (connection) => this.#connections.has(connection),
      userOf: (connection) => this.#connections.get(connection)?.user.id,
    });
    this.#sharedChannels = new SharedChannels({
      ...options,
      timers: ports.timers,
      isSharingHere: (a, b) => this.#actors.isSharing(a, b),
      send: (shard, message) => this.#mesh.send(shard, message),
    });
    this.#followed = new FollowedChannels({
      ...options,
      connectionsOf: (user) => this.#inboxes.connectionsOf(user),
      send: (shard, message) => this.#mesh.send(shard, message),
    });
    this.#inboxes = new InboxTable({
      ports,
      bounds,
      peers,
      followed: this.#followed,
      append: (entry) => this.#batch.add(entry),
      answered: (asker, frame) => {
        this.#outside.answered(asker, frame);
      },
      shareChannel: (a, b) => this.#sharedChannels.ask(a, b),
      pass: (message) => {
        if (message.kind === 'receipt') others?.say(message);
        this.#mesh.send(shardOf(inboxLog(message.to), options.shards), message);
      },
      isConnected: (connection) => this.#connections.has(connection),
      hasOthers: () => this.#elsewhere.hasOthers,
    });
    this.#dispatcher = new Dispatcher({
      ...options,
      actors: this.#actors,
      inboxes: this.#inboxes,
      connections: this.#connections,
    });
    this.#gateways = new Gateways({
      ports,
      bounds,
      actors: this.#actors,
      inboxes: this.#inboxes,
      connections: this.#connections,
      dispatcher: this.#dispatcher,
      drained: () => this.#drained(),
    });
    this.#outside = new OutsideRequests(
      options.outsideCommands ?? options.commands,
      (channelId) => this.#actors.touch(channelId),
      this.#inboxes,
    );
    this.#published = new PublishedEvents({
      outside: this.#outside,
      log: ports.log,
      touch: (channelId) => this.#actors.touch(channelId),
      find: (channelId) => this.#actors.find(channelId),
    });
    this.#elsewhere = new Elsewhere({
      ...{ index: options.index, shards: options.shards, ports },
      ...{ actors: this.#actors, inboxes: this.#inboxes, followers: this.#followers },
      forget: () => this.#forget(),
      send: (shard, message) => this.#mesh.send(shard, message),
    });
    this.#keepHouse();
  }

  /** Opens the way to a gateway; a gateway that was replaced takes its predecessor's place. */
  connectGateway(index: number, port: BatchPort): void {
    this.#gateways.connect(index, port);
  }

  /** A gateway is gone, and all of its connections with it. */
  disconnectGateway(index: number): void {
    this.#gateways.disconnect(index);
  }

  /** Opens the way to another shard. */
  connectShard(index: number, port: MeshPort): void {
    this.#mesh.connect(index, port);
    this.#mesh.send(index, { kind: 'look' });
    this.#followers.drop(index);
    this.#followed.wayBack(index);
    this.#connections.wayBack(index);
    // What that shard's predecessor hadn't answered is asked again.
    this.#inboxes.wayBack((userId) => shardOf(inboxLog(userId), this.#options.shards) === index);
  }

  /** Who is in the channel now. */
  presence(
    channelId: string,
    limit: number,
  ): { readonly members: readonly UserRef[]; readonly count: number } {
    const state = this.#actors.find(channelId)?.state;
    if (state === null || state === undefined) return { members: [], count: 0 };
    const members: UserRef[] = [];
    for (const { user } of state.present.values()) {
      if (members.length >= limit) break;
      members.push(user);
    }
    return { members, count: state.present.size };
  }

  /** Deletes what somebody sent in the channel; null when all of it is done, else what stood against it. */
  async purge(channelId: string, order: PurgeOrder): Promise<Failure | null> {
    return this.#actors.touch(channelId).purge(order);
  }

  /** REST made the channel's record. */
  async channelCreated(channelId: string): Promise<void> {
    await this.#actors.find(channelId)?.created();
  }

  /** Channels' logs show nothing below these places any more. */
  async floorsMoved(floors: readonly ChannelFloor[]): Promise<void> {
    await Promise.all(floors.map(async (moved) => this.#actors.find(moved.channelId)?.floorMoved(moved)));
  }

  /** Lets go of what is held of logs and tables in memory, on other servers too; whether all of it is gone here. */
  async forget(): Promise<boolean> {
    this.#options.ports.others?.say({ kind: 'forget' });
    return this.#forget();
  }

  async #forget(): Promise<boolean> {
    const isGone = this.#inboxes.forget();
    await this.#actors.forgetHeld();
    return isGone;
  }

  /** A request of `user` that came over no connection: the `data` of its answer. `trace`: the span that it is for. */
  async request(
    channelId: string,
    user: Principal,
    type: string,
    data: object,
    trace?: TraceContext,
  ): Promise<Result<JsonObject>> {
    return this.#recorded(trace, type, () => this.#outside.ask(channelId, user, type, data));
  }

  /** What another program published into a channel, in its order: what became of each. */
  async publish(channelId: string, events: readonly PublishedEvent[]): Promise<readonly PublishedOutcome[]> {
    return this.#published.carryOut(channelId, events);
  }

  /** The same in the user's own inbox. */
  async inboxRequest(
    user: Principal,
    type: string,
    data: object,
    trace?: TraceContext,
  ): Promise<Result<JsonObject>> {
    return this.#recorded(trace, type, () => this.#outside.askInbox(user, type, data));
  }

  #recorded<T>(trace: TraceContext | undefined, type: string, ask: () => Promise<T>): Promise<T> {
    const { traces } = this.#options.ports;
    return trace === undefined || traces === undefined ? ask() : traces.request(trace, null, ask, type);
  }

  /** How many people are in each of the channels that have any. */
  counts(): readonly (readonly [channelId: string, count: number])[] {
    return this.#actors.counts();
  }

  /** Messages are judged by these rules from now on. */
  setAutomod(rules: AutomodRules): void {
    this.#automod = compileAutomod(rules);
  }

  /** Sends a frame to all connections of a user, those to other servers too. */
  tell(to: string, frame: string): void {
    this.#options.ports.others?.say({ kind: 'told', channelId: null, user: to, frame });
    this.#mesh.send(shardOf(inboxLog(to), this.#options.shards), {
      kind: 'tell',
      to,
      frame,
      except: undefined,
    });
  }

  gauges(): ShardGauges {
    const { actors, waiting, ringSize } = this.#actors.gauges();
    const { inboxes, awake, waiting: waitingForInboxes } = this.#inboxes.gauges();
    return {
      actors,
      inboxes,
      inboxesAwake: awake,
      connections: this.#connections.size,
      mailboxDepth: this.#gateways.stalled + waiting + waitingForInboxes,
      heldEntries: this.#batch.depth,
      ringSize,
    };
  }

  /** Resolves when all that was taken in is committed or answered. */
  async #drained(): Promise<void> {
    // What loads, reads or waits for another shard may bring more to be committed.
    while (this.#gateways.stalled > 0 || this.#actors.isBusy || this.#inboxes.isBusy) {
      await new Promise<void>((resolve) => {
        this.#options.ports.timers.after(DRAIN_POLL_MS, resolve);
      });
    }
    await Promise.all([this.#batch.drained(), this.#actors.drained(), this.#inboxes.drained()]);
  }

  /** Stops at once; what is under way may still land in the log. */
  close(): void {
    this.#batch.close();
    this.#actors.close();
    this.#inboxes.close();
    this.#followers.close();
    this.#followed.close();
    this.#cancelHousekeeping?.();
    this.#elsewhere.close();
    this.#mesh.close();
    this.#gateways.close();
  }

  #meshed(message: MeshMessage): void {
    switch (message.kind) {
      case 'ask':
      case 'answer':
      case 'receipt':
        this.#inboxes.received(message);
        return;
      case 'moved':
        this.#inboxes.moved(message);
        return;
      case 'look':
        void this.#inboxes.look();
        return;
      case 'tell':
        this.#inboxes.tell(message);
        return;
      case 'follow':
        this.#followers.follow(message.channelId, message.from);
        return;
      case 'unfollow':
        this.#followers.unfollow(message.channelId, message.from);
        return;
      case 'followed':
      case 'listens':
      case 'channels-moved':
        this.#followed.received(message);
        return;
      case 'shared-channels?':
      case 'shared-channels':
        this.#sharedChannels.received(message);
        return;
      case 'request':
      case 'attach-inbox':
      case 'detach':
        this.#gateways.passedOn(message);
        return;
    }
  }

  #keepHouse(): void {
    this.#cancelHousekeeping = this.#options.ports.timers.after(HOUSEKEEPING_MS, () => {
      this.#actors.tidy();
      this.#inboxes.tidy();
      this.#followed.tidy();
      this.#gateways.resume();
      this.#keepHouse();
    });
  }
}

/** What inboxes are told of the entries that a channel's message has put into their logs. */
function movedBy(entries: readonly LogEntry[], placements: readonly Placement[]): readonly InboxMoved[] {
  return entries.flatMap((entry, nth): InboxMoved[] => {
    const { id, seq } = placements[nth] ?? { id: '', seq: 0 };
    if (seq === 0) return [];
    const { log, type, sender, timestamp, data } = entry;
    const event = id === entry.id ? { id, type, sender, seq, timestamp, data } : null;
    return [{ kind: 'moved', to: log.slice('inbox:'.length), seq, event }];
  });
}
