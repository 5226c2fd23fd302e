/** Event ids: UUID version 7 (RFC 9562, section 5.7), so that ids made later sort later and index at one end. */
import { randomFillSync } from 'node:crypto';

const POOL_BYTES = 8_192;
const RANDOM_BYTES = 10;
const pool = new Uint8Array(POOL_BYTES);
let used = POOL_BYTES;

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
let timeAt = -1;
let timeText = '';

/** A new id; its time is ms since the epoch. */
export function uuidv7(): string {
  if (used + RANDOM_BYTES > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const hex = (): string => HEX[pool[used++] ?? 0] ?? '';
  const low = (bits: number, top: number): string => HEX[((pool[used++] ?? 0) & bits) | top] ?? '';
  const now = Date.now();
  if (now !== timeAt) {
    const time = now.toString(16).padStart(12, '0');
    timeText = `${time.slice(0, 8)}-${time.slice(8)}-`;
    timeAt = now;
  }
  return `${timeText}${low(0x0f, 0x70)}${hex()}-${low(0x3f, 0x80)}${hex()}-${hex()}${hex()}${hex()}${hex()}${hex()}${hex()}`;
}
