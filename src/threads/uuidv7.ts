/**
 * Event ids: UUID version 7 (RFC 9562, section 5.7), so that ids made later sort later and index at one end. Within a
 * millisecond, and while the clock stands behind an id that was made already, a counter goes on (section 6.2, method 1).
 */
import { randomFillSync } from 'node:crypto';

const POOL_BYTES = 8_192;
const RANDOM_BYTES = 10;
const pool = new Uint8Array(POOL_BYTES);
let used = POOL_BYTES;

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
/** It begins in the lower half of its 12 bits, at random, so that there is room. */
const COUNTER_MOST = 0xfff;
const COUNTER_BEGINS_BELOW = 0x800;
let counter = 0;
let timeAt = -1;
let timeText = '';

/** A new id, later than all before it on this thread; its time is ms since the epoch. */
export function uuidv7(): string {
  if (used + RANDOM_BYTES > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const byte = (): number => pool[used++] ?? 0;
  const hex = (): string => HEX[byte()] ?? '';
  const start = (byte() << 8) | byte();
  const now = Date.now();
  if (now > timeAt) setTime(now, start % COUNTER_BEGINS_BELOW);
  else if (counter < COUNTER_MOST) counter += 1;
  else setTime(timeAt + 1, 0);
  const variant = HEX[(byte() & 0x3f) | 0x80] ?? '';
  const count = `${HEX[0x70 | (counter >> 8)] ?? ''}${HEX[counter & 0xff] ?? ''}`;
  return `${timeText}${count}-${variant}${hex()}-${hex()}${hex()}${hex()}${hex()}${hex()}${hex()}`;
}

function setTime(ms: number, count: number): void {
  const time = ms.toString(16).padStart(12, '0');
  timeText = `${time.slice(0, 8)}-${time.slice(8)}-`;
  timeAt = ms;
  counter = count;
}
