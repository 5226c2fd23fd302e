/** What can complete the word that is being written: `:sm` an emoji, `@ad` a person. */
import { findEmoji } from './find-emoji.ts';

/** A way to go on. */
export interface CompletionItem {
  /** What takes the place of the word. */
  readonly insert: string;
  readonly label: string;
}

/** `from` and `to`: the word, in code units of the text. */
export interface Completion {
  readonly from: number;
  readonly to: number;
  readonly items: readonly CompletionItem[];
}

/** The word before the caret, with what tells its kind, at the beginning or behind white space. */
const EMOJI_WORD = /(?<=^|\s):([a-z0-9_+-]{2,20})$/iu;
const PERSON_WORD = /(?<=^|\s)@([^\s@]{1,32})$/u;
const MOST_ITEMS = 6;
/** No word that can be completed is longer, code units. */
const LOOK_BACK = 70;

/** Null when there is nothing to offer. `names`: the people who may be meant. */
export function completionAt(text: string, caret: number, names: readonly string[]): Completion | null {
  const before = text.slice(Math.max(0, caret - LOOK_BACK), caret);
  const emoji = EMOJI_WORD.exec(before)?.[1];
  if (emoji !== undefined) {
    const items = findEmoji(emoji)
      .slice(0, MOST_ITEMS)
      .map(({ emoji: found, names: [name = ''] }) => ({
        insert: `${found} `,
        label: `${found} :${name}:`,
      }));
    return items.length === 0 ? null : { from: caret - emoji.length - 1, to: caret, items };
  }
  const person = PERSON_WORD.exec(before)?.[1];
  if (person === undefined) return null;
  const wanted = person.toLowerCase();
  const items = names
    .filter((name) => name.toLowerCase().startsWith(wanted))
    .slice(0, MOST_ITEMS)
    .map((name) => ({ insert: `@${name} `, label: name }));
  return items.length === 0 ? null : { from: caret - person.length - 1, to: caret, items };
}
