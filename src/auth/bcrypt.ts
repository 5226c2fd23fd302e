/**
 * Whether a password made a bcrypt hash (Provos and Mazières, "A Future-Adaptable Password Scheme", 1999): for accounts that come from
 * systems which hash so. Nothing here makes such a hash. One check takes about a tenth of a second at cost 10, so it belongs
 * on a thread of its own.
 */

/** `$2a$`, `$2b$` or `$2y$`: versions that differ in faults of old programs alone. Salt and sum in bcrypt's own base64. */
const HASH = /^\$2[aby]\$(\d\d)\$([./A-Za-z0-9]{22})([./A-Za-z0-9]{31})$/;
const LEAST_COST = 4;
/** Each more doubles the time: this takes about two seconds. */
const MOST_COST = 14;
const ALPHABET = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const SALT_BYTES = 16;
const SUM_BYTES = 23;
const MAX_KEY_BYTES = 72;
const SUBKEYS = 18;
const BOXES = 1_024;
const TEXT = 'OrpheanBeholderScryDoubt';
const TEXT_TURNS = 64;

/** Whether {@link bcryptMatches} can tell anything of `hash`. */
export function isBcrypt(hash: string): boolean {
  const cost = Number(HASH.exec(hash)?.[1]);
  return cost >= LEAST_COST && cost <= MOST_COST;
}

/** Whether `password` made `hash`. As everywhere, only its first 72 bytes count. */
export function bcryptMatches(hash: string, password: string): boolean {
  const [, cost = '', salt = '', sum = ''] = HASH.exec(hash) ?? [];
  if (!isBcrypt(hash)) return false;
  const made = bcrypt(new TextEncoder().encode(`${password}\0`), decoded(salt, SALT_BYTES), Number(cost));
  const wanted = decoded(sum, SUM_BYTES);
  let difference = 0;
  for (let at = 0; at < SUM_BYTES; at += 1) difference |= (made[at] ?? 0) ^ (wanted[at] ?? 0);
  return difference === 0;
}

/** Blowfish's subkeys and its four boxes, one behind the other. */
interface Cipher {
  readonly p: Int32Array;
  readonly s: Int32Array;
}

let initial: Int32Array | undefined;

function bcrypt(password: Uint8Array, salt: Uint8Array, cost: number): Uint8Array {
  initial ??= fractionOfPi(SUBKEYS + BOXES);
  const cipher: Cipher = { p: initial.slice(0, SUBKEYS), s: initial.slice(SUBKEYS) };
  const [key, salted, nothing] = [words(password), words(salt, 4), new Int32Array(4)];
  const saltKey = words(salt);
  expand(cipher, key, salted);
  for (let turn = 2 ** cost; turn > 0; turn -= 1) {
    expand(cipher, key, nothing);
    expand(cipher, saltKey, nothing);
  }
  const block = words(new TextEncoder().encode(TEXT), TEXT.length / 4);
  for (let at = 0; at < block.length; at += 2) {
    for (let turn = 0; turn < TEXT_TURNS; turn += 1) encrypt(cipher, block, at);
  }
  const bytes = new DataView(new ArrayBuffer(TEXT.length));
  block.forEach((word, index) => {
    bytes.setInt32(4 * index, word);
  });
  return new Uint8Array(bytes.buffer);
}

/** Mixes key and salt into subkeys and boxes. */
function expand(cipher: Cipher, key: Int32Array, salt: Int32Array): void {
  const { p, s } = cipher;
  for (let at = 0; at < SUBKEYS; at += 1) p[at] = (p[at] ?? 0) ^ (key[at] ?? 0);
  const block = new Int32Array(2);
  let next = 0;
  for (const into of [p, s]) {
    for (let at = 0; at < into.length; at += 2) {
      block[0] = (block[0] ?? 0) ^ (salt[next] ?? 0);
      block[1] = (block[1] ?? 0) ^ (salt[next + 1] ?? 0);
      next ^= 2;
      encrypt(cipher, block, 0);
      into[at] = block[0];
      into[at + 1] = block[1];
    }
  }
}

/** Two words of `block` in place: sixteen rounds. */
function encrypt({ p, s }: Cipher, block: Int32Array, at: number): void {
  let left = (block[at] ?? 0) ^ (p[0] ?? 0);
  let right = block[at + 1] ?? 0;
  for (let round = 1; round <= 16; round += 2) {
    right ^= mixed(s, left) ^ (p[round] ?? 0);
    left ^= mixed(s, right) ^ (p[round + 1] ?? 0);
  }
  block[at] = right ^ (p[SUBKEYS - 1] ?? 0);
  block[at + 1] = left;
}

function mixed(s: Int32Array, word: number): number {
  const sum = (s[word >>> 24] ?? 0) + (s[256 + ((word >>> 16) & 255)] ?? 0);
  return ((sum ^ (s[512 + ((word >>> 8) & 255)] ?? 0)) + (s[768 + (word & 255)] ?? 0)) | 0;
}

/** Bytes over and over as words, as many as there are subkeys. */
function words(bytes: Uint8Array, count = SUBKEYS): Int32Array {
  const taken = bytes.subarray(0, MAX_KEY_BYTES);
  const list = new Int32Array(count);
  for (let at = 0; at < 4 * count; at += 1) {
    list[at >> 2] = ((list[at >> 2] ?? 0) << 8) | (taken[at % taken.length] ?? 0);
  }
  return list;
}

function decoded(text: string, bytes: number): Uint8Array {
  const found = new Uint8Array(bytes);
  let [bits, held, at] = [0, 0, 0];
  for (const character of text) {
    held = (held << 6) | ALPHABET.indexOf(character);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    if (at < bytes) found[at] = (held >> bits) & 255;
    at += 1;
  }
  return found;
}

/** What Blowfish begins with: the digits of π behind the point, in words of 32 bits, by Machin's formula. */
function fractionOfPi(count: number): Int32Array {
  const spare = 64n;
  const bits = 32n * BigInt(count) + spare;
  const one = 1n << bits;
  const inverseTangent = (x: bigint): bigint => {
    let [power, sum, odd, sign] = [one / x, 0n, 1n, 1n];
    while (power > 0n) {
      sum += (sign * power) / odd;
      power /= x * x;
      odd += 2n;
      sign = -sign;
    }
    return sum;
  };
  const pi = 16n * inverseTangent(5n) - 4n * inverseTangent(239n);
  const digits = ((pi - 3n * one) >> spare).toString(16).padStart(8 * count, '0');
  return Int32Array.from(
    { length: count },
    (_, at) => Number.parseInt(digits.slice(8 * at, 8 * at + 8), 16) | 0,
  );
}
