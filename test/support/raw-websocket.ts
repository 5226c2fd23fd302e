/** A WebSocket client of literal bytes (RFC 6455): what it sends is as broken as a test wants it. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Closing, Frame } from './wire-client.ts';

/** A frame's parts; what is left out is as it should be. */
export interface FrameParts {
  readonly fin?: boolean;
  /** The three reserved bits, 0 to 7. */
  readonly reserved?: number;
  readonly opcode?: number;
  readonly masked?: boolean;
  readonly payload?: string | Uint8Array;
  /** Told in the header in place of the payload's length. */
  readonly length?: number;
}

/** Opcodes, RFC 6455, section 5.2. */
export const OPCODES = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** The bytes of one client frame. */
export function clientFrame(parts: FrameParts): Buffer {
  const { fin = true, reserved = 0, opcode = OPCODES.text, masked = true } = parts;
  const payload = Buffer.from(parts.payload ?? '');
  const length = parts.length ?? payload.length;
  const mask = masked ? 0x80 : 0;
  const first = (fin ? 0x80 : 0) | (reserved << 4) | opcode;
  const header =
    length < 126
      ? Buffer.from([first, mask | length])
      : length < 65_536
        ? Buffer.from([first, mask | 126, length >> 8, length & 0xff])
        : Buffer.concat([Buffer.from([first, mask | 127]), bigEndian(length)]);
  if (!masked) return Buffer.concat([header, payload]);
  const key = randomBytes(4);
  return Buffer.concat([header, key, payload.map((byte, index) => byte ^ key[index % 4]!)]);
}

export class RawWebSocket {
  readonly socket: Socket;
  /** How it ended: code 1005 where a close frame had none, 1006 where there was no close frame. */
  readonly closed: Promise<Closing>;
  #bytes = Buffer.alloc(0);
  #closing: Closing = { code: 1006, reason: '' };
  readonly #frames: Frame[] = [];
  #waiter: (() => void) | null = null;

  private constructor(socket: Socket, rest: Buffer) {
    this.socket = socket;
    socket.on('data', (bytes: Buffer) => {
      this.#take(bytes);
    });
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        resolve(this.#closing);
      });
    });
    this.#take(rest);
  }

  /** Upgrades at `path` and says nothing. */
  static async open(port: number, path = '/ws'): Promise<RawWebSocket> {
    const socket = connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
    );
    let head = Buffer.alloc(0);
    while (!head.includes('\r\n\r\n')) {
      const [bytes] = (await once(socket, 'data')) as [Buffer];
      head = Buffer.concat([head, bytes]);
    }
    if (!head.toString('latin1').startsWith('HTTP/1.1 101 ')) throw new Error(head.toString('latin1'));
    return new RawWebSocket(socket, head.subarray(head.indexOf('\r\n\r\n') + 4));
  }

  /** Sends bytes as they are. */
  write(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  /** Sends a good frame. */
  send(frame: object): void {
    this.write(clientFrame({ payload: JSON.stringify(frame) }));
  }

  /** The next text frame of this type; others before it are dropped. */
  async next(type: string): Promise<Frame> {
    for (;;) {
      for (let frame = this.#frames.shift(); frame !== undefined; frame = this.#frames.shift()) {
        if (frame.type === type) return frame;
      }
      if (this.socket.destroyed)
        throw new Error(`closed before ${type} came: ${JSON.stringify(this.#closing)}`);
      await new Promise<void>((resolve) => {
        this.#waiter = resolve;
        this.socket.once('close', resolve);
      });
    }
  }

  /** Ends the connection without a word. */
  async destroy(): Promise<void> {
    this.socket.destroy();
    await this.closed;
  }

  #take(bytes: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    for (
      let size = this.#frameSize();
      size !== null && size <= this.#bytes.length;
      size = this.#frameSize()
    ) {
      this.#read(this.#bytes.subarray(0, size));
      this.#bytes = this.#bytes.subarray(size);
    }
    this.#waiter?.();
  }

  /** Bytes of the first frame, header included; null until its header is there. The server never masks. */
  #frameSize(): number | null {
    const [, length] = this.#bytes;
    if (length === undefined) return null;
    const header = headerOf(length);
    if (this.#bytes.length < header) return null;
    if (length < 126) return header + length;
    return header + (length === 126 ? this.#bytes.readUInt16BE(2) : Number(this.#bytes.readBigUInt64BE(2)));
  }

  #read(frame: Buffer): void {
    const opcode = frame[0]! & 0x0f;
    const payload = frame.subarray(headerOf(frame[1]!));
    if (opcode === OPCODES.text) this.#frames.push(JSON.parse(payload.toString('utf8')) as Frame);
    if (opcode !== OPCODES.close) return;
    const code = payload.length < 2 ? 1005 : payload.readUInt16BE(0);
    this.#closing = { code, reason: payload.subarray(2).toString() };
    this.socket.end(clientFrame({ opcode: OPCODES.close, payload: payload.subarray(0, 2) }));
  }
}

function headerOf(length: number): number {
  return length < 126 ? 2 : length === 126 ? 4 : 10;
}

function bigEndian(length: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(length));
  return bytes;
}
