/** Client-side WebSocket framing (RFC 6455, section 5.2): masked and unfragmented. */
const FIN = 0x80;
const MASKED = 0x80;
const OPCODE_TEXT = 0x1;
const OPCODE_PONG = 0xa;
// RFC 6455 wants unpredictable masks against hostile pages; a load generator only has to make servers unmask.
const MASK = [0x37, 0xfa, 0x21, 0x3d] as const;
const NOTHING = new Uint8Array(0);

/** A text frame with `text`, at most 65,535 bytes of UTF-8. */
export function maskedText(text: string): Buffer {
  return masked(OPCODE_TEXT, Buffer.from(text));
}

/** A pong with the ping's bytes; without them one that nobody asked for (section 5.5.3): a sign of life. */
export function pong(asked: Uint8Array = NOTHING): Buffer {
  return masked(OPCODE_PONG, asked);
}

function masked(opcode: number, payload: Uint8Array): Buffer {
  const { length } = payload;
  if (length > 0xffff) throw new RangeError(`a frame of ${length} bytes is longer than this client sends`);
  const header = length < 126 ? 2 : 4;
  const frame = Buffer.allocUnsafe(header + 4 + length);
  frame[0] = FIN | opcode;
  frame[1] = MASKED | (length < 126 ? length : 126);
  if (header === 4) frame.writeUInt16BE(length, 2);
  frame.set(MASK, header);
  for (let i = 0; i < length; i += 1) frame[header + 4 + i] = (payload[i] ?? 0) ^ (MASK[i & 3] ?? 0);
  return frame;
}
