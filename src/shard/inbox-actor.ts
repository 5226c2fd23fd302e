/**
 * One user's inbox while it is awake: its state, and the carrying out of what its machine wants.
 *
 * Loading: asks the store; what arrives waits in the mailbox. Telling: connections that were here before this state came to
 * be are told what they missed; requests wait, events go on to the others. Ready: steps run at once. It falls asleep again
 * when nothing was asked of it for a while, and at once when it was only asked where the inbox stands.
 */
import { arrive } from '../inbox/arrivals.ts';
import { attach, detach, rejoin, renew, restore, tellState } from '../inbox/connections.ts';
import type { Ask, Answer, Effect, Effects, Receipt } from '../inbox/effects.ts';
import { encodeEvent } from '../inbox/frames.ts';
import { asked, settled } from '../inbox/incoming.ts';
import { answered, wayBack } from '../inbox/outgoing.ts';
import { receiptCame } from '../inbox/receipts.ts';
import { createInboxState, type InboxState, isAtRest } from '../inbox/state.ts';
import { nextDeadline, tick } from '../inbox/time.ts';
import type { CommittedEvent } from '../log/committed-event.ts';
import type { AppendEntry } from '../log/entry.ts';
import type { ConnectionKey } from '../log/waiter.ts';
import { failure, type Failure } from '../protocol/errors.ts';
import type { Peers } from './channel-topic.ts';
import { gatewayOf, localId, type ShardConnection } from './connection.ts';
import type { Inbox } from './inbox.ts';
import { InboxWork, type WorkHost } from './inbox-work.ts';
import { Mailbox, type Step } from './mailbox.ts';
import type { GroupPlacement } from './ports/channel-log.ts';
import type { LoadedInbox } from './ports/inbox-store.ts';
import type { ShardBounds } from './ports/shard-ports.ts';
import { readAfter } from './read-after.ts';

const RELOAD_PAUSE_MS = 500;

/** What one inbox tells another. */
export type InboxMessage = Extract<Effect, { readonly kind: 'ask' | 'answer' | 'receipt' }>;

/** What an actor needs of its shard. */
export interface InboxHost extends WorkHost {
  readonly bounds: ShardBounds;
  readonly peers: Peers;
  load(owner: string): Promise<LoadedInbox | Failure>;
  append(entry: AppendEntry): Failure | null;
  /** Answers somebody who asked over no connection; their key is below zero. */
  answered(asker: ConnectionKey, frame: string): void;
  /** Takes a message to its inbox, in order; one that can't be passed on is dropped. */
  pass(message: InboxMessage): void;
  isConnected(connection: ConnectionKey): boolean;
  /** The connection has come, or come over from another shard, and knows where the inbox stands. */
  arrived(connection: ShardConnection): void;
  deadline(actor: InboxActor, at: number | null): void;
  /** It has nothing to do and nobody waits for it. */
  sleep(actor: InboxActor): void;
}

export class InboxActor {
  readonly inbox: Inbox;
  /** Monotonic ms of the last step that was more than a look; null: there was none. */
  touchedAt: number | null = null;

  readonly #host: InboxHost;
  readonly #mailbox = new Mailbox<InboxState>();
  #state: InboxState | null = null;
  #deadline: number | null = null;
  readonly #work: InboxWork;

