/** What is refused of a message's text, sent or edited. */
import { failure, type Failure } from '../protocol/errors.ts';
import { contentFailure } from '../protocol/sent-text.ts';

/** Why `content` can't be a message's, or null. */
export function messageTextFailure(content: string): Failure | null {
  const problem = contentFailure(content);
  // A slash command is not a message; unknown ones are told, never posted by mistake.
  if (problem !== null || !content.startsWith('/')) return problem;
  return failure('bad_request', 'unknown command; usage: a message that does not begin with "/"');
}
