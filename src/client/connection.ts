/**
 * One WebSocket, from its opening to its end.
 *
 * States: `opening` until the server's `welcome`, then `online`, then `ended`; `onEnd` is called once, and nothing
 * after it. A browser doesn't show WebSocket pings, so silence is noticed by asking: after `heartbeatMs` without a
 * frame a `ping` goes out, and when nothing at all comes for half as long again, the connection counts as broken. `probe`
 * asks at once, and waits for less.
 */
import type { JsonObject } from '../protocol/entities.ts';
import type { ClientFrame, ConnectionEvents, ServerFrame } from '../protocol/events.ts';
import type { Failure } from '../protocol/errors.ts';
import { readFailure } from './chat-error.ts';
import type { ClientSocket, ClientSocketClass } from './client-socket.ts';
import type { Cancel, Timers } from './timers.ts';

/** The first frame of the server: who one is, and how often to be heard. */
export type Welcome = ConnectionEvents['welcome'];

/** Why a connection is over. `refused`: `hello` was answered with an error. */
export type Ending =
  | { readonly kind: 'closed'; readonly code: number; readonly reason: string }
  | { readonly kind: 'refused'; readonly failure: Failure };

/** Who is told. */
export interface ConnectionListener {
  /** `serverTime`: the server's clock at that moment, ms since the epoch; undefined when it didn't say. */
  onWelcome(welcome: Welcome, serverTime: number | undefined): void;
  /** Every frame after `welcome`. */
  onFrame(frame: ServerFrame): void;
  onEnd(ending: Ending): void;
}

/** What a connection is made of. */
export interface ConnectionOptions {
  readonly url: string;
  /** `data` of the first frame. */
  readonly hello: JsonObject;
  readonly socketClass: ClientSocketClass;
  readonly timers: Timers;
  /** Longest time from opening to `welcome`, ms. */
  readonly welcomeTimeoutMs: number;
}

/** RFC 6455, 7.1.5: the connection broke without a close frame. */
const ABNORMAL_CLOSURE = 1006;
const HELLO_REF = 'hello';
const PING_REF = 'heartbeat';
/** A connection that was heard so many ms ago needs no probe, and one that is probed answers within as many. */
const PROBE_MS = 5_000;

/** See the head of the file. */
export class Connection {
  readonly #socket: ClientSocket;
  readonly #timers: Timers;
  readonly #listener: ConnectionListener;
  #state: 'opening' | 'online' | 'ended' = 'opening';
  #lastHeard = 0;
  #heartbeatMs = 0;
  #asking = false;
  #cancelTimer: Cancel;

  /** Opens the socket; throws what its class throws for an address that it doesn't take. */
  constructor(options: ConnectionOptions, listener: ConnectionListener) {
    this.#timers = options.timers;
    this.#listener = listener;
    this.#socket = new options.socketClass(options.url);
    this.#socket.onopen = () => {
      this.send({ type: 'hello', ref: HELLO_REF, data: options.hello });
    };
    this.#socket.onmessage = (event: { readonly data: unknown }) => {
      this.#receive(event.data);
    };
    this.#socket.onclose = (event: { readonly code: number; readonly reason: string }) => {
      this.#end({ kind: 'closed', code: event.code, reason: event.reason });
    };
    // A close always follows. It stays set to the end: `ws` throws for an error that nobody listens to.
    this.#socket.onerror = () => undefined;
    this.#cancelTimer = this.#timers.after(options.welcomeTimeoutMs, () => {
      this.#fail('no welcome in time');
    });
  }

  /** Sends one frame; what is sent after the end is dropped. */
  send(frame: ClientFrame): void {
    if (this.#state !== 'ended') this.#socket.send(JSON.stringify(frame));
  }

  /** Makes sure soon that the other end is still there; nothing happens unless online. */
  probe(): void {
    if (this.#state !== 'online' || this.#asking) return;
    if (this.#timers.now() - this.#lastHeard < PROBE_MS) return;
    this.#cancelTimer();
    this.#ask(PROBE_MS);
  }

  /** Closes without a call of `onEnd`. */
  close(): void {
    if (this.#state === 'ended') return;
    this.#release();
    this.#socket.close();
  }

  #receive(text: unknown): void {
    const frame = parseFrame(text);
    if (frame === null) {
      this.#fail('the server sent what is not a frame');
      return;
    }
    this.#lastHeard = this.#timers.now();
    if (this.#state === 'online') {
      if (frame.ref !== PING_REF) this.#listener.onFrame(frame);
    } else if (frame.type === 'welcome') {
      this.#welcomed(frame.data as Welcome, frame.timestamp);
    } else if (frame.type === 'error') {
      const failure = readFailure(frame.data);
      this.close();
      this.#listener.onEnd({ kind: 'refused', failure });
    }
  }

  #welcomed(welcome: Welcome, serverTime: number | undefined): void {
    this.#cancelTimer();
    this.#state = 'online';
    this.#heartbeatMs = welcome.heartbeatMs;
    this.#listen();
    this.#listener.onWelcome(welcome, serverTime);
  }

  /** Until nothing was heard for the length of a heartbeat. */
  #listen(): void {
    const silentMs = this.#timers.now() - this.#lastHeard;
    this.#cancelTimer = this.#timers.after(Math.max(0, this.#heartbeatMs - silentMs), () => {
      if (this.#timers.now() - this.#lastHeard < this.#heartbeatMs) this.#listen();
      else this.#ask(this.#heartbeatMs / 2);
    });
  }

  #ask(patienceMs: number): void {
    // Timers of a page in the background, or of a machine that slept, are late: silence counts from the question on.
    const asked = this.#timers.now();
    this.#asking = true;
    this.send({ type: 'ping', ref: PING_REF });
    this.#cancelTimer = this.#timers.after(patienceMs, () => {
      this.#asking = false;
      if (this.#lastHeard < asked) this.#fail('the server is silent');
      else this.#listen();
    });
  }

  /** Ends now: on a dead network, the socket's own close would wait for minutes. */
  #fail(reason: string): void {
    this.close();
    this.#listener.onEnd({ kind: 'closed', code: ABNORMAL_CLOSURE, reason });
  }

  #end(ending: Ending): void {
    if (this.#state === 'ended') return;
    this.#release();
    this.#listener.onEnd(ending);
  }

  #release(): void {
    this.#state = 'ended';
    this.#cancelTimer();
    this.#socket.onopen = null;
    this.#socket.onmessage = null;
    this.#socket.onclose = null;
  }
}

function parseFrame(text: unknown): ServerFrame | null {
  if (typeof text !== 'string') return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  return typeof (value as { type?: unknown }).type === 'string' ? (value as ServerFrame) : null;
}
