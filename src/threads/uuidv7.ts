/** Event ids: UUID version 7 (RFC 9562, section 5.7), so that ids made later sort later and index at one end. */
import { randomFillSync } from 'node:crypto';

const POOL_BYTES = 4_096;
const RANDOM_BYTES = 10;
const pool = new Uint8Array(POOL_BYTES);
let used = POOL_BYTES;

/** A new id; its time is ms since the epoch. */
export function uuidv7(): string {
  if (used + RANDOM_BYTES > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const random = pool.subarray(used, used + RANDOM_BYTES);
  used += RANDOM_BYTES;
  const time = Date.now().toString(16).padStart(12, '0');
  let tail = '';
  for (const byte of random) tail += byte.toString(16).padStart(2, '0');
  const variant = (8 + ((random[2] ?? 0) & 3)).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8, 12)}-7${tail.slice(0, 3)}-${variant}${tail.slice(5, 8)}-${tail.slice(8, 20)}`;
}
