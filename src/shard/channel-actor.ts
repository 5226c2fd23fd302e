/**
 * Owns one channel: its state, and the carrying out of what its machine wants (what it asks: channel-questions.ts).
 *
 * Loading: asks the log for the channel; what arrives waits in the mailbox. Ready: commands run at once. Restoring: a
 * gateway is told what it missed while there was no shard; commands wait, so that nobody joins in between. Behind: the
 * log placed an event beyond head + 1, so somebody else wrote; what lies between is read and published first, while
 * commands go on. Failed: the log didn't answer; the mailbox is refused and the actor forgotten, so that the next
 * touch tries again. An actor that a hand-over waits for never fails: it asks the log until it answers. Ending: its record is
 * being made, deleted or restored, or was by another server; commands wait until what was under way is done and the channel is
 * loaded anew, but for those that came to a channel which is deleted.
 */
import type { Automod } from '../automod/verdict.ts';
import type { Effect } from '../channel/effects.ts';
import { channelEnded } from '../channel/deletion.ts';
import { raiseFloor } from '../channel/floor.ts';
import { apply, fillRing, settle } from '../channel/log-events.ts';
import type { PageTexts } from '../channel/page-texts.ts';
import { nextPresenceDeadline, presenceTick } from '../channel/presence.ts';
import { type PurgeOrder, purge } from '../channel/purge.ts';
import {
  type ChannelState,
  type Context,
  createChannelState,
  type Effects,
  type LoadedState,
} from '../channel/state.ts';
import { takeOver } from '../channel/tables.ts';
import { nextTypingDeadline, typingTick } from '../channel/typing.ts';
import type { CommittedEvent } from '../log/committed-event.ts';
import type { ConnectionKey, Waiter } from '../log/waiter.ts';
import { failure, type Failure } from '../protocol/errors.ts';
import { MAX_PAGE_BYTES, MAX_PAGE_LIMIT } from '../protocol/limits.ts';
import type { ChannelDeleted } from '../protocol/events.ts';
import type { LogFloor } from '../protocol/retention.ts';
import type { ChannelFollowers } from './channel-followers.ts';
import { type Asker, ChannelQuestions, type QuestionHost } from './channel-questions.ts';
import { ChannelTopic, type Peers } from './channel-topic.ts';
import type { GatewayPeer } from './gateway-peer.ts';
import { Mailbox, type Step } from './mailbox.ts';
import type { LoadedChannel, LogEntry, LogKey, Placement } from './ports/channel-log.ts';
import type { KnownLog } from './ports/log-heads.ts';
import type { ShardBounds } from './ports/shard-ports.ts';
import { ChannelCatchUp, type FollowingActor } from './channel-catch-up.ts';
import { ChannelEnding, type EndingActor, isOther } from './channel-ending.ts';
import { CHANNEL_GONE } from './write-batch.ts';

const RELOAD_PAUSE_MS = 500;

/** What an actor needs of its shard. */
export interface ActorHost extends QuestionHost {
  readonly bounds: ShardBounds;
  readonly peers: Peers;
  readonly pageTexts: PageTexts;
  /** `epoch`: of the channel that the entry is written for. */
  append(entry: LogEntry, epoch: string | undefined): Failure | null;
  readonly followers: Pick<ChannelFollowers, 'size' | 'has' | 'behind' | 'noted' | 'listens'>;
  /** Tells a user something of the channel, wherever they are: `isOurs`, to other servers too. */
  tell(channelId: string, told: Extract<Effect, { readonly kind: 'tell' }>, isOurs: boolean): void;
  /** Carries out what a connection asks with a slash command, wherever that belongs. */
  request(waiter: Waiter, type: string, data: object): void;
  /** Answers a request of no connection. */
  answered(asker: ConnectionKey, frame: string): void;
  /** The rules in force. */
  automod(): Automod;
  /** The connection is no longer in this actor's channel. */
  left(connection: ConnectionKey, actor: ChannelActor): void;
  /** Id of a connection's user, where the shard has it. */
  userOf(connection: ConnectionKey): string | undefined;
  deadline(actor: ChannelActor, at: number | null): void;
  /** The channel could not be loaded; the next touch needs a new actor. */
  failed(actor: ChannelActor): void;
}

