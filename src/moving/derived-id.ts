/** Ids of what has none that is unique here: the same after every run, so that a second one knows it. */
import { createHash } from 'node:crypto';

/** A UUID of any version, and an id of MongoDB: no other system makes the same. */
const OWN = /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{24})$/i;
const NO_TIME = /^[0-]+$/;

/** `id` where it is one that nobody else makes, in lower case; else null. */
export function ownId(id: string): string | null {
  return OWN.test(id) && !NO_TIME.test(id) ? id.toLowerCase() : null;
}

/**
 * An id of `parts` that sorts by `timestamp` (ms since the epoch), as others do: a UUID of version 7 whose random bits are
 * SHA-256 of the parts. A line break stands in none of them.
 */
export function derivedId(timestamp: number, ...parts: readonly string[]): string {
  const hash = createHash('sha256').update(parts.join('\n'), 'utf8').digest('hex');
  const time = timestamp.toString(16).padStart(12, '0');
  const variant = (0x8 | (Number.parseInt(hash.charAt(3), 16) & 0x3)).toString(16);
  return [
    time.slice(0, 8),
    time.slice(8),
    `7${hash.slice(0, 3)}`,
    variant + hash.slice(4, 7),
    hash.slice(7, 19),
  ].join('-');
}
