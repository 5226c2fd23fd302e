/** Names that people choose (docs/SPEC.md, AUTH rules): what is refused, and the form in which one is kept. */
import { failure } from '../protocol/errors.ts';
import { MAX_NAME_LENGTH } from '../protocol/limits.ts';
import { looksLikePrefixed } from '../protocol/name-look.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import { codePoints, hasControlCharacters } from '../protocol/text.ts';

/** Names of guests who chose none begin so; accounts can't. */
export const GUEST_NAME_PREFIX = 'guest-';

// Compatibility forms can be 18 times as long as what was written, so length is bounded before it is measured.
const MAX_RAW_LENGTH = 4 * MAX_NAME_LENGTH;

// Characters that draw nothing or reorder what stands beside them make two names look alike. The joiners stay where
// scripts and emoji need them, and variation selector 16 asks for an emoji's coloured form.
const UNSEEN = /[\p{Cf}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/u;
const JOINER_IN_PLACE = /(?<=[^\p{ASCII}])[\u200c\u200d](?=[^\p{ASCII}])/gu;
const EMOJI_SELECTOR = /(?<=\p{Emoji})\ufe0f/gu;
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u;

/**
 * `text` as a name: NFKC, trimmed, inner runs of spaces as one, 1 to 32 code points. `bad_request` for text that is
 * not well-formed, holds control, invisible or direction-changing characters, or nothing that can be seen.
 */
export function parseDisplayName(text: string): Result<string> {
  if (text.length > MAX_RAW_LENGTH) return tooLong();
  if (!text.isWellFormed() || hasControlCharacters(text)) return unreadable();
  const name = text.normalize('NFKC').trim().replace(/ +/g, ' ');
  if (UNSEEN.test(name.replace(JOINER_IN_PLACE, '').replace(EMOJI_SELECTOR, ''))) return unreadable();
  if (!VISIBLE.test(name))
    return fail(failure('bad_request', 'A name needs at least one character that can be seen.'));
  return codePoints(name) > MAX_NAME_LENGTH ? tooLong() : ok(name);
}

/** The same for a new account, which may not take a guest's kind of name. */
export function parseAccountName(text: string): Result<string> {
  const name = parseDisplayName(text);
  if (name.ok && looksLikePrefixed(name.value, GUEST_NAME_PREFIX)) {
    return fail(failure('bad_request', `Names that begin with ${GUEST_NAME_PREFIX} are for guests.`));
  }
  return name;
}

/** `name` followed by `-` and `suffix`, within 32 code points. */
export function withSuffix(name: string, suffix: string): string {
  const kept = Array.from(name).slice(0, MAX_NAME_LENGTH - 1 - suffix.length);
  return `${kept.join('')}-${suffix}`;
}

function tooLong() {
  return fail(failure('bad_request', `A name has at most ${MAX_NAME_LENGTH} characters.`));
}

function unreadable() {
  return fail(
    failure('bad_request', 'A name may not hold control, invisible or direction-changing characters.'),
  );
}
