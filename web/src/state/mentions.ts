/** Whether a message names somebody. */

/** Letters, digits and marks: what stands beside a name that is only a part of another word. */
const WORD = /[\p{L}\p{N}\p{M}_]/u;
/** Names so short would be met in every other sentence; they need an @. */
const LONG_ENOUGH = 3;

/** `@name` anywhere, or the name as a word of its own, without regard to case. */
export function mentions(content: string, name: string): boolean {
  if (name === '') return false;
  const [text, wanted] = [content.toLowerCase(), name.toLowerCase()];
  for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + wanted.length)) {
    const before = lastCharacter(text.slice(0, at));
    const after = firstCharacter(text.slice(at + wanted.length));
    if (WORD.test(after)) continue;
    if (before === '@' || (wanted.length >= LONG_ENOUGH && !WORD.test(before))) return true;
  }
  return false;
}

function firstCharacter(text: string): string {
  return String.fromCodePoint(text.codePointAt(0) ?? 0x20);
}

function lastCharacter(text: string): string {
  return Array.from(text.slice(-2)).at(-1) ?? ' ';
}
