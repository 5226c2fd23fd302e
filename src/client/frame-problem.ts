/** What keeps a request from being sent at all. */
import type { Failure } from '../protocol/errors.ts';
import { MAX_FRAME_BYTES, MAX_REF_LENGTH } from '../protocol/limits.ts';
import { utf8Length } from '../protocol/text.ts';
import type { RequestFrame } from './requests.ts';

/** `,"ref":""` and the ref itself. */
const REF_BYTES = MAX_REF_LENGTH + 9;

/**
 * Why `frame` can't be sent, or null. The server would close the connection for one that is too large, and the client
 * would come back with the same frame, and again.
 */
export function frameProblem(frame: RequestFrame): Failure | null {
  let text: string;
  try {
    text = JSON.stringify(frame);
  } catch (cause) {
    return { code: 'bad_request', message: `not JSON: ${String(cause)}` };
  }
  if (utf8Length(text) + REF_BYTES <= MAX_FRAME_BYTES) return null;
  return { code: 'too_large', message: `a request is at most ${MAX_FRAME_BYTES} bytes` };
}
