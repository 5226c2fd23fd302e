/**
 * The making, deleting and restoring of a channel's record, by this server or by another one of the database. Commands wait in the
 * mailbox until what was under way has come to its end and the channel is loaded anew; those that wait for a channel that is
 * deleted are refused.
 */
import { recordChanged, type RecordOrder } from '../channel/deletion.ts';
import type { ChannelState, Context, Effects } from '../channel/state.ts';
import type { ChannelDeleted } from '../protocol/events.ts';
import { MAX_PAGE_BYTES, MAX_PAGE_LIMIT } from '../protocol/limits.ts';
import { failure } from '../protocol/errors.ts';
import { fail, type Result } from '../protocol/result.ts';
import type { LoadedChannel } from './ports/channel-log.ts';
import type { NewChannel } from './ports/channel-records.ts';
import type { ShardBounds, ShardPorts } from './ports/shard-ports.ts';

const RELOAD_PAUSE_MS = 500;
const QUIET_POLL_MS = 10;

/** The channel's actor. */
export interface EndingActor {
  readonly id: string;
  readonly context: Context;
  readonly state: ChannelState | null;
  readonly isQuiet: boolean;
  perform(effects: Effects): void;
  hold(): void;
  /** `isOurs`: this server did it. */
  end(state: ChannelState, how: ChannelDeleted, isOurs: boolean): void;
  replace(loaded: LoadedChannel): void;
  resume(state: ChannelState, loaded: LoadedChannel): void;
}

/** What it needs of its shard. */
export interface EndingHost {
  readonly ports: Pick<ShardPorts, 'channels' | 'log' | 'timers' | 'logger' | 'others'>;
  readonly bounds: Pick<ShardBounds, 'ringEvents' | 'ringSize'>;
}

export class ChannelEnding {
  readonly #actor: EndingActor;
  readonly #host: EndingHost;
  #isUnderWay = false;
  /** What is under way may have read too early. */
  #mustLookAgain = false;

  constructor(actor: EndingActor, host: EndingHost) {
    this.#actor = actor;
    this.#host = host;
  }

  get isUnderWay(): boolean {
    return this.#isUnderWay;
  }

  /** Carries out what was asked for, when nothing else is under way, and answers it. */
  async change(order: RecordOrder): Promise<void> {
    this.#isUnderWay = true;
    const actor = this.#actor;
    actor.hold();
    const state = await this.#quiet();
    const outcome = await this.#carryOut(state, order).catch((error: unknown) => {
      this.#host.ports.logger.error({ err: error, channel: actor.id }, 'a record could not be changed');
      return fail(failure('internal', 'this went wrong here'));
    });
    const isDone = outcome.ok && outcome.value;
    if (isDone) this.#host.ports.others?.changed(`channel:${actor.id}`);
    const answer = recordChanged(state, order, outcome, actor.context);
    if (order.do === 'delete') {
      if (isDone) actor.end(state, { by: order.from, purged: order.purge }, true);
      actor.perform(answer);
    }
    await this.#loadAgain(state, isDone && order.do !== 'create');
    if (order.do !== 'delete') actor.perform(answer);
  }

  /** Somebody else deleted the channel, or made another one in its place: goes on with what is there now. */
  async lookAgain(): Promise<void> {
    this.#mustLookAgain = this.#isUnderWay;
    if (this.#isUnderWay) return;
    this.#isUnderWay = true;
    this.#actor.hold();
    await this.#loadAgain(await this.#quiet(), false);
  }

  async #carryOut(state: ChannelState, order: RecordOrder): Promise<Result<boolean>> {
    const { id } = state;
    const { channels } = this.#host.ports;
    const by = { id: order.from.id, name: order.from.name };
    const at = this.#actor.context.now;
    switch (order.do) {
      case 'create':
        return channels.create({ id, ...order.channel }, by, at);
      case 'delete':
        return channels.delete({ id, purge: order.purge, by, at, before: recordOf(state) });
      case 'restore':
        return channels.restore({ id, by, at, before: recordOf(state) });
    }
  }

  /** Resolves when nothing is under way any more: what waits in the mailbox begins nothing. */
  async #quiet(): Promise<ChannelState> {
    for (;;) {
      const { state, isQuiet } = this.#actor;
      if (state !== null && isQuiet) return state;
      await this.#pause(QUIET_POLL_MS);
    }
  }

  /** Loads the channel until the log answers, and lets commands go on. `hasEnded`: it is another one, and that was told. */
  async #loadAgain(state: ChannelState, hasEnded: boolean): Promise<void> {
    const { ringEvents, ringSize } = this.#host.bounds;
    const { log } = this.#host.ports;
    const [limit, maxBytes] = [Math.min(ringEvents, MAX_PAGE_LIMIT), Math.min(ringSize, MAX_PAGE_BYTES)];
    for (;;) {
      const loaded = await log.load(this.#actor.id, limit, maxBytes);
      if (loaded.ok) {
        const isAnother = isOther(state, loaded.value);
        if (isAnother && !hasEnded && !state.deleted) {
          this.#actor.end(state, { purged: loaded.value.channel?.deleted !== true }, false);
        }
        this.#isUnderWay = false;
        if (isAnother || hasEnded) this.#actor.replace(loaded.value);
        else this.#actor.resume(state, loaded.value);
        if (this.#mustLookAgain) void this.lookAgain();
        return;
      }
      await this.#pause(RELOAD_PAUSE_MS);
    }
  }

  async #pause(delayMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#host.ports.timers.after(delayMs, resolve);
    });
  }
}

/** Whether what was loaded is another channel than that of `state`, or one that is deleted where that wasn't, and so on. */
export function isOther(state: ChannelState, { channel, page }: LoadedChannel): boolean {
  if ((channel?.deleted === true) !== state.deleted) return true;
  return page.epoch !== state.epoch || page.head < state.head || (state.exists && channel === null);
}

function recordOf({ name, topic, description, private: isPrivate }: ChannelState): Omit<NewChannel, 'id'> {
  return {
    name,
    ...(topic === undefined ? {} : { topic }),
    ...(description === undefined ? {} : { description }),
    private: isPrivate,
  };
}
