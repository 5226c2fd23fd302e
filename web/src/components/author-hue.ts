const HUES = 12;
/** FNV-1a, 32 bits. */
const FNV_OFFSET = 2_166_136_261;
const FNV_PRIME = 16_777_619;

/** Which of the stylesheet's colours, 0 to 11, a person has; always the same one. */
export function authorHue(userId: string): number {
  let hash = FNV_OFFSET;
  for (let i = 0; i < userId.length; i += 1) hash = Math.imul(hash ^ userId.charCodeAt(i), FNV_PRIME);
  return (hash >>> 8) % HUES;
}
