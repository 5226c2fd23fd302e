/** Server-side WebSocket framing (RFC 6455, section 5.2): unmasked, unfragmented text. */

const FIN_TEXT = 0x81;

/** Bytes that the header of a frame with `payload` bytes takes. */
export function headerLength(payload: number): 2 | 4 | 10 {
  if (payload < 126) return 2;
  return payload < 65_536 ? 4 : 10;
}

/** Writes a text frame's header for `payload` bytes into `target` at `offset`; returns the offset behind it. */
export function writeTextHeader(target: Uint8Array, offset: number, payload: number): number {
  target[offset] = FIN_TEXT;
  if (payload < 126) {
    target[offset + 1] = payload;
    return offset + 2;
  }
  if (payload < 65_536) {
    target[offset + 1] = 126;
    target[offset + 2] = payload >>> 8;
    target[offset + 3] = payload & 0xff;
    return offset + 4;
  }
  target[offset + 1] = 127;
  target.fill(0, offset + 2, offset + 6);
  target[offset + 6] = payload >>> 24;
  target[offset + 7] = (payload >>> 16) & 0xff;
  target[offset + 8] = (payload >>> 8) & 0xff;
  target[offset + 9] = payload & 0xff;
  return offset + 10;
}
