/** The emoji that the page offers, found by their short codes. */
import { SHORT_CODES } from '../text/short-codes.ts';

/** `names` stand between colons as short codes; the first is what it is called. */
export interface Emoji {
  readonly emoji: string;
  readonly names: readonly string[];
}

const EMOJI: readonly Emoji[] = [...Map.groupBy(SHORT_CODES, ([, emoji]) => emoji)].map(([emoji, codes]) => ({
  emoji,
  names: codes.map(([name]) => name),
}));

/** Emoji with a name that holds `text`, those with one that begins so first; all for an empty text. */
export function findEmoji(text: string): readonly Emoji[] {
  const wanted = text.toLowerCase();
  const begins = ({ names }: Emoji): boolean => names.some((name) => name.startsWith(wanted));
  const holds = (one: Emoji): boolean => !begins(one) && one.names.some((name) => name.includes(wanted));
  return [...EMOJI.filter(begins), ...EMOJI.filter(holds)];
}
