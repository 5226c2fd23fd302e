/**
 * How an actor keeps up with its log: what another shard or server wrote is read and shown, in its place, and a gateway that
 * missed something is told.
 */
import { encodeEvent } from '../channel/frames.ts';
import { asWhenNew, heldWhenNew } from '../channel/message-extras.ts';
import { publication } from '../channel/shadows.ts';
import type { ChannelState, Context } from '../channel/state.ts';
import type { CommittedEvent } from '../log/committed-event.ts';
import type { EncodedEvent } from '../log/ring.ts';
import { isOther } from './channel-ending.ts';
import type { ChannelTopic } from './channel-topic.ts';
import type { GatewayPeer } from './gateway-peer.ts';
import type { LogKey } from './ports/channel-log.ts';
import type { ShardPorts } from './ports/shard-ports.ts';
import { readAfter } from './read-after.ts';

/** What it needs of its actor. */
export interface FollowingActor {
  readonly id: string;
  readonly key: LogKey;
  readonly topic: Pick<ChannelTopic, 'tell'>;
  /** Null until loaded; another one when the channel was loaded anew. */
  readonly state: ChannelState | null;
  readonly context: Context;
  /** Shows the event that comes next in the log. */
  advance(state: ChannelState, event: CommittedEvent): void;
  /** What `show` shows is what another server wrote. */
  showTheirs(show: () => void): void;
  /** The channel may be another one by now. */
  lookAgain(): void;
  /** Reads the record and the tables beside the log. */
  readAgain(): Promise<void>;
}

/** See the head of the file. */
export class ChannelCatchUp {
  readonly #actor: FollowingActor;
  readonly #ports: Pick<ShardPorts, 'log' | 'logger' | 'timers'>;
  /** The head that the log is known to have reached; beyond `state.head` while behind. */
  #known = 0;
  #isUnderWay = false;

  constructor(actor: FollowingActor, ports: Pick<ShardPorts, 'log' | 'logger' | 'timers'>) {
    this.#actor = actor;
    this.#ports = ports;
  }

  /** Something is being read that was missed. */
  get isUnderWay(): boolean {
    return this.#isUnderWay;
  }

  /** The channel was loaded, with its log up to `head`. */
  loaded(head: number): void {
    this.#known = head;
  }

  /** The event with this `seq` is about to be shown. */
  reached(seq: number): void {
    this.#known = Math.max(this.#known, seq);
  }

  /** The log is known to hold events up to `seq` that weren't shown: reads and shows what lies between. */
  with(seq: number): void {
    this.#known = Math.max(this.#known, seq);
    if (!this.#isUnderWay) void this.#run();
  }

  /** Pages that were read ahead of what is shown wait for that: it comes with what is in flight, or has to be read. */
  withPages(state: ChannelState): void {
    if (state.inFlight.size > 0 || state.ahead.length === 0) return;
    this.with(Math.max(...state.ahead.map(({ page }) => page.head)));
  }

  /** Tells `peer` alone what lies between `lastSeq` and the head. */
  async tellMissed(peer: GatewayPeer, lastSeq: number): Promise<void> {
    const actor = this.#actor;
    let seq = lastSeq;
    for (let { state } = actor; state !== null && seq < state.head; { state } = actor) {
      const held = state.ring.covers(seq, state.head) ? state.ring.slice(seq + 1, state.head) : null;
      if (held !== null) {
        for (const event of held) this.#tell(peer, state, heldWhenNew(actor.id, event));
        return;
      }
      const events = await readAfter(this.#ports, actor.key, seq);
      for (const event of events) {
        if (event.seq > state.head) break;
        this.#tell(peer, state, encodeEvent(actor.id, asWhenNew(event)));
        seq = event.seq;
      }
      if (events.length === 0 && (await this.#isOther(state))) return;
    }
  }

  #tell(peer: GatewayPeer, state: ChannelState, event: EncodedEvent): void {
    this.#actor.topic.tell(peer, publication(state, event, this.#actor.context));
  }

  async #run(): Promise<void> {
    const actor = this.#actor;
    this.#isUnderWay = true;
    // Who wrote first where nobody had may own the channel now.
    const isFounded = actor.state?.exists === false;
    for (let { state } = actor; state !== null && state.head < this.#known; { state } = actor) {
      const shown = state;
      const events = await readAfter(this.#ports, actor.key, shown.head, shown.epoch);
      if (shown !== actor.state) continue;
      actor.showTheirs(() => {
        for (const event of events) {
          if (event.seq === shown.head + 1) actor.advance(shown, asWhenNew(event));
        }
      });
      if (events.length === 0 && (await this.#isOther(shown))) {
        this.#isUnderWay = false;
        return;
      }
    }
    this.#isUnderWay = false;
    if (isFounded) await actor.readAgain();
  }

  /** Nothing was found behind what was shown: whether that is because the channel is another one by now. */
  async #isOther(state: ChannelState): Promise<boolean> {
    const known = this.#known;
    const loaded = await this.#ports.log.load(this.#actor.id, 1, 1);
    if (!loaded.ok) return false;
    if (isOther(state, loaded.value)) {
      this.#actor.lookAgain();
      return true;
    }
    // A hint that came meanwhile may be newer than what was read.
    if (this.#known === known) this.#known = Math.max(state.head, loaded.value.page.head);
    return false;
  }
}