export class ChannelActor implements Asker, EndingActor, FollowingActor {
  readonly id: string;
  readonly key: LogKey;
  readonly topic: ChannelTopic;
  /** Monotonic ms of the last command. */
  touchedAt: number;

  readonly #host: ActorHost;
  readonly #context: Context;
  #state: ChannelState | null = null;
  readonly #mailbox = new Mailbox<ChannelState>();
  readonly #catchUp: ChannelCatchUp;
  /** Up to where another server says that the log reaches, while it is being loaded. */
  #hinted = 0;
  /** While it is being loaded: what is read may be too old. */
  #mustLook = false;
  /** What is being shown is another server's: that one tells of it. */
  #isTheirs = false;
  readonly #ending: ChannelEnding;
  #deadline: number | null = null;
  #toldFloor: LogFloor | null = null;
  /** Purges that main asked for, by number. */
  readonly #purged = new Map<number, (problem: Failure | null) => void>();
  #purges = 0;
  readonly #questions: ChannelQuestions;

  constructor(id: string, topic: number, host: ActorHost) {
    this.id = id;
    this.key = `channel:${id}`;
    this.topic = new ChannelTopic(id, topic, host.peers, (connection, isListening) => {
      if (host.followers.size === 0) return;
      host.followers.listens(id, connection, this.#userOf(connection), isListening);
    });
    this.#host = host;
    this.#questions = new ChannelQuestions(this, host);
    this.#ending = new ChannelEnding(this, host);
    this.#catchUp = new ChannelCatchUp(this, host.ports);
    const { timers, policy, newId } = host.ports;
    this.touchedAt = timers.mono();
    this.#mailbox.hold();
    this.#context = {
      get now() {
        return timers.now();
      },
      get mono() {
        return timers.mono();
      },
      get automod() {
        return host.automod();
      },
      policy,
      pageTexts: host.pageTexts,
      newId,
    };
  }

  /** Null until loaded. */
  get state(): ChannelState | null {
    return this.#state;
  }

  get context(): Context {
    return this.#context;
  }

  /** Steps that wait for loading. */
  get depth(): number {
    return this.#mailbox.depth;
  }

  /** Something is being read, or waits for that. */
  get isBusy(): boolean {
    return this.depth > 0 || this.#questions.open > 0 || this.#catchUp.isUnderWay || this.#ending.isUnderWay;
  }

  /** Code units in the ring. */
  get ringSize(): number {
    return this.#state?.ring.size ?? 0;
  }

