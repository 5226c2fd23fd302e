/** What is refused of the text that a message is to get instead of its own. */
import { failure, type Failure } from '../protocol/errors.ts';
import { contentFailure } from '../protocol/sent-text.ts';

/** Why `content` can't be a message's, or null. */
export function messageTextFailure(content: string): Failure | null {
  const problem = contentFailure(content);
  // Commands are sent, never edited in; what looks like one is no text by mistake.
  if (problem !== null || !content.startsWith('/')) return problem;
  return failure('bad_request', 'unknown command; usage: a text that does not begin with "/"');
}
