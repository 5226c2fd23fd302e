/**
 * A WebSocket connection of the load that reads frames, answers pings as a client does, and tells how it ended.
 *
 * States: `opening` until the handshake is answered, `open`, `ended`. `ended` is told once, and nothing after it;
 * after {@link FrameSocket.cut} nothing is told at all.
 */
import { connect, type Socket } from 'node:net';
import { FrameWalker, OPCODES } from './frame-walker.ts';
import { maskedText, pong } from './masked-frame.ts';
import { type LoadTarget, upgradeRequest } from './upgrade-request.ts';

/** RFC 6455, 7.1.5: the connection broke without a close frame. */
const ABNORMAL_CLOSURE = 1006;
const NO_CODE = 1005;
const HEAD_END = '\r\n\r\n';
/** One buffer for all sockets: a read's callback is done with it before the next read. */
const inbound = Buffer.allocUnsafe(256 * 1024);

/** How a connection ended: `refused` instead of the upgrade. */
export type Ending =
  | { readonly kind: 'refused'; readonly status: number; readonly retryAfterMs: number | null }
  | { readonly kind: 'closed'; readonly code: number; readonly reason: string };

/** Who is told. */
export interface FrameSocketEvents {
  opened(): void;
  /** A text frame: UTF-8 in `bytes` from `start` to before `end`, valid only during the call. */
  text(bytes: Buffer, start: number, end: number): void;
  ended(ending: Ending): void;
}

/** See the head of the file. */
export class FrameSocket {
  readonly #socket: Socket;
  readonly #events: FrameSocketEvents;
  readonly #walker: FrameWalker;
  #state: 'opening' | 'open' | 'ended' = 'opening';
  #head = '';
  #closing: Ending = { kind: 'closed', code: ABNORMAL_CLOSURE, reason: '' };

  /** Begins to connect. */
  constructor(target: LoadTarget, events: FrameSocketEvents) {
    this.#events = events;
    this.#walker = new FrameWalker((opcode, bytes, start, end) => this.#frame(opcode, bytes, start, end));
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

  /** Sends a text message. */
  send(text: string): void {
    this.#socket.write(maskedText(text));
  }

  /** Reads no more: what comes stays with the system, and then with the server. */
  stopReading(): void {
    this.#socket.pause();
  }

  /** Breaks the connection off, as a network does that is gone. */
  cut(): void {
    this.#state = 'ended';
    this.#socket.destroy();
  }

  #read(chunk: Uint8Array, length: number): boolean {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, length);
    if (this.#state === 'open') this.#walker.feed(bytes, length);
    else if (this.#state === 'opening') this.#handshake(bytes, length);
    return true;
  }

  #handshake(bytes: Buffer, length: number): void {
    const before = this.#head.length;
    this.#head += bytes.toString('latin1');
    const end = this.#head.indexOf(HEAD_END);
    if (end < 0) return;
    if (!this.#head.startsWith('HTTP/1.1 101 ')) {
      this.#closing = refusal(this.#head);
      this.#socket.destroy();
      return;
    }
    this.#head = '';
    this.#state = 'open';
    this.#events.opened();
    this.#walker.feed(bytes, length, end + HEAD_END.length - before);
  }

  #frame(opcode: number, bytes: Buffer, start: number, end: number): void {
    if (this.#state !== 'open') return;
    if (opcode === OPCODES.text) this.#events.text(bytes, start, end);
    else if (opcode === OPCODES.ping) this.#socket.write(pong(bytes.subarray(start, end)));
    else if (opcode === OPCODES.close) {
      const code = end - start < 2 ? NO_CODE : bytes.readUInt16BE(start);
      this.#closing = { kind: 'closed', code, reason: bytes.toString('utf8', start + 2, end) };
      this.#socket.destroy();
    }
  }

  #end(): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#events.ended(this.#closing);
  }
}

function refusal(head: string): Ending {
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0);
  const seconds = /\r\nretry-after: *(\d+)/i.exec(head)?.[1];
  return { kind: 'refused', status, retryAfterMs: seconds === undefined ? null : Number(seconds) * 1_000 };
}
