/** How a server may be called. */
import { failure } from './errors.ts';
import { fail, ok, type Result } from './result.ts';
import { codePoints, hasControlCharacters, isStorable } from './text.ts';

/** Longest name of a server, code points. */
export const MAX_SERVER_NAME_LENGTH = 100;

/** `text` as a server's name, trimmed. */
export function parseServerName(text: string): Result<string> {
  const name = text.trim();
  const length = codePoints(name);
  return length === 0 || length > MAX_SERVER_NAME_LENGTH || !isStorable(name) || hasControlCharacters(name)
    ? fail(
        failure(
          'bad_request',
          `A name has 1 to ${MAX_SERVER_NAME_LENGTH} characters, none of them a control character.`,
        ),
      )
    : ok(name);
}