  constructor(inbox: Inbox, host: InboxHost) {
    this.inbox = inbox;
    this.#host = host;
    this.#work = new InboxWork(inbox, host, (step) => {
      if (this.#state !== null) this.perform(step(this.#state));
    });
    this.#mailbox.hold();
  }

  /** Null until loaded. */
  get state(): InboxState | null {
    return this.#state;
  }

  /** Steps that wait. */
  get depth(): number {
    return this.#mailbox.depth;
  }

  /** Code units in the ring. */
  get ringSize(): number {
    return this.#state?.ring.size ?? 0;
  }

  /** Nothing is under way or waits. */
  get isAtRest(): boolean {
    if (this.#state === null || this.#mailbox.isHeld || this.#mailbox.depth > 0) return false;
    return !this.#work.isUnderWay && isAtRest(this.#state);
  }

  /** Reads the inbox from the store. Steps that waited run, or are refused when it can't be read. */
  async load(): Promise<void> {
    const { logger, timers } = this.#host.ports;
    for (;;) {
      const loaded = await this.#host.load(this.inbox.owner);
      if (!('code' in loaded)) {
        this.#loaded(loaded);
        return;
      }
      logger.warn({ inbox: this.inbox.owner, reason: loaded.message }, 'an inbox could not be loaded');
      const refusable = this.#mailbox.takeRefusable();
      const isWanted = this.#mailbox.depth > 0;
      if (!isWanted) this.#host.sleep(this);
      const problem = failure('unavailable', 'the inbox can not be loaded right now', 1_000);
      for (const step of refusable) step(null, problem);
      if (!isWanted) return;
      await new Promise<void>((resolve) => {
        timers.after(RELOAD_PAUSE_MS, resolve);
      });
    }
  }

  /** Runs `step` when the inbox is loaded: now, or from the mailbox; refused when the mailbox is full. */
  run(asked: Step<InboxState>): void {
    const { timers, traces } = this.#host.ports;
    const step = traces === undefined ? asked : traces.step(asked);
    this.touchedAt = timers.mono();
    if (!this.#mailbox.isHeld) step(this.#state, null);
    else if (this.#mailbox.depth >= this.#host.bounds.mailbox) {
      step(null, failure('overloaded', 'the inbox is busy', 1_000));
    } else this.#mailbox.push(step, false);
  }

  /** Runs `step` when the inbox is loaded, however long that takes. */
  insist(step: (state: InboxState) => void): void {
    const { traces } = this.#host.ports;
    const asked: Step<InboxState> = (state) => {
      if (state !== null) step(state);
    };
    const insisting = traces === undefined ? asked : stepWithin(traces.later('mailbox'), asked);
    if (this.#mailbox.isHeld) this.#mailbox.push(insisting, true);
    else insisting(this.#state, null);
  }

  /** The connection comes: it is told where the inbox stands, and everything behind that. */
  attach(connection: ShardConnection): void {
    this.insist((state) => {
      if (!this.#host.isConnected(connection.key)) return;
      this.inbox.join(connection);
      this.perform(attach(state, connection.key, connection.user));
      this.#host.arrived(connection);
    });
  }

  /** Hand-over: the connection was told up to `lastSeq` by the shard before; resolves when it has the rest. */
  async restore(connection: ShardConnection, lastSeq: number): Promise<void> {
    return new Promise((resolve) => {
      this.insist((state) => {
        if (!this.#host.isConnected(connection.key)) {
          resolve();
          return;
        }
        this.inbox.isHeir = true;
        restore(state, connection.key, connection.user);
        resolve(this.#tellMissed([connection], lastSeq));
      });
    });
  }

  /** The connection is told again where the inbox stands. */
  tellState(connection: ShardConnection): void {
    this.insist((state) => {
      if (!this.#host.isConnected(connection.key)) return;
      this.perform([tellState(state, connection.key)]);
      this.#host.arrived(connection);
    });
  }

  detach(connection: ShardConnection): void {
    if (this.#state !== null) detach(this.#state, connection.key);
  }

  renew(connection: ShardConnection): void {
    if (this.#state !== null) renew(this.#state, connection.key, connection.user);
  }

  /** Another inbox asks; `refuse` is called when nobody here can look at it. */
  asked(ask: Ask, refuse: (problem: Failure) => void): void {
    this.run((state, problem) => {
      if (state !== null) this.perform(asked(state, ask, this.#host.context));
      else if (problem !== null) refuse(problem);
    });
  }

  answered(answer: Answer): void {
    this.insist((state) => {
      this.perform(answered(state, answer, this.#host.context));
    });
  }

  /** The inbox's log holds something at `seq`: `event`, or what has yet to be read. */
  moved(seq: number, event: CommittedEvent | null): void {
    this.insist((state) => {
      this.perform(arrive(state, seq, event, [], [], this.#host.context));
    });
  }

  receiptCame(receipt: Receipt): void {
    this.insist((state) => {
      this.perform(receiptCame(state, receipt, this.#host.context));
    });
  }

  /** The way to the shard of all whom `reaches` names is there again. */
  wayBack(reaches: (userId: string) => boolean): void {
    this.insist((state) => {
      this.perform(wayBack(state, reaches));
    });
  }

  /** What became of an entry that this inbox appended. */
  settled(entry: AppendEntry, outcome: GroupPlacement | Failure): void {
    const step = (state: InboxState): void => {
      this.perform(settled(state, entry, outcome, this.#host.context));
    };
    // Who is just told what they missed holds up requests, and not what was committed.
    if (this.#state === null) this.insist(step);
    else step(this.#state);
  }

  /** Something that ends by itself may have ended. */
  tick(): void {
    this.#deadline = null;
    if (this.#state !== null) this.perform(tick(this.#state, this.#host.context));
  }

  /** Carries out effects in order, then sees to the next deadline. */
  perform(effects: Effects): void {
    for (const effect of effects) this.#perform(effect);
    const at = this.#state === null ? null : nextDeadline(this.#state);
    if (at === this.#deadline) return;
    this.#deadline = at;
    this.#host.deadline(this, at);
  }

  #loaded(loaded: LoadedInbox): void {
    const { inboxRing } = this.#host.bounds;
    const { inbox } = this;
    const state = createInboxState(loaded, inboxRing);
    state.isHeir = inbox.isHeir;
    this.#state = state;
    const here = inbox.connections;
    for (const { key, user } of here) rejoin(state, key, user);
    if (here.length > 0 && state.head > inbox.head) {
      for (const connection of here) inbox.leave(connection);
      void this.#tellMissed(here, inbox.head).then(() => {
        // Receipts that came before are in the marks, and were told to nobody.
        for (const connection of here) this.tellState(connection);
      });
    }
    this.#release(state);
  }

  #release(state: InboxState): void {
    this.#mailbox.release(state);
    if (this.touchedAt === null && this.isAtRest) this.#host.sleep(this);
  }

  /** Tells `connections` what lies between `lastSeq` and the head; from then on they get what comes. */
  async #tellMissed(connections: readonly ShardConnection[], lastSeq: number): Promise<void> {
    this.#mailbox.hold();
    const isHere = ({ key }: ShardConnection): boolean => this.#host.isConnected(key);
    const tell = (seq: number, frame: string): void => {
      for (const { id, peer } of connections.filter(isHere)) peer.inboxEvent(id, seq, frame);
    };
    let seq = lastSeq;
    for (
      let state = this.#state;
      state !== null && seq < state.head && connections.some(isHere);
      state = this.#state
    ) {
      for (const event of await readAfter(this.#host.ports, this.inbox.log, seq)) {
        if (event.seq > state.head) break;
        tell(event.seq, encodeEvent(event).json);
        seq = event.seq;
      }
    }
    for (const connection of connections.filter(isHere)) this.inbox.join(connection);
    if (this.#state !== null) this.#release(this.#state);
  }

  #perform(effect: Effect): void {
    const { ports, peers } = this.#host;
    switch (effect.kind) {
      case 'ask':
      case 'answer':
      case 'receipt':
        this.#host.pass(effect);
        return;
      case 'append': {
        const refused = this.#host.append(effect.entry);
        if (refused !== null) this.settled(effect.entry, refused);
        return;
      }
      case 'send':
        if (effect.refused !== undefined) ports.recorder.refused(effect.refused);
        if (effect.to < 0) this.#host.answered(effect.to, effect.frame);
        else peers.at(gatewayOf(effect.to))?.send(localId(effect.to), effect.frame);
        return;
      case 'state':
        peers.at(gatewayOf(effect.to))?.inboxState(localId(effect.to), effect.seq, effect.data);
        return;
      case 'publish':
        this.inbox.publish(effect.seq, effect.frame, effect.except);
        return;
      case 'broadcast':
        this.inbox.broadcast(effect.frame, effect.except);
        return;
      default:
        this.#work.begin(effect);
    }
  }
}

/** The step as a part of what it was asked for. */
function stepWithin(goOn: (work: () => void) => void, step: Step<InboxState>): Step<InboxState> {
  return (state, problem) => {
    goOn(() => {
      step(state, problem);
    });
  };
}
