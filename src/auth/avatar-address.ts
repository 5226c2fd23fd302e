/** Addresses of avatars (docs/SPEC.md, AUTH-38, AUTH-56): what is refused, and the form in which one is kept. */
import { failure } from '../protocol/errors.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';

/** Longest address of an avatar, characters, as it is written and as it is kept. */
export const MAX_AVATAR_LENGTH = 2_048;

/**
 * `text` as the address of an avatar, in the form in which it is kept. `bad_request` for what is no http or https
 * address, is too long, or has a user name or a password in it.
 */
export function parseAvatarAddress(text: string): Result<string> {
  const url = text.length <= MAX_AVATAR_LENGTH && URL.canParse(text) ? new URL(text) : null;
  const fits =
    url !== null &&
    (url.protocol === 'https:' || url.protocol === 'http:') &&
    url.username === '' &&
    url.password === '' &&
    url.href.length <= MAX_AVATAR_LENGTH;
  return fits
    ? ok(url.href)
    : fail(
        failure(
          'bad_request',
          `An avatar is an http or https address of at most ${MAX_AVATAR_LENGTH} characters without a user name.`,
        ),
      );
}
