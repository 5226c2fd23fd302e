/**
 * Fan-out of one channel at one gateway: who listens, what waits, and when it may go out.
 *
 * A quiet topic writes at once. A flush that took t ms lets the next one wait until t ms are over, so a busy topic
 * never takes more than about half of the loop, and its frames go out joined, as one write a socket. Durable and
 * ephemeral frames are kept apart: a socket that is behind gets only the durable ones.
 */
import type { Connection } from './connection.ts';

interface Ephemeral {
  readonly frame: Buffer;
  /** Connections (by id) that don't get it. */
  readonly except: readonly number[];
}

export class Topic {
  readonly channelId: string;
  /** `seq` of the newest event that was taken in for its listeners. */
  lastSeq: number;
  readonly listeners = new Set<Connection>();
  /** Monotonic ms before which nothing is flushed. */
  notBefore = 0;

  #durable: Buffer[] = [];
  #ephemeral: Ephemeral[] = [];

  constructor(channelId: string, lastSeq: number) {
    this.channelId = channelId;
    this.lastSeq = lastSeq;
  }

  get isWaiting(): boolean {
    return this.#durable.length > 0 || this.#ephemeral.length > 0;
  }

  /** Takes in a durable event, in order; one that was taken in before is dropped. `frame` is copied. */
  publish(seq: number, frame: Buffer): void {
    if (seq <= this.lastSeq) return;
    this.lastSeq = seq;
    this.#durable.push(Buffer.from(frame));
  }

  /** Takes in an ephemeral event. `frame` is copied. */
  broadcast(frame: Buffer, except: readonly number[]): void {
    this.#ephemeral.push({ frame: Buffer.from(frame), except });
  }

  /** Writes all that waits to every listener; returns how many frames that were, all sockets together. */
  flush(): number {
    if (!this.isWaiting) return 0;
    const durable = this.#durable;
    const ephemeral = this.#ephemeral;
    this.#durable = [];
    this.#ephemeral = [];
    const durableBytes = joined(durable);
    const excepted = new Set<number>();
    for (const { except } of ephemeral) for (const id of except) excepted.add(id);
    const all =
      ephemeral.length === 0 ? durableBytes : joined([...durable, ...ephemeral.map(({ frame }) => frame)]);
    for (const connection of this.listeners) {
      if (ephemeral.length === 0 || connection.isBehind) {
        if (durableBytes !== null) connection.write(durableBytes);
      } else {
        const bytes = excepted.has(connection.id)
          ? joined([...durable, ...without(ephemeral, connection.id)])
          : all;
        if (bytes !== null) connection.write(bytes);
      }
    }
    return (durable.length + ephemeral.length) * this.listeners.size;
  }
}

function without(ephemeral: readonly Ephemeral[], id: number): Buffer[] {
  return ephemeral.filter(({ except }) => !except.includes(id)).map(({ frame }) => frame);
}

/** One buffer of all; it belongs to whoever gets it. */
function joined(frames: readonly Buffer[]): Buffer | null {
  const [only] = frames;
  if (only === undefined) return null;
  return frames.length === 1 ? only : Buffer.concat(frames);
}
