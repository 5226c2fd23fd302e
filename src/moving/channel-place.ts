/** Which channel one of another system is here. */
import { createHash } from 'node:crypto';
import { parseChannelName } from '../protocol/channel-text.ts';
import { slugOf } from '../protocol/channel-slug.ts';
import { isChannelId } from '../protocol/limits.ts';

const HASH_LENGTH = 8;
const LONGEST_SLUG = 50;

/** The id of the channel called `id` there: the same where it can be one here, else made of it, no two alike. */
export function channelIdFor(id: string): string {
  if (isChannelId(id)) return id;
  const hash = createHash('sha256').update(id, 'utf8').digest('hex').slice(0, HASH_LENGTH);
  return `${(slugOf(id) ?? 'channel').slice(0, LONGEST_SLUG)}-${hash}`;
}

/** `name` as a channel's here, as far as it can be one; else its id. */
export function channelNameFor(name: string | null, id: string): string {
  const short = Array.from(
    (name ?? '')
      .toWellFormed()
      .replace(/\p{Cc}+/gu, ' ')
      .trim(),
  )
    .slice(0, 64)
    .join('');
  const parsed = parseChannelName(short);
  return parsed.ok ? parsed.value : id;
}
