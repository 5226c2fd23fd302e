/** The inboxes of a shard: those of everyone who is connected, most of them asleep, and those that others write to. */
import type { Context } from '../inbox/state.ts';
import { encodeEvent, encodeSignal, summaryOfLoaded } from '../inbox/frames.ts';
import { refusal } from '../inbox/incoming.ts';
import { inboxLog } from '../inbox/whisper.ts';
import type { AppendEntry } from '../log/entry.ts';
import type { Failure } from '../protocol/errors.ts';
import { DeadlineQueue } from '../threads/deadline-queue.ts';
import type { ShardConnection } from './connection.ts';
import type { FollowedChannels } from './followed-channels.ts';
import { Inbox } from './inbox.ts';
import { InboxActor, type InboxHost, type InboxMessage } from './inbox-actor.ts';
import { InboxLoader } from './inbox-loader.ts';
import { MarkBatch } from './mark-batch.ts';
import type { InboxMoved, UserTold } from './mesh.ts';
import { OutdatedInboxes } from './outdated-inboxes.ts';
import type { GroupPlacement } from './ports/channel-log.ts';
import type { KnownLog } from './ports/log-heads.ts';
import { FIRST_PAUSE_MS, nextPause, paused } from './retry-pause.ts';
import { UnreadTeller } from './unread-teller.ts';

/** Inboxes that are looked at in one query. */
const LOOK_BATCH = 1_000;
/** Looks whether what another server wrote was shown, before somebody comes, and the pause between them, ms. */
const MOST_LOOKS = 20;
const LOOK_PAUSE_MS = 10;

/** Figures of this moment. */
export interface InboxGauges {
  /** Inboxes of those who are connected, and those that are awake. */
  readonly inboxes: number;
  readonly awake: number;
  /** Steps that wait for an inbox that loads. */
  readonly waiting: number;
}

/** What the table needs of its shard. */
export interface InboxTableHost extends Omit<
  InboxHost,
  'context' | 'load' | 'mark' | 'arrived' | 'deadline' | 'sleep'
> {
  readonly followed: FollowedChannels;
  /** Whether another server may have written in inboxes. */
  readonly hasOthers: () => boolean;
}

export class InboxTable {
  readonly #host: InboxHost;
  readonly #hasOthers: () => boolean;
  readonly #followed: FollowedChannels;
  readonly #inboxes = new Map<string, Inbox>();
  readonly #awake = new Set<InboxActor>();
  readonly #marks: MarkBatch;
  readonly #unread: UnreadTeller;
  readonly #deadlines: DeadlineQueue<InboxActor>;
  readonly #outdated: OutdatedInboxes;
  #isLooking = false;
  /** Whether to look (again): what the look under way has found may be older. */
  #mustLook = false;
  #closed = false;

