/**
 * Characters that change the direction of text (UAX #9). Marks, embeddings and isolates have their use in languages
 * written from right to left, and can't reach out of the element that they stand in. Overrides turn the letters
 * themselves round, so that `exe.gpj` reads as `jpg.exe`; nobody needs them. In code nothing may be out of its order.
 */

/** Stands for a character that isn't shown. */
const REPLACEMENT = '\ufffd';
const OVERRIDES = /[\u202d\u202e]/g;
const CONTROLS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** `text` with a visible sign in place of each override. */
export function harmless(text: string): string {
  return text.replace(OVERRIDES, REPLACEMENT);
}

/** `code` with a visible sign in place of each character that changes the direction of text. */
export function harmlessCode(code: string): string {
  return code.replace(CONTROLS, REPLACEMENT);
}
