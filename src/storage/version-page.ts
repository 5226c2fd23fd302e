/** How many earlier texts of a message go into one page. */
import { Buffer } from 'node:buffer';
import type { MessageVersion, MessageVersions, VersionRange } from '../shard/ports/channel-log.ts';

/** What lies within the bounds of `newestFirst`, at least one; what it holds beyond them is more. */
export function versionsWithin(
  newestFirst: readonly MessageVersion[],
  { limit, maxBytes }: VersionRange,
): MessageVersions {
  let bytes = 0;
  let count = 0;
  for (const { content } of newestFirst) {
    bytes += Buffer.byteLength(content);
    if (count === limit || (count > 0 && bytes > maxBytes)) break;
    count += 1;
  }
  return { items: newestFirst.slice(0, count).reverse(), hasMore: newestFirst.length > count };
}
