/** Passwords that nobody chose. */

/** Letters and digits that aren't mistaken for one another: 32 of them, five bits each. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';
const LENGTH = 24;
const GROUP = 6;

/** 120 random bits in groups of six characters, easy to read out and to type. `random` gives so many random bytes. */
export function madeUpPassword(random: (bytes: number) => Uint8Array): string {
  const characters = Array.from(random(LENGTH), (byte) => ALPHABET.charAt(byte % ALPHABET.length));
  const groups: string[] = [];
  for (let start = 0; start < LENGTH; start += GROUP) {
    groups.push(characters.slice(start, start + GROUP).join(''));
  }
  return groups.join('-');
}
