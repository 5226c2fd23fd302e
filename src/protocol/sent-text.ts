/** What is refused of what people send, in channels and in whispers alike. */
import { failure, type Failure } from './errors.ts';
import { MAX_CLIENT_MESSAGE_ID_LENGTH, MAX_CONTENT_LENGTH } from './limits.ts';
import { contentProblem, hasControlCharacters, isStorable } from './text.ts';

/** Why `content` can't be sent, or null. */
export function contentFailure(content: string): Failure | null {
  switch (contentProblem(content)) {
    case 'empty':
      return failure('bad_request', 'content must not be empty');
    case 'too_large':
      return failure('too_large', `content is at most ${MAX_CONTENT_LENGTH} characters`);
    case 'malformed':
      return failure('bad_request', 'content must be well-formed Unicode without U+0000');
    case null:
      return null;
  }
}

/** Why a `clientMessageId` can't be one, or null; an absent one is fine. */
export function clientMessageIdFailure(id: string | undefined): Failure | null {
  if (id === undefined) return null;
  const isSound = id.length <= MAX_CLIENT_MESSAGE_ID_LENGTH && isStorable(id) && !hasControlCharacters(id);
  return isSound
    ? null
    : failure('bad_request', `clientMessageId is 1 to ${MAX_CLIENT_MESSAGE_ID_LENGTH} printable characters`);
}
