const HUES = 8;

/** Which of the stylesheet's colours, 0 to 7, a person has; always the same one. */
export function authorHue(userId: string): number {
  let hash = 0;
  for (let i = 0; i < userId.length; i += 1) hash = (hash * 31 + userId.charCodeAt(i)) >>> 0;
  return hash % HUES;
}