  constructor(host: InboxTableHost) {
    const { ports, bounds, followed } = host;
    this.#hasOthers = () => host.hasOthers();
    const loader = new InboxLoader(ports.inboxes, ports.logger);
    this.#marks = new MarkBatch(ports.inboxes, ports, bounds.marks);
    this.#followed = followed;
    this.#outdated = new OutdatedInboxes({
      timers: ports.timers,
      lookAt: (owners) => this.#lookAt(owners),
      reload: (owner) => this.#reload(owner),
    });
    this.#unread = new UnreadTeller({
      ...host,
      follows: (user, channels) => {
        followed.take(user, channels);
      },
    });
    this.#deadlines = new DeadlineQueue(ports.timers, (actor) => {
      actor.tick();
    });
    this.#host = {
      ...host,
      context: contextOf(ports),
      load: (owner) => loader.load(owner),
      mark: (mark, settle) =>
        this.#marks.add(mark, (outcome) => {
          if (!('code' in outcome)) ports.others?.changed(inboxLog(mark.owner));
          settle(outcome);
        }),
      arrived: (connection) => {
        this.#unread.tell(connection);
      },
      deadline: (actor, at) => {
        if (at === null) this.#deadlines.delete(actor);
        else this.#deadlines.set(actor, at);
      },
      sleep: (actor) => {
        this.#sleep(actor);
      },
    };
  }

  /** The connection comes to its user's inbox. */
  attach(connection: ShardConnection): void {
    const inbox = this.#inboxOf(connection.user.id);
    connection.inbox = inbox;
    if (inbox.actor === null) void this.#greet(inbox, connection);
    else if (this.#hasOthers()) {
      connection.coming = this.#attachWhenShown(inbox, connection).finally(() => {
        connection.coming = null;
      });
    } else inbox.actor.attach(connection);
  }

  /** Hand-over: the connection was told up to `lastSeq` by the shard before; resolves when it has the rest. */
  async restore(connection: ShardConnection, lastSeq: number): Promise<void> {
    const inbox = this.#inboxOf(connection.user.id);
    connection.inbox = inbox;
    await this.#wake(inbox).restore(connection, lastSeq);
  }

  /** The connection is told again where its inbox stands. */
  tellState(connection: ShardConnection): void {
    if (connection.inbox !== null) this.#wake(connection.inbox).tellState(connection);
  }

  /**
   * An ephemeral frame to all connections of a user but `except`, those among them that are still coming, and what it tells of
   * channels that they follow.
   */
  tell({ to, frame, except, marked, belongsTo }: UserTold): void {
    const inbox = this.#inboxes.get(to);
    if (inbox === undefined) return;
    if (marked !== undefined) this.#followed.take(to, [marked]);
    if (belongsTo !== undefined) this.#followed.concerns(to, belongsTo);
    inbox.broadcast(frame, except === undefined ? [] : [except]);
    for (const { key, id, peer } of inbox.greeting) if (key !== except) peer.send(id, frame);
  }

  /** Connections of a user that have been told everything so far. */
  connectionsOf(owner: string): readonly ShardConnection[] {
    return this.#inboxes.get(owner)?.connections ?? [];
  }

  /** The connection is gone. */
  detach(connection: ShardConnection): void {
    const { inbox } = connection;
    if (inbox === null) return;
    connection.inbox = null;
    inbox.greeting.delete(connection);
    inbox.leave(connection);
    if (inbox.connections.length === 0) this.#followed.gone(inbox.owner);
    inbox.actor?.detach(connection);
    this.#forgetUnused(inbox);
  }

  /** The connection's user has other rights or another name from now on. */
  renew(connection: ShardConnection): void {
    connection.inbox?.actor?.renew(connection);
  }

  /** The actor of `owner`'s inbox; one that slept begins to load. */
  touch(owner: string): InboxActor {
    return this.#wake(this.#inboxOf(owner));
  }

  get context(): Context {
    return this.#host.context;
  }

  /** Another inbox, here or on another shard, tells one of these something. */
  received(message: InboxMessage): void {
    switch (message.kind) {
      case 'ask':
        this.touch(message.to).asked(message.ask, (problem) => {
          this.#host.pass(refusal(message.ask, problem));
        });
        return;
      case 'answer': {
        const inbox = this.#inboxes.get(message.to);
        const { outcome } = message.answer;
        // One that sleeps waits for no answer, but has to show what landed all the same.
        if (inbox === undefined) return;
        if (inbox.actor !== null) inbox.actor.answered(message.answer);
        else if (!('code' in outcome) && outcome.seq > inbox.head) this.#wake(inbox).answered(message.answer);
        return;
      }
      case 'receipt': {
        const inbox = this.#inboxes.get(message.to);
        const { type, id, by, seq } = message.receipt;
        if (inbox === undefined) return;
        // The marks that a waking inbox reads have the receipt already: whoever is here hears of it at once. What is read
        // for those who come just now may not have it.
        if (inbox.actor === null && inbox.greeting.size === 0 && seq <= inbox.head) {
          inbox.broadcast(encodeSignal(type, this.#host.context, { id, by }));
        } else this.#wake(inbox).receiptCame(message.receipt);
        return;
      }
    }
  }

  /** A message of a channel has put something into the log of an inbox. */
  moved({ to, seq, event }: InboxMoved): void {
    const inbox = this.#inboxes.get(to);
    // Nobody is here: it is found in the log.
    if (inbox === undefined) return;
    if (event?.type === 'mention:created') {
      const { channelId } = JSON.parse(event.data) as { readonly channelId: string };
      this.#followed.concerns(to, channelId);
    }
    if (inbox.actor !== null) {
      inbox.actor.moved(seq, event);
    } else if (inbox.greeting.size > 0 || seq > inbox.head + 1 || (seq > inbox.head && event === null)) {
      // What is read for those who come just now may not have it.
      this.#wake(inbox).moved(seq, event);
    } else if (seq > inbox.head && event !== null) {
      // It sleeps on: it has nothing to do with it but to tell.
      inbox.head = seq;
      inbox.publish(seq, encodeEvent(event).json);
    }
  }

  /** What was told of inboxes may be lost: looks for what their logs hold that nobody here was told of. */
  async look(): Promise<void> {
    this.#mustLook = true;
    if (this.#isLooking) return;
    this.#isLooking = true;
    while (this.#mustLook) {
      this.#mustLook = false;
      const owners = [...this.#inboxes.keys()];
      for (let at = 0; at < owners.length; at += LOOK_BATCH) {
        await this.#lookAt(owners.slice(at, at + LOOK_BATCH));
      }
    }
    this.#isLooking = false;
  }

  async #lookAt(owners: readonly string[]): Promise<void> {
    const { inboxes, logger, timers } = this.#host.ports;
    for (let pause = FIRST_PAUSE_MS; !this.#closed; pause = nextPause(pause)) {
      const heads = await inboxes.heads(owners);
      if (heads.ok) {
        for (const [index, owner] of owners.entries()) this.reaches(owner, heads.value[index] ?? 0);
        return;
      }
      logger.warn({ reason: heads.failure.message }, 'inboxes could not be looked at yet');
      await paused(timers, pause);
    }
  }

  /** The log of that inbox is known to reach up to `head`. */
  reaches(owner: string, head: number): void {
    const inbox = this.#inboxes.get(owner);
    if (inbox === undefined) return;
    if (inbox.actor !== null) inbox.actor.moved(head, null);
    else if (inbox.greeting.size > 0 || head > inbox.head) this.#wake(inbox);
  }

  /** Another server says that an inbox reaches up to `head`: asked for with others, since it is read until it does. */
  hinted(owner: string, head: number): void {
    const known = this.headOf(owner);
    if (known === null || (known >= head && this.#inboxes.get(owner)?.greeting.size === 0)) return;
    this.#outdated.moved(owner);
  }

  /** Up to where an inbox was shown; null: nobody of it is here. */
  headOf(owner: string): number | null {
    const inbox = this.#inboxes.get(owner);
    return inbox === undefined ? null : (inbox.actor?.state?.head ?? inbox.head);
  }

  /** Inboxes of those who are connected, as they were shown. */
  watched(): readonly KnownLog[] {
    return [...this.#inboxes.values()].flatMap(({ log, owner, connections }) => {
      if (connections.length === 0) return [];
      return { log, head: this.headOf(owner) ?? 0, epoch: null, exists: false };
    });
  }

  /** Another server has changed marks, blocks or settings: they are read anew, and connections told where the inbox stands. */
  reload(owner: string): void {
    if (this.#inboxes.has(owner)) this.#outdated.changed(owner);
  }

  /** Not while something is under way in it: then later. */
  #reload(owner: string): boolean {
    const inbox = this.#inboxes.get(owner);
    if (inbox?.actor?.isAtRest === false) return false;
    if (inbox === undefined) return true;
    if (inbox.actor !== null) this.#sleep(inbox.actor);
    if (inbox.connections.length === 0 && inbox.greeting.size === 0) return true;
    const actor = this.#wake(inbox);
    for (const connection of inbox.connections) actor.tellState(connection);
    return true;
  }

  /** What became of an entry that an inbox appended. */
  settled(entry: AppendEntry, outcome: GroupPlacement | Failure): void {
    const owner = entry.log.slice('inbox:'.length);
    // What was given up on may turn out to have landed while the inbox sleeps, or nobody of it is here any more.
    if ('code' in outcome) this.#inboxes.get(owner)?.actor?.settled(entry, outcome);
    else this.#wake(this.#inboxOf(owner)).settled(entry, outcome);
  }

  /** A shard was replaced, and `reaches` names the users of it. */
  wayBack(reaches: (userId: string) => boolean): void {
    for (const inbox of this.#inboxes.values()) {
      if (inbox.actor !== null || inbox.isHeir) this.#wake(inbox).wayBack(reaches);
    }
  }

  /** Whether anything is under way. */
  get isBusy(): boolean {
    for (const actor of this.#awake) if (!actor.isAtRest) return true;
    return false;
  }

  /** Resolves when all marks that were taken in are committed or answered. */
  async drained(): Promise<void> {
    await this.#marks.drained();
  }

  gauges(): InboxGauges {
    let waiting = 0;
    for (const actor of this.#awake) waiting += actor.depth;
    return { inboxes: this.#inboxes.size, awake: this.#awake.size, waiting };
  }

  /** Lets inboxes sleep of which nobody asked anything for a while: sooner where all rings together are too large. */
  tidy(): void {
    const { bounds, ports } = this.#host;
    const now = ports.timers.mono();
    let size = 0;
    for (const actor of this.#awake) size += actor.ringSize;
    const quietest = [...this.#awake].sort((a, b) => (a.touchedAt ?? 0) - (b.touchedAt ?? 0));
    for (const actor of quietest) {
      const isCold = now - (actor.touchedAt ?? Number.NEGATIVE_INFINITY) >= bounds.coldMs;
      if (!isCold && size <= bounds.inboxRingsSize) break;
      if (!actor.isAtRest) continue;
      size -= actor.ringSize;
      this.#sleep(actor);
    }
  }

  /** Lets all inboxes sleep in which nothing is under way; whether those are all. */
  forget(): boolean {
    for (const actor of [...this.#awake]) if (actor.isAtRest) this.#sleep(actor);
    return this.#awake.size === 0;
  }

  close(): void {
    this.#closed = true;
    this.#outdated.close();
    this.#deadlines.clear();
    this.#marks.close();
    this.#unread.close();
  }

  #inboxOf(owner: string): Inbox {
    const known = this.#inboxes.get(owner);
    if (known !== undefined) return known;
    const inbox = new Inbox(owner);
    this.#inboxes.set(owner, inbox);
    return inbox;
  }

  /** Most who come never whisper: they are told where their inbox stands, and it sleeps on. */
  async #greet(inbox: Inbox, connection: ShardConnection): Promise<void> {
    inbox.greeting.add(connection);
    const loaded = await this.#host.load(inbox.owner);
    // It went, or the inbox woke up and sees to it.
    if (!inbox.greeting.has(connection)) return;
    const isBehind = inbox.connections.length > 0 && !('code' in loaded) && loaded.head !== inbox.head;
    if ('code' in loaded || isBehind) {
      this.#wake(inbox);
      return;
    }
    inbox.greeting.delete(connection);
    inbox.head = loaded.head;
    inbox.join(connection);
    connection.peer.inboxState(connection.id, loaded.head, JSON.stringify(summaryOfLoaded(loaded)));
    this.#unread.tell(connection);
  }

  /** Whoever comes from another server may have been told of more than was shown here: that is read before. */
  async #attachWhenShown(inbox: Inbox, connection: ShardConnection): Promise<void> {
    const { inboxes, timers } = this.#host.ports;
    const { owner } = inbox;
    inbox.greeting.add(connection);
    const heads = await inboxes.heads([owner]);
    const head = heads.ok ? (heads.value[0] ?? 0) : 0;
    this.reaches(owner, head);
    for (let look = 0; look < MOST_LOOKS && (this.headOf(owner) ?? head) < head; look += 1) {
      await paused(timers, LOOK_PAUSE_MS);
    }
    // It went, or came when the inbox fell asleep and woke up.
    if (!inbox.greeting.delete(connection)) return;
    this.#wake(inbox).attach(connection);
  }

  #wake(inbox: Inbox): InboxActor {
    if (inbox.actor !== null) return inbox.actor;
    const actor = new InboxActor(inbox, this.#host);
    inbox.actor = actor;
    this.#awake.add(actor);
    // In front of what wakes it: whoever asks something of it has to have come.
    for (const connection of inbox.greeting) actor.attach(connection);
    inbox.greeting.clear();
    void actor.load();
    return actor;
  }

  /** The actor has nothing to do, or could not be loaded. */
  #sleep(actor: InboxActor): void {
    const { inbox, state } = actor;
    inbox.actor = null;
    this.#awake.delete(actor);
    this.#deadlines.delete(actor);
    if (state !== null) {
      inbox.head = state.head;
      // What was given up may land yet: then it is looked for when a shard was replaced.
      inbox.isHeir = state.isHeir || state.doubtful.size > 0;
    }
    this.#forgetUnused(inbox);
  }

  #forgetUnused(inbox: Inbox): void {
    if (inbox.actor === null && inbox.greeting.size === 0 && inbox.connections.length === 0) {
      this.#inboxes.delete(inbox.owner);
    }
  }
}

function contextOf({ timers, policy, newId, isBanned }: InboxHost['ports']): Context {
  return {
    get now() {
      return timers.now();
    },
    get mono() {
      return timers.mono();
    },
    policy,
    unreadLimit: policy.maxUnreadWhispers,
    isBanned,
    newId,
  };
}