  /** Nobody is here, nothing is under way, and nobody came for `coldMs`; at once where nobody ever wrote. */
  isCold(now: number): boolean {
    const state = this.#state;
    if (state === null || state.present.size > 0 || state.userOf.size > 0 || state.inFlight.size > 0)
      return false;
    if (state.purging.size > 0) return false;
    if (this.#catchUp.isUnderWay || this.#questions.open > 0 || this.#mailbox.isHeld) return false;
    return !state.exists || state.deleted || now - this.touchedAt >= this.#host.bounds.coldMs;
  }

  /** Reads the channel from the log. Steps that waited run, or are refused when it can't be read. */
  async load(): Promise<void> {
    const { log, logger, timers } = this.#host.ports;
    const { ringEvents, ringSize } = this.#host.bounds;
    for (;;) {
      const loaded = await log.load(
        this.id,
        Math.min(ringEvents, MAX_PAGE_LIMIT),
        Math.min(ringSize, MAX_PAGE_BYTES),
      );
      if (loaded.ok) {
        this.#loaded(loaded.value);
        return;
      }
      logger.warn({ channel: this.id, reason: loaded.reason }, 'a channel could not be loaded');
      const refusable = this.#mailbox.takeRefusable();
      const isWanted = this.#mailbox.depth > 0;
      if (!isWanted) this.#host.failed(this);
      const problem = failure('unavailable', 'the channel can not be loaded right now', 1_000);
      for (const step of refusable) step(null, problem);
      if (!isWanted) return;
      await new Promise<void>((resolve) => {
        timers.after(RELOAD_PAUSE_MS, resolve);
      });
    }
  }

  /** Runs `step` when the channel is loaded: now, or from the mailbox; refused when the mailbox is full. */
  run(asked: Step<ChannelState>): void {
    const { timers, traces } = this.#host.ports;
    const step = traces === undefined ? asked : traces.step(asked, this.id);
    this.touchedAt = timers.mono();
    if (!this.#mailbox.isHeld) {
      step(this.#state, null);
    } else if (this.#mailbox.depth >= this.#host.bounds.mailbox) {
      step(null, failure('overloaded', 'the channel is busy', 1_000));
    } else {
      this.#mailbox.push(step, false);
    }
  }

  /** Runs `step` when the channel is loaded, however long that takes. */
  insist(step: () => void): void {
    if (this.#mailbox.isHeld) this.#mailbox.push(step, true);
    else step();
  }

  /** Deletes what somebody sent; resolves when that is done, with what stood against it. */
  async purge(order: PurgeOrder): Promise<Failure | null> {
    return new Promise((resolve) => {
      this.run((state, problem) => {
        if (state === null) {
          resolve(problem);
          return;
        }
        const key = (this.#purges += 1);
        this.#purged.set(key, resolve);
        this.perform(purge(order, { key }));
      });
    });
  }

  /** Carries out effects in order, then sees to the next deadline. */
  perform(effects: Effects): void {
    for (const effect of effects) this.#perform(effect);
    this.#setDeadline();
  }

  /** Who isn't in the channel any more is forgotten; what the page has ahead of what is shown is caught up with. */
  pageTaken(state: ChannelState, connection: ConnectionKey, wasIn: boolean): void {
    this.#catchUp.withPages(state);
    if (wasIn && !state.userOf.has(connection)) this.#host.left(connection, this);
  }

  /** What became of an entry of this channel, which was written for `epoch` of it. */
  settled(entry: LogEntry, outcome: Placement | Failure, epoch: string | undefined): void {
    const state = this.#state;
    // One that was given up on may be told of when its channel is another one already.
    if (state === null || epoch !== state.epoch || state.deleted) return;
    this.perform(settle(state, entry, outcome, this.#context));
    if (outcome === CHANNEL_GONE) void this.#ending.lookAgain();
    if ('code' in outcome) {
      this.#catchUp.withPages(state);
      return;
    }
    // A shared entry that is a duplicate may be another server's, which has another time.
    if (outcome.seq === state.head + 1 && outcome.id === entry.id && !outcome.duplicate) {
      this.advance(state, { ...entry, seq: outcome.seq });
    } else if (outcome.seq > state.head) {
      this.#catchUp.with(outcome.seq);
    }
    this.#catchUp.withPages(state);
  }

  /** Another server says that the log reaches up to `head`: whether it does is read. */
  reaches(head: number): void {
    const state = this.#state;
    if (state === null) this.#hinted = Math.max(this.#hinted, head);
    else if (head > state.head && !state.deleted) this.#catchUp.with(head);
  }

  /** The channel may be another one than it was, or have another record: looks. */
  lookAgain(): void {
    // One that can't be loaded is forgotten.
    if (this.#state === null) this.#mustLook = true;
    else void this.#ending.lookAgain();
  }

  /** How the log was shown, where somebody listens or follows it. */
  get watched(): KnownLog | null {
    const state = this.#state;
    if (state === null || state.deleted) return null;
    if (this.topic.listeners.size === 0 && !this.#host.followers.has(this.id)) return null;
    return { log: this.key, head: state.head, epoch: state.epoch, exists: state.exists };
  }

  /** Connections in the channel, with their users' ids. */
  *listeners(): Iterable<readonly [ConnectionKey, string | undefined]> {
    for (const connection of this.topic.listeners) yield [connection, this.#userOf(connection)];
  }

  /** Something that ends by itself may have ended. */
  tick(): void {
    const state = this.#state;
    if (state === null) return;
    this.#deadline = null;
    this.perform([...presenceTick(state, this.#context), ...typingTick(state, this.#context)]);
  }

  /**
   * Hand-over: publishes to `peer` alone what lies between `lastSeq` and the head, then lets it go live. Commands wait
   * meanwhile: who joined now would be told again what its page holds.
   */
  async restore(peer: GatewayPeer, lastSeq: number): Promise<void> {
    this.#mailbox.hold();
    await this.#catchUp.tellMissed(peer, lastSeq);
    this.topic.goLive(peer);
    if (this.#state === null) return;
    // The shard before may have died before it told others.
    if (this.#state.head > 0) this.#host.ports.others?.moved(this.key, this.#state.head);
    this.#mailbox.release(this.#state);
  }

  /** What `show` shows is what another server wrote. */
  showTheirs(show: () => void): void {
    this.#isTheirs = true;
    show();
    this.#isTheirs = false;
  }

  /** The channel's record was made elsewhere: resolves when this has it, or reads it when it loads. */
  async created(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.insist(() => {
        void this.readAgain().then(resolve);
      });
    });
  }

  /** Lets go of the events that are held, and reads the tables again: the log has them otherwise than they were shown. */
  async forgetHeld(): Promise<void> {
    if (this.#state === null) return;
    this.#state.ring.clear();
    this.#context.pageTexts.forgetChannel(this.id);
    await this.created();
  }

  /** The log, where it has this epoch, shows nothing below `floor` any more. */
  async floorMoved({ epoch, floor }: LogFloor): Promise<void> {
    this.#toldFloor = { epoch, floor };
    if (this.#takeFloor() && this.#state !== null && this.#state.pins.size > 0) await this.created();
  }

  /** Whether what was told of the floor wasn't known. */
  #takeFloor(): boolean {
    const [state, told] = [this.#state, this.#toldFloor];
    return state?.epoch === told?.epoch && state !== null && told !== null
      ? raiseFloor(state, told.floor, this.#context)
      : false;
  }

  /** Reads the record and the tables beside the log, until the log answers. */
  async readAgain(): Promise<void> {
    await this.#questions.answer(this.#readTables());
  }

  async #readTables(): Promise<void> {
    for (;;) {
      const loaded = await this.#host.ports.log.load(this.id, 1, 1);
      const state = this.#state;
      if (loaded.ok && state !== null && isOther(state, loaded.value)) {
        void this.#ending.lookAgain();
        return;
      }
      // What was shown meanwhile may not be in what was read.
      if (loaded.ok && state !== null && loaded.value.page.head >= state.head) {
        this.perform(takeOver(state, loadedState(this.id, loaded.value), this.#context));
        return;
      }
      await new Promise<void>((resolve) => {
        this.#host.ports.timers.after(RELOAD_PAUSE_MS, resolve);
      });
    }
  }

  /** Who leaves may be known to the shard alone by now, and whose connection is gone to the channel alone. */
  #userOf(connection: ConnectionKey): string | undefined {
    return this.#state?.userOf.get(connection)?.id ?? this.#host.userOf(connection);
  }

  #loaded(loaded: LoadedChannel): void {
    const { page } = loaded;
    const { ringEvents, ringSize } = this.#host.bounds;
    const state = createChannelState(loadedState(this.id, loaded), { events: ringEvents, size: ringSize });
    fillRing(state, page.events);
    this.#state = state;
    // It may have been told while this was being read.
    this.#takeFloor();
    this.#catchUp.loaded(page.head);
    const hinted = this.#hinted;
    this.#hinted = 0;
    // What was written while this was being read may be on neither side: in the page, and not counted yet.
    if (hinted > 0) this.#host.followers.behind(this.id, page.head);
    this.#mailbox.release(state);
    if (hinted > 0) this.reaches(hinted);
    if (!this.#mustLook) return;
    this.#mustLook = false;
    this.lookAgain();
  }

  /** Everyone is out who was in a channel that is gone, or never was what their gateway takes it for. */
  dismiss(): void {
    const state = this.#state;
    if (state !== null) this.perform(channelEnded(state, { purged: !state.deleted }, this.#context));
  }

  /** Nothing is under way. */
  get isQuiet(): boolean {
    const state = this.#state;
    if (state === null || state.inFlight.size > 0 || state.purging.size > 0) return false;
    return this.#questions.open === 0 && !this.#catchUp.isUnderWay;
  }

  hold(): void {
    this.#mailbox.hold();
  }

  /** Everyone is told that the channel is gone, those too whose commands wait. */
  end(state: ChannelState, how: ChannelDeleted, isOurs: boolean): void {
    for (const step of this.#mailbox.takeRefusable()) step(null, CHANNEL_GONE);
    const effects = channelEnded(state, how, this.#context);
    if (isOurs) this.perform(effects);
    else {
      this.showTheirs(() => {
        this.perform(effects);
      });
    }
    const { head: seq } = state;
    // Whoever follows it without being in it has it counted anew: it isn't there any more.
    const event = {
      id: '',
      type: 'channel:deleted',
      sender: '',
      seq,
      timestamp: this.#context.now,
      data: '{}',
    };
    if (this.#host.followers.size > 0) this.#host.followers.noted(this.id, event);
  }

  /** Goes on with what was loaded in the place of what there was. */
  replace(loaded: LoadedChannel): void {
    this.#context.pageTexts.forgetChannel(this.id);
    this.#loaded(loaded);
    this.#setDeadline();
  }

  /** Goes on with the record and the tables that were loaded. */
  resume(state: ChannelState, loaded: LoadedChannel): void {
    this.perform(takeOver(state, loadedState(this.id, loaded), this.#context));
    this.#catchUp.with(loaded.page.head);
    this.#mailbox.release(state);
  }

  #perform(effect: Effect): void {
    switch (effect.kind) {
      case 'append': {
        const refused = this.#host.append(effect.entry, this.#state?.epoch);
        if (refused !== null && this.#state !== null) {
          this.perform(settle(this.#state, effect.entry, refused, this.#context));
        }
        return;
      }
      case 'purged':
        this.#purged.get(effect.key)?.(effect.problem);
        this.#purged.delete(effect.key);
        return;
      case 'read':
      case 'select':
      case 'versions':
      case 'find':
      case 'findSent':
      case 'findPerson':
      case 'findNames':
      case 'findBlockers':
      case 'held':
      case 'reports':
      case 'mark':
        this.#questions.ask(effect);
        return;
      case 'tell':
        this.#host.tell(this.id, effect, !this.#isTheirs);
        return;
      case 'moderators': {
        const { frame, but } = effect;
        const word = { kind: 'moderators', channelId: this.id, frame } as const;
        this.#host.ports.others?.say(but === undefined ? word : { ...word, but });
        return;
      }
      case 'typing':
        this.#host.ports.others?.say({
          ...{ kind: 'typing', channelId: this.id, user: effect.user, isOn: effect.isOn },
        });
        return;
      case 'request':
        this.#host.request(effect.waiter, effect.type, effect.data);
        return;
      case 'record':
        void this.#ending.change(effect.order);
        return;
      case 'send':
        if (effect.refused !== undefined) this.#host.ports.recorder.refused(effect.refused);
        if (effect.to < 0) this.#host.answered(effect.to, effect.frame);
        else this.topic.send(effect.to, effect.frame);
        return;
      case 'publish':
        this.topic.publish(effect);
        return;
      case 'broadcast':
        this.topic.broadcast(effect.frame, effect.except, effect.patienceMs);
        return;
      case 'subscribe':
        if (this.#state !== null) this.topic.subscribe(effect.connection, this.#state.head);
        return;
      case 'unsubscribe':
        this.topic.unsubscribe(effect.connection);
        if (this.#state?.userOf.has(effect.connection) === false) this.#host.left(effect.connection, this);
        return;
    }
  }

  /** Shows the event that comes next in the log. */
  advance(state: ChannelState, event: CommittedEvent): void {
    this.#catchUp.reached(event.seq);
    this.perform(apply(state, event, this.#context));
    if (this.#host.followers.size > 0) this.#host.followers.noted(this.id, event);
  }

  #setDeadline(): void {
    const state = this.#state;
    if (state === null) return;
    const presence = nextPresenceDeadline(state);
    const typing = nextTypingDeadline(state);
    const next = presence === null ? typing : typing === null ? presence : Math.min(presence, typing);
    if (next === this.#deadline) return;
    this.#deadline = next;
    this.#host.deadline(this, next);
  }
}

function loadedState(id: string, { channel, tables, page }: LoadedChannel): LoadedState {
  return {
    id,
    exists: channel !== null || page.head > 0,
    name: channel?.name ?? id,
    ...(channel?.topic === undefined ? {} : { topic: channel.topic }),
    ...(channel?.description === undefined ? {} : { description: channel.description }),
    ...(channel?.deleted === true ? { deleted: true } : {}),
    private: channel?.private ?? false,
    epoch: page.epoch,
    head: page.head,
    floor: page.floor,
    tables,
  };
}
