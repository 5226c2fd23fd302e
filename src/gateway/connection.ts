/**
 * One client connection at its gateway.
 *
 * Identifying: the socket is open and nobody knows yet who it is; only `hello` is taken. Open: requests are routed.
 * Closed: nothing is written any more. The gateway moves it, always forward.
 */
import type { Identity } from '../auth/identity.ts';
import type { FrameBucket } from '../cache/frame-limiter.ts';
import { CLOSE_CODES } from '../protocol/close-codes.ts';
import { BadInputNotes } from '../protocol/errors.ts';
import type { Topic } from './topic.ts';

/** Where frames go: a net.Socket, behind the WebSocket library, because frames come with their header. */
export interface FrameSink {
  /** Bytes accepted and not yet handed to the operating system. */
  readonly writableLength: number;
  write(bytes: Uint8Array): boolean;
}

/** What the WebSocket library does for a connection. */
export interface SocketControl {
  ping(): void;
  close(code: number, reason?: string): void;
  terminate(): void;
}

/** A socket with more than this unsent gets no ephemeral events, bytes. */
const EPHEMERAL_BACKLOG_BYTES = 64 * 1024;
/** Copying more than this costs more than a write, bytes. */
const LARGE_BYTES = 8 * 1024;

export class Connection {
  readonly id: number;
  /** Address that limits count: the client's own where proxies are trusted. */
  readonly address: string;
  phase: 'identifying' | 'open' | 'closed' = 'identifying';
  /** Null while identifying. */
  identity: Identity | null = null;
  /** When it was opened for its user, ms since the epoch; 0 while identifying. */
  startedAt = 0;
  /** Shard of its user's inbox, and up to which event it was told of that; null: it has none yet, or nothing was told. */
  inboxShard: number | null = null;
  inboxSeq: number | null = null;
  /** Topics that it listens to. */
  readonly topics = new Set<Topic>();
  /** Frames that wait for a decision about one before them; null: none does. */
  held: Buffer[] | null = null;
  readonly frames: FrameBucket;
  readonly badInput = new BadInputNotes();
  /** Heartbeat round in which something was heard last. */
  heardAt: number;
  /** What it was closed with from here, whatever comes of the handshake; null: it wasn't. */
  closedWith: number | null = null;

  /** With more than this unsent it is too slow, bytes. */
  readonly #maxBacklog: number;
  readonly #sink: FrameSink;
  readonly #control: SocketControl;
  /** Frames for this connection alone that wait for the end of the batch. */
  #direct: Buffer[] = [];
  /** Who is told when they are written; null: nobody. */
  #whenWritten: (() => void)[] | null = null;

  constructor(
    id: number,
    address: string,
    sink: FrameSink,
    control: SocketControl,
    frames: FrameBucket,
    heardAt: number,
    maxBacklog: number,
  ) {
    this.id = id;
    this.address = address;
    this.#sink = sink;
    this.#control = control;
    this.frames = frames;
    this.heardAt = heardAt;
    this.#maxBacklog = maxBacklog;
  }

  get isOpen(): boolean {
    return this.phase === 'open';
  }

  /** Bytes that the operating system hasn't taken. */
  get backlog(): number {
    return this.#sink.writableLength;
  }

  /** Whether it is so far behind that only durable events are worth sending. */
  get isBehind(): boolean {
    return this.#sink.writableLength > EPHEMERAL_BACKLOG_BYTES;
  }

  /** Whether frames wait for the end of the batch. */
  get hasDirect(): boolean {
    return this.#direct.length > 0;
  }

  /** Lets a frame wait for the end of the batch. `frame` may be a view; it is copied. */
  queue(frame: Uint8Array): void {
    if (this.phase !== 'closed') this.#direct.push(Buffer.from(frame));
  }

  /** `told` is called once, when the frames that wait are written, or dropped. */
  whenWritten(told: () => void): void {
    (this.#whenWritten ??= []).push(told);
  }

  /**
   * Writes what waits, with `shared` behind it; `shared` isn't copied where nothing waits. A socket that is too far
   * behind is closed instead, with 4201.
   */
  write(shared?: Uint8Array): void {
    if (this.phase === 'closed') return;
    if (this.#sink.writableLength > this.#maxBacklog) {
      this.#direct = [];
      this.close(CLOSE_CODES.tooSlow, 'too slow');
      return;
    }
    const direct = this.#direct;
    if (direct.length === 0) {
      if (shared !== undefined) this.#sink.write(shared);
      return;
    }
    this.#direct = [];
    this.#writeDirect(direct, shared);
  }

  /** One write for all where they are small; a page of history is worth a write of its own rather than a copy. */
  #writeDirect(direct: readonly Buffer[], shared?: Uint8Array): void {
    let small: Uint8Array[] = [];
    for (const piece of shared === undefined ? direct : [...direct, shared]) {
      if (piece.length < LARGE_BYTES) {
        small.push(piece);
        continue;
      }
      this.#writeJoined(small);
      small = [];
      this.#sink.write(piece);
    }
    this.#writeJoined(small);
    if (this.#whenWritten !== null) this.#tellWritten(this.#whenWritten);
  }

  #tellWritten(told: readonly (() => void)[]): void {
    this.#whenWritten = null;
    for (const tell of told) tell();
  }

  #writeJoined(pieces: readonly Uint8Array[]): void {
    const [only] = pieces;
    if (only !== undefined) this.#sink.write(pieces.length === 1 ? only : Buffer.concat(pieces));
  }

  ping(): void {
    if (this.phase !== 'closed') this.#control.ping();
  }

  /** Writes what waits and starts the closing handshake. `code` and `reason` as in docs/SPEC.md. */
  close(code: number, reason = ''): void {
    if (this.phase === 'closed') return;
    // Not by `write`: a socket that is too far behind would be closed for that, and then once more.
    this.#writeDirect(this.#direct);
    this.#direct = [];
    this.phase = 'closed';
    this.closedWith = code;
    this.#control.close(code, reason);
  }

  /** Ends the socket without a word. */
  terminate(): void {
    this.phase = 'closed';
    this.#control.terminate();
  }
}
