/**
 * Fan-out of one channel at one gateway: who listens, and what waits.
 *
 * What waits goes out joined, as one write a socket; `FanOut` says when. Durable and ephemeral frames are kept apart:
 * a socket that is behind gets only the durable ones.
 */
import type { ApartFrame } from '../threads/to-gateway.ts';
import type { OpenSpan } from '../threads/tracer.ts';
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
  /** When something was flushed last, and up to when the time that flushes took is used up, monotonic ms. */
  flushedAt = Number.NEGATIVE_INFINITY;
  paidUntil = Number.NEGATIVE_INFINITY;

  #durable: Buffer[] = [];
  /** Frames that a connection (by id) gets instead of waiting durable ones, by their places. */
  #apart = new Map<number, Map<number, Buffer>>();
  #ephemeral: Ephemeral[] = [];
  /** By when the first ephemeral frame has to go out, monotonic ms. */
  #ephemeralDue = Number.POSITIVE_INFINITY;
  /** Listeners who came while ephemeral frames waited → how many of those are older than they. */
  #newcomers = new Map<Connection, number>();
  /** Of recorded events that wait; null: there are none. */
  #spans: OpenSpan[] | null = null;

  constructor(channelId: string, lastSeq: number) {
    this.channelId = channelId;
    this.lastSeq = lastSeq;
  }

  /** Frames that wait. */
  get waiting(): number {
    return this.#durable.length + this.#ephemeral.length;
  }

  /** How long what waits can wait, monotonic ms: durable events can't. */
  get due(): number {
    return this.#durable.length > 0 ? Number.NEGATIVE_INFINITY : this.#ephemeralDue;
  }

  /** The connection listens from here on (again): nothing that waits is for it, its page holds that. */
  subscribe(connection: Connection): void {
    this.flushDurable();
    this.listeners.add(connection);
    if (this.#ephemeral.length > 0) this.#newcomers.set(connection, this.#ephemeral.length);
  }

  /** The connection gets the events that wait, and nothing more. */
  unsubscribe(connection: Connection): void {
    this.flushDurable();
    this.forget(connection);
  }

  /** The connection is gone. */
  forget(connection: Connection): void {
    this.listeners.delete(connection);
    this.#newcomers.delete(connection);
  }

  /**
   * Takes in a durable event, in order; one that was taken in before is dropped. Some connections (by id) get a frame `apart`.
   * Frames are copied.
   */
  publish(seq: number, frame: Buffer, apart: readonly ApartFrame<Buffer>[] = NOTHING_APART): void {
    if (seq <= this.lastSeq) return;
    this.lastSeq = seq;
    for (const { frame: other, to } of apart) {
      const copy = Buffer.from(other);
      for (const id of to) {
        const known = this.#apart.get(id);
        if (known === undefined) this.#apart.set(id, new Map([[this.#durable.length, copy]]));
        else known.set(this.#durable.length, copy);
      }
    }
    this.#durable.push(Buffer.from(frame));
  }

  /** The event that is taken in next is recorded: `span` ends when it is written. */
  record(span: OpenSpan): void {
    (this.#spans ??= []).push(span);
  }

  /** Takes in an ephemeral event that has to go out by `due` (monotonic ms). `frame` is copied. */
  broadcast(frame: Buffer, except: readonly number[], due: number): void {
    this.#ephemeral.push({ frame: Buffer.from(frame), except });
    this.#ephemeralDue = Math.min(this.#ephemeralDue, due);
  }

  /** Writes all that waits to every listener; returns how many frames that were, all sockets together. */
  flush(): number {
    if (this.#ephemeral.length === 0) return this.flushDurable();
    const durable = this.#durable;
    const ephemeral = this.#ephemeral;
    const newcomers = this.#newcomers;
    const apart = this.#apart;
    this.#durable = [];
    this.#apart = new Map();
    this.#ephemeral = [];
    this.#ephemeralDue = Number.POSITIVE_INFINITY;
    this.#newcomers = new Map();
    const durableBytes = joined(durable);
    const all = joined([...durable, ...ephemeral.map(({ frame }) => frame)]);
    const excepted = new Set(ephemeral.flatMap(({ except }) => except));
    for (const connection of this.listeners) {
      let bytes = all;
      const own = apart.size === 0 ? undefined : apart.get(connection.id);
      if (connection.isBehind) {
        bytes = own === undefined ? durableBytes : joined(durableFor(durable, own));
      } else if (own !== undefined || newcomers.has(connection) || excepted.has(connection.id)) {
        const since = newcomers.get(connection) ?? 0;
        const events = durableFor(durable, own);
        bytes = joined([...events, ...framesFor(ephemeral, connection.id, since)]);
      }
      if (bytes !== null) connection.write(bytes);
    }
    if (this.#spans !== null) this.#written(this.#spans);
    return (durable.length + ephemeral.length) * this.listeners.size;
  }

  /** Writes the durable events that wait; the others go on waiting. Returns as `flush` does. */
  flushDurable(): number {
    const durable = this.#durable;
    const bytes = joined(durable);
    if (bytes === null) return 0;
    const apart = this.#apart;
    this.#durable = [];
    if (apart.size === 0) {
      for (const connection of this.listeners) connection.write(bytes);
    } else {
      this.#apart = new Map();
      for (const connection of this.listeners) {
        connection.write(joined(durableFor(durable, apart.get(connection.id))) ?? bytes);
      }
    }
    if (this.#spans !== null) this.#written(this.#spans);
    return durable.length * this.listeners.size;
  }

  #written(spans: readonly OpenSpan[]): void {
    this.#spans = null;
    for (const span of spans) {
      span.note({ 'hubbub.listeners': this.listeners.size });
      span.end();
    }
  }
}

const NOTHING_APART: readonly ApartFrame<Buffer>[] = [];

function durableFor(
  durable: readonly Buffer[],
  own: ReadonlyMap<number, Buffer> | undefined,
): readonly Buffer[] {
  return own === undefined ? durable : durable.map((frame, place) => own.get(place) ?? frame);
}

function framesFor(ephemeral: readonly Ephemeral[], id: number, since: number): Buffer[] {
  return ephemeral
    .slice(since)
    .filter(({ except }) => !except.includes(id))
    .map(({ frame }) => frame);
}

/** One buffer of all; it belongs to whoever gets it. */
function joined(frames: readonly Buffer[]): Buffer | null {
  const [only] = frames;
  if (only === undefined) return null;
  return frames.length === 1 ? only : Buffer.concat(frames);
}
