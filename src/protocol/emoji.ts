/** What one may react with. */
import { MAX_SHORT_CODE_LENGTH } from './limits.ts';

/** UTF-16 code units; the longest emoji that there are have about thirty. */
const MAX_EMOJI_LENGTH = 64;

const SHORT_CODE = new RegExp(`^:[a-z0-9_+-]{1,${MAX_SHORT_CODE_LENGTH}}:$`);

/** One emoji by the grammar of UTS #51 (1.4.9): a pictograph, modified or tagged, or several joined by U+200D. */
const PART = String.raw`\p{Extended_Pictographic}(?:\p{Emoji_Modifier}|\uFE0F\u20E3?|[\u{E0020}-\u{E007E}]+\u{E007F})?`;
const SEQUENCE = String.raw`${PART}(?:\u200D(?:${PART}|\p{RI}\p{RI}))*`;
const EMOJI = new RegExp(String.raw`^(?:${SEQUENCE}|\p{RI}\p{RI}|[0-9#*]\uFE0F?\u20E3)$`, 'u');

/** Whether `text` is one emoji, or a short code such as `:tada:`. */
export function isReaction(text: string): boolean {
  return SHORT_CODE.test(text) || (text.length <= MAX_EMOJI_LENGTH && EMOJI.test(text));
}
