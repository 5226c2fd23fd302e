import type { TextBlock } from './parse-text.ts';

/** So many emoji by themselves are shown large. */
const MAX_EMOJI = 6;
/** No six emoji are longer, UTF-16 code units. */
const MAX_LENGTH = 120;
// One emoji as people see it: a picture, with what colours it, joins it with others or makes it a flag or a key.
const EMOJI = /^\p{RGI_Emoji}$/v;

/** Whether a message is nothing but a few emoji. */
export function isOnlyEmoji(blocks: readonly TextBlock[]): boolean {
  const [block, ...others] = blocks;
  if (block?.kind !== 'lines' || others.length > 0) return false;
  const [part, ...more] = block.parts;
  if (part?.kind !== 'text' || more.length > 0 || part.text.length > MAX_LENGTH) return false;
  // Some browsers that are in use have no Segmenter; emoji are of the usual size there.
  if (!('Segmenter' in Intl)) return false;
  const segments = [...new Intl.Segmenter().segment(part.text.replace(/\s+/g, ''))];
  return (
    segments.length > 0 &&
    segments.length <= MAX_EMOJI &&
    segments.every(({ segment }) => EMOJI.test(segment) || EMOJI.test(`${segment}\ufe0f`))
  );
}
