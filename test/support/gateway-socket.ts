/** A socket as a gateway sees it, that keeps what is written. */
import { Connection, type FrameSink, type SocketControl } from '../../src/gateway/connection.ts';
import { frameBucket } from '../../src/cache/frame-limiter.ts';
import { headerLength, writeTextHeader } from '../../src/protocol/websocket-frame.ts';
import { readFrames } from '../sim/frame-reader.ts';
import { identityFor } from './identified.ts';
import { userOf } from './channel-machine.ts';

export class GatewaySocket implements FrameSink, SocketControl {
  /** Bytes that the other side hasn't taken. */
  writableLength = 0;
  /** Texts of each write. */
  readonly writes: string[][] = [];
  /** Code and reason of each close; `terminate` is 0. */
  readonly closes: (readonly [number, string])[] = [];
  pings = 0;

  write(bytes: Uint8Array): boolean {
    this.writes.push(readFrames(Buffer.from(bytes)));
    return true;
  }

  ping(): void {
    this.pings += 1;
  }

  close(code: number, reason = ''): void {
    this.closes.push([code, reason]);
  }

  terminate(): void {
    this.closes.push([0, '']);
  }

  /** All texts so far. */
  get texts(): readonly string[] {
    return this.writes.flat();
  }

  /** All frames so far. */
  get frames(): readonly SocketFrame[] {
    return this.texts.map((text) => JSON.parse(text) as SocketFrame);
  }

  /** What was answered to each ref: the code of an error, or the type. */
  get answers(): Readonly<Record<string, string>> {
    const answered = this.frames.filter(({ ref }) => ref !== undefined);
    return Object.fromEntries(
      answered.map(({ type, ref = '', data }) => [ref, type === 'error' ? String(data['code']) : type]),
    );
  }
}

/** A frame that was written. */
export interface SocketFrame {
  readonly type: string;
  readonly ref?: string;
  readonly channelId?: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A connection that said who it is. `maxBacklog` in bytes. */
export function openConnection(
  id: number,
  maxBacklog = 1024 * 1024,
): {
  readonly connection: Connection;
  readonly socket: GatewaySocket;
} {
  const socket = new GatewaySocket();
  const connection = new Connection(id, 'address', socket, socket, frameBucket(50, 0), 0, maxBacklog);
  connection.phase = 'open';
  connection.identity = identityFor(userOf(`user-${id}`));
  return { connection, socket };
}

/** A text with its WebSocket header, as shards send it. */
export function framed(text: string): Buffer {
  const payload = Buffer.byteLength(text);
  const frame = Buffer.alloc(headerLength(payload) + payload);
  frame.write(text, writeTextHeader(frame, 0, payload));
  return frame;
}
