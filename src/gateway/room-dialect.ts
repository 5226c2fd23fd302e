/**
 * The frames of older clients at `/ws/chat`: they write `{room_id?, content}` and read
 * `{id, room_id, user_id, content, timestamp}`, the time as RFC 3339 has it.
 *
 * Old: nothing else is told but errors, which are the contract's. New: the client sent a frame with a `type`, knows the
 * contract, and gets all frames as they are from then on. It never becomes old again.
 */
import type { FrameSink } from './connection.ts';
import { headerLength, writeTextHeader } from '../protocol/websocket-frame.ts';
import { isChannelId } from '../protocol/limits.ts';

/** The room of a client that names none. */
export const DEFAULT_ROOM = 'general';

interface Written {
  readonly room_id?: unknown;
  readonly content?: unknown;
}

interface Told {
  readonly type?: unknown;
  readonly channelId?: unknown;
  readonly timestamp?: unknown;
  readonly data?: {
    readonly id?: unknown;
    readonly content?: unknown;
    readonly author?: { readonly id?: unknown };
  };
}

/** See the head of the file. Stands between a connection and its socket. */
export class RoomDialect implements FrameSink {
  readonly #sink: FrameSink;
  readonly #rooms: Set<string>;
  readonly #room: string;
  #isNew = false;

  /** `room` is joined already. */
  constructor(sink: FrameSink, room: string) {
    this.#sink = sink;
    this.#room = room;
    this.#rooms = new Set([room]);
  }

  get writableLength(): number {
    return this.#sink.writableLength;
  }

  /** Writes whole frames on; those that an old client doesn't know are left out. */
  write(bytes: Uint8Array): boolean {
    if (this.#isNew) return this.#sink.write(bytes);
    const frames = payloadsOf(bytes).flatMap((payload) => oldForm(payload) ?? []);
    return frames.length === 0 || this.#sink.write(Buffer.concat(frames.map(framed)));
  }

  /** The contract's requests for what the client sent; what is in neither form goes on as it is, to be refused. */
  requests(bytes: Buffer): readonly Buffer[] {
    if (this.#isNew) return [bytes];
    const written = parsed(bytes);
    if (written === null) return [bytes];
    if ('type' in written) {
      this.#isNew = true;
      return [bytes];
    }
    const { room_id: named, content }: Written = written;
    const channelId = named ?? this.#room;
    const send = { type: 'message:send', channelId, data: { content } };
    if (typeof channelId !== 'string' || !isChannelId(channelId) || this.#rooms.has(channelId))
      return [json(send)];
    this.#rooms.add(channelId);
    return [json({ type: 'channel:join', channelId, data: { limit: 1 } }), json(send)];
  }
}

/** As an old client reads it; null: it doesn't. */
function oldForm(payload: Uint8Array): Uint8Array | null {
  const told: Told | null = parsed(payload);
  if (told?.type === 'error') return payload;
  if (told?.type !== 'message:created' || typeof told.timestamp !== 'number') return null;
  const { id, content, author } = told.data ?? {};
  // What was deleted meanwhile has no text.
  if (typeof content !== 'string') return null;
  const timestamp = new Date(told.timestamp).toISOString();
  return json({ id, room_id: told.channelId, user_id: author?.id, content, timestamp });
}

/** The payloads of unmasked, unfragmented text frames, as this server writes them. */
function payloadsOf(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const payloads: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const short = view.getUint8(at + 1);
    const [header, length] =
      short < 126
        ? [2, short]
        : short === 126
          ? [4, view.getUint16(at + 2)]
          : [10, Number(view.getBigUint64(at + 2))];
    payloads.push(bytes.subarray(at + header, at + header + length));
    at += header + length;
  }
  return payloads;
}

function framed(payload: Uint8Array): Uint8Array {
  const frame = Buffer.allocUnsafe(headerLength(payload.length) + payload.length);
  frame.set(payload, writeTextHeader(frame, 0, payload.length));
  return frame;
}

function parsed(bytes: Uint8Array): object | null {
  try {
    const value: unknown = JSON.parse(
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'),
    );
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}

function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}
