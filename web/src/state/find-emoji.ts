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

/** Emoji with a name that holds `text`: first what is called exactly that, then what begins so; all for an empty text. */
export function findEmoji(text: string): readonly Emoji[] {
  const wanted = text.toLowerCase();
  const rank = ({ names }: Emoji): number => {
    if (names.includes(wanted)) return 0;
    if (names.some((name) => name.startsWith(wanted))) return 1;
    return names.some((name) => name.includes(wanted)) ? 2 : 3;
  };
  return EMOJI.map((one) => ({ one, rank: rank(one) }))
    .filter((ranked) => ranked.rank < 3)
    .sort((a, b) => a.rank - b.rank)
    .map(({ one }) => one);
}
