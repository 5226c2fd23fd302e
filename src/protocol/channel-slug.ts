/** Ids of channels that are made by name. */
import { isChannelId } from './limits.ts';

const MAX_ID_LENGTH = 64;

/** An id made of `name` (its letters and digits of ASCII, without accents), or null when nothing is left of it. */
export function slugOf(name: string): string | null {
  const slug = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_ID_LENGTH)
    .replace(/^-+|-+$/g, '');
  return isChannelId(slug) ? slug : null;
}
