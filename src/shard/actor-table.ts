/** The channel actors of a shard: made on the first touch, dropped when cold, their rings bounded together. */
import type { ActorHost } from './channel-actor.ts';
import { ChannelActor } from './channel-actor.ts';
import { DeadlineQueue } from '../threads/deadline-queue.ts';
import { NameFinder } from './name-finder.ts';
import type { KnownLog } from './ports/log-heads.ts';
import { ReadMarkBatch } from './read-mark-batch.ts';

/** Figures of this moment. `ringSize` in code units. */
export interface ActorGauges {
  readonly actors: number;
  /** Steps that wait for a channel that loads. */
  readonly waiting: number;
  readonly ringSize: number;
}

export class ActorTable {
  readonly #host: ActorHost;
  readonly #byChannel = new Map<string, ChannelActor>();
  readonly #byLog = new Map<string, ChannelActor>();
  readonly #deadlines: DeadlineQueue<ChannelActor>;
  readonly #marks: ReadMarkBatch;
  #nextTopic = 1;

  constructor(host: Omit<ActorHost, 'deadline' | 'failed' | 'markRead' | 'findNames'>) {
    const names = new NameFinder(host.ports.inboxes, host.ports.timers);
    this.#marks = new ReadMarkBatch(host.ports.reads, host.ports, host.bounds.marks);
    this.#deadlines = new DeadlineQueue(host.ports.timers, (actor) => {
      actor.tick();
    });
    this.#host = {
      ...host,
      findNames: (wanted) => names.find(wanted),
      markRead: (mark, settle) => this.#marks.add(mark, settle),
      deadline: (actor, at) => {
        if (at === null) this.#deadlines.delete(actor);
        else this.#deadlines.set(actor, at);
      },
      failed: (actor) => {
        this.#forget(actor);
      },
    };
  }

  /** The channel's actor; one that is new begins to load. */
  touch(channelId: string): ChannelActor {
    const known = this.#byChannel.get(channelId);
    if (known !== undefined) return known;
    const actor = new ChannelActor(channelId, this.#nextTopic, this.#host);
    this.#nextTopic += 1;
    this.#byChannel.set(channelId, actor);
    this.#byLog.set(actor.key, actor);
    void actor.load();
    return actor;
  }

  /** The channel's actor if there is one. */
  find(channelId: string): ChannelActor | undefined {
    return this.#byChannel.get(channelId);
  }

  /** The actor of a log's key if there is one. */
  ofLog(key: string): ChannelActor | undefined {
    return this.#byLog.get(key);
  }

  /** Channels that somebody here listens to. */
  watched(): readonly KnownLog[] {
    return [...this.#byChannel.values()].flatMap(({ watched }) => watched ?? []);
  }

  /** Whether both users are present in one of these channels. */
  isSharing(a: string, b: string): boolean {
    for (const { state } of this.#byChannel.values()) {
      if (state?.present.has(a) === true && state.present.has(b)) return true;
    }
    return false;
  }

  /** Channels let go of what they hold of their logs, and read their tables again. */
  async forgetHeld(): Promise<void> {
    for (const actor of [...this.#byChannel.values()]) await actor.forgetHeld();
  }

  /** Whether any actor reads, or waits for that. */
  get isBusy(): boolean {
    for (const actor of this.#byChannel.values()) if (actor.isBusy) return true;
    return false;
  }

  /** How many people are in each of the channels that have any. */
  counts(): readonly (readonly [channelId: string, count: number])[] {
    return [...this.#byChannel.values()].flatMap(({ id, state }) =>
      state === null || state.present.size === 0 ? [] : [[id, state.present.size] as const],
    );
  }

  gauges(): ActorGauges {
    let waiting = 0;
    let ringSize = 0;
    for (const actor of this.#byChannel.values()) {
      waiting += actor.depth;
      ringSize += actor.ringSize;
    }
    return { actors: this.#byChannel.size, waiting, ringSize };
  }

  /**
   * Drops cold actors and texts of pages that were told a while ago; when all rings together are too large, those of the
   * quietest channels lose their older half.
   */
  tidy(): void {
    const now = this.#host.ports.timers.mono();
    this.#host.pageTexts.forgetOld(now);
    for (const actor of [...this.#byChannel.values()]) if (actor.isCold(now)) this.#forget(actor);
    let size = this.gauges().ringSize;
    if (size <= this.#host.bounds.ringsSize) return;
    const quietest = [...this.#byChannel.values()].sort((a, b) => a.touchedAt - b.touchedAt);
    for (const actor of quietest) {
      if (size <= this.#host.bounds.ringsSize) break;
      const before = actor.ringSize;
      actor.state?.ring.shed();
      size -= before - actor.ringSize;
    }
  }

  /** Resolves when all marks that were taken in are committed or answered. */
  async drained(): Promise<void> {
    await this.#marks.drained();
  }

  close(): void {
    this.#deadlines.clear();
    this.#marks.close();
  }

  #forget(actor: ChannelActor): void {
    this.#byChannel.delete(actor.id);
    this.#byLog.delete(actor.key);
    this.#deadlines.delete(actor);
  }
}
