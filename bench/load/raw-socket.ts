/** A WebSocket connection of the load: TCP and a handshake; what comes in is looked at as bytes, never as frames. */
import { connect, type Socket } from 'node:net';
import type { DialectStep } from './dialect.ts';
import { maskedText, pong } from './masked-frame.ts';
import { type LoadTarget, upgradeRequest } from './upgrade-request.ts';

/** Time that a handshake or a step of it may take, ms. */
const STEP_TIMEOUT_MS = 30_000;
/** One buffer for all sockets: a read's callback is done with it before the next read. */
const inbound = Buffer.allocUnsafe(256 * 1024);

/** What a connection that stands tells. */
export interface RawSocketEvents {
  /** `length` bytes of `bytes` came in; they are valid only during the call. */
  bytes(bytes: Uint8Array, length: number): void;
  closed(): void;
}

/** One connection. Lives from {@link RawSocket.open} to {@link RawSocket.close} or the server's end. */
export class RawSocket {
  readonly #socket: Socket;
  #events: RawSocketEvents | null = null;
  #text = '';
  #waiting: { expected: string; done: (error: Error | null) => void } | null = null;
  #closed = false;

  private constructor(target: LoadTarget) {
    this.#socket = connect({
      host: '127.0.0.1',
      port: target.port,
      noDelay: true,
      onread: { buffer: inbound, callback: (length, bytes) => this.#read(bytes, length) },
    });
    // With `onread` nobody reads the stream, and its end would never be told.
    this.#socket.resume();
    this.#socket.on('error', () => this.#end());
    this.#socket.on('close', () => this.#end());
    this.#socket.write(upgradeRequest(target));
  }

  /** Connects, and goes through the steps by which a server takes a client in. Rejects when one isn't answered. */
  static async open(target: LoadTarget, steps: readonly DialectStep[]): Promise<RawSocket> {
    const socket = new RawSocket(target);
    await socket.#expect('HTTP/1.1 101');
    await socket.#expect('\r\n\r\n');
    for (const step of steps) {
      if (step.send !== null) socket.send(step.send);
      await socket.#expect(step.expect);
    }
    return socket;
  }

  /** From now on bytes go to `events`. */
  listen(events: RawSocketEvents): void {
    this.#events = events;
    this.#text = '';
    if (this.#closed) events.closed();
  }

  /** Sends a text message. */
  send(text: string): void {
    this.#socket.write(maskedText(text));
  }

  /** Shows the server that this end lives. */
  pong(): void {
    this.#socket.write(pong());
  }

  /** Breaks the connection off without a close handshake. */
  close(): void {
    this.#socket.destroy();
  }

  #expect(expected: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => done(new Error(`no ${JSON.stringify(expected)} came`)), STEP_TIMEOUT_MS);
      const done = (error: Error | null): void => {
        clearTimeout(timer);
        this.#waiting = null;
        if (error === null) resolve();
        else reject(error);
      };
      this.#waiting = { expected, done };
      if (this.#closed) done(new Error(`closed before ${JSON.stringify(expected)}`));
      else this.#look();
    });
  }

  #read(bytes: Uint8Array, length: number): boolean {
    if (this.#events !== null) this.#events.bytes(bytes, length);
    else {
      this.#text += Buffer.from(bytes.buffer, bytes.byteOffset, length).toString('latin1');
      this.#look();
    }
    return true;
  }

  #look(): void {
    if (this.#waiting === null) return;
    const { expected, done } = this.#waiting;
    const at = this.#text.indexOf(expected);
    if (at < 0) return;
    this.#text = this.#text.slice(at + expected.length);
    done(null);
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#waiting !== null) {
      const { expected, done } = this.#waiting;
      done(
        new Error(
          `closed before ${JSON.stringify(expected)}; got ${JSON.stringify(this.#text.slice(0, 200))}`,
        ),
      );
    }
    this.#events?.closed();
  }
}
