/** Which shard owns a key: FNV-1a over its UTF-16 code units, the same on every thread. */

/** Index in 0 … shards − 1 for `channel:<id>` or `inbox:<userId>`. */
export function shardOf(key: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i += 1) {
    hash ^= key.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  // The low bits of FNV-1a alone spread poorly over small moduli.
  hash ^= hash >>> 15;
  return (hash >>> 0) % shards;
}
