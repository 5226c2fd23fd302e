/**
 * What other programs publish, on its way into the channels: bounded, read a few at a time between other work, and handed to
 * the shards by channel, in order, so that a shard that is away or busy holds up its own channels alone.
 */
import { isChannelId } from '../../protocol/limits.ts';
import {
  MAX_PUBLISHED_BYTES,
  PUBLISHED_PREFIX,
  type PublishedEvent,
  type PublishedOutcome,
  readPublished,
} from '../../protocol/published-event.ts';

/** Envelopes that are read in one turn of the event loop. */
const READ_AT_ONCE = 32;
/** Events of one channel that a shard is handed at once. */
const MOST_AT_ONCE = 50;
/** A shard that can't take them is asked again after so many ms ... */
const AGAIN_MS = 500;
/** ... for so long, counted from when an event came. */
const PATIENCE_MS = 30_000;

/** What may wait. */
export interface PublishedBounds {
  readonly events: number;
  readonly bytes: number;
}

const BOUNDS: PublishedBounds = { events: 10_000, bytes: 16 * 1024 * 1024 };

/** What a queue needs. */
export interface PublishedQueueOptions {
  /** Hands events of a channel to its shard: what became of each, or null when it didn't answer. Never rejects. */
  readonly deliver: (
    channelId: string,
    events: readonly PublishedEvent[],
  ) => Promise<readonly PublishedOutcome[] | null>;
  readonly timers: {
    mono(): number;
    after(delayMs: number, callback: () => void): () => void;
  };
  /** Runs something when other work had its turn. */
  readonly defer: (run: () => void) => void;
  /** Counts what became of an event; of what was wrong with an envelope `malformed`, too. */
  readonly count: (outcome: PublishedOutcome | 'malformed') => void;
  readonly logger: { warn(fields: object, message: string): void };
  readonly bounds?: PublishedBounds;
}

interface Raw {
  readonly channelId: string;
  readonly message: Buffer;
  readonly at: number;
}

interface Item {
  readonly event: PublishedEvent;
  readonly bytes: number;
  readonly at: number;
}

export class PublishedQueue {
  readonly #options: PublishedQueueOptions;
  readonly #bounds: PublishedBounds;
  #raw: Raw[] = [];
  #isReading = false;
  readonly #channels = new Map<string, Item[]>();
  #events = 0;
  #bytes = 0;
  /** Kinds of trouble that were told. */
  readonly #told = new Set<string>();
  #cancels = new Set<() => void>();
  #closed = false;

  constructor(options: PublishedQueueOptions) {
    this.#options = options;
    this.#bounds = options.bounds ?? BOUNDS;
  }

  /** Events that wait, or are under way. */
  get depth(): number {
    return this.#events;
  }

  /** A message came on the Valkey channel `channel`. */
  take(channel: string, message: Buffer): void {
    if (this.#closed) return;
    const channelId = channel.slice(PUBLISHED_PREFIX.length);
    const bytes = message.byteLength;
    if (bytes > MAX_PUBLISHED_BYTES) {
      this.#malformed(channelId, 'size');
      return;
    }
    if (!isChannelId(channelId)) {
      this.#malformed(channelId, 'channel');
      return;
    }
    if (this.#events >= this.#bounds.events || this.#bytes + bytes > this.#bounds.bytes) {
      this.#dropped(channelId, 'overloaded');
      return;
    }
    this.#events += 1;
    this.#bytes += bytes;
    this.#raw.push({ channelId, message, at: this.#options.timers.mono() });
    this.#readLater();
  }

  /** Takes nothing more; what waits is given up. */
  close(): void {
    this.#closed = true;
    this.#raw = [];
    this.#channels.clear();
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
  }

  #readLater(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    this.#options.defer(() => {
      this.#isReading = false;
      for (const raw of this.#raw.splice(0, READ_AT_ONCE)) this.#read(raw);
      if (this.#raw.length > 0) this.#readLater();
    });
  }

  #read({ channelId, message, at }: Raw): void {
    const bytes = message.byteLength;
    const event = readPublished(channelId, message.toString('utf8'));
    if (typeof event === 'string') {
      this.#settled(bytes);
      this.#malformed(channelId, event);
      return;
    }
    const waiting = this.#channels.get(channelId);
    const item = { event, bytes, at };
    if (waiting !== undefined) {
      waiting.push(item);
      return;
    }
    this.#channels.set(channelId, [item]);
    void this.#work(channelId);
  }

  async #work(channelId: string): Promise<void> {
    for (;;) {
      const waiting = this.#channels.get(channelId);
      if (waiting === undefined || waiting.length === 0) {
        this.#channels.delete(channelId);
        return;
      }
      const batch = waiting.slice(0, MOST_AT_ONCE);
      const outcomes = await this.#options.deliver(
        channelId,
        batch.map(({ event }) => event),
      );
      if (this.#closed) return;
      const done = this.#tell(channelId, batch, outcomes);
      waiting.splice(0, done);
      if (done < batch.length) await this.#pause();
    }
  }

  /**
   * How many of them, from the first on, came to an end. Those behind one that is tried again are tried again too: the log
   * knows what landed.
   */
  #tell(channelId: string, batch: readonly Item[], outcomes: readonly PublishedOutcome[] | null): number {
    const now = this.#options.timers.mono();
    for (const [index, { event, bytes, at }] of batch.entries()) {
      const outcome = outcomes?.[index] ?? 'unavailable';
      const isPassing = outcome === 'unavailable' || outcome === 'overloaded';
      const isShown = event.kind === 'typing' || event.kind === 'presence';
      if (isPassing && !isShown && now - at < PATIENCE_MS) return index;
      this.#settled(bytes);
      if (outcome === 'appended' || outcome === 'duplicate' || outcome === 'told')
        this.#options.count(outcome);
      else this.#dropped(channelId, outcome);
    }
    return batch.length;
  }

  #settled(bytes: number): void {
    this.#events -= 1;
    this.#bytes -= bytes;
  }

  async #pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = this.#options.timers.after(AGAIN_MS, () => {
        this.#cancels.delete(cancel);
        resolve();
      });
      this.#cancels.add(cancel);
    });
  }

  #dropped(channelId: string, outcome: PublishedOutcome): void {
    this.#options.count(outcome);
    this.#tellOnce(outcome, { channel: channelId, outcome }, 'a published event was not taken');
  }

  #malformed(channelId: string, problem: string): void {
    this.#options.count('malformed');
    const fields = { channel: channelId.slice(0, 100), problem };
    this.#tellOnce(`malformed ${problem}`, fields, 'a published event is malformed');
  }

  #tellOnce(kind: string, fields: object, message: string): void {
    if (this.#told.has(kind)) return;
    this.#told.add(kind);
    this.#options.logger.warn(fields, `${message}; further ones of this kind are only counted`);
  }
}
