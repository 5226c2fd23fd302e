/** Names that are taken get a suffix: `-` and some letters or digits. */
import { randomInt } from 'node:crypto';
import { MAX_NAME_LENGTH } from '../protocol/limits.ts';

const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';

/** Gives `length` random letters and digits (none that are mistaken for another). */
export type SuffixSource = (length: number) => string;

/** A {@link SuffixSource} over the system's randomness. */
export const randomSuffix: SuffixSource = (length) =>
  Array.from({ length }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');

/**
 * The name to try at `attempt` (from 0): `wanted` itself, then with suffixes that grow by one character every fourth
 * attempt, so that a name thousands want still finds a free one. At most MAX_NAME_LENGTH code points.
 */
export function nameCandidate(wanted: string, attempt: number, suffix: SuffixSource): string {
  if (attempt === 0) return cut(wanted, MAX_NAME_LENGTH);
  const length = 3 + Math.ceil(attempt / 4);
  return `${cut(wanted, MAX_NAME_LENGTH - 1 - length)}-${suffix(length)}`;
}

/** Attempts after which something is wrong with the source of suffixes. */
export const MAX_NAME_ATTEMPTS = 24;

function cut(text: string, points: number): string {
  return text.length <= points ? text : Array.from(text).slice(0, points).join('');
}
