/** What HTTP demands of a request beyond what Node's parser looks at. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { failure } from '../protocol/errors.ts';
import { sendProblem } from './problem.ts';

/** Longest request target, code units (RFC 9112, section 3, asks for at least 8,000). */
const MAX_TARGET_LENGTH = 8_192;

/**
 * Whether the request was refused: 414 for an endless target; 400 for HTTP/1.1 without a `Host` and for more than one (RFC 9112,
 * section 3.2), since proxies may have gone by another than Node tells.
 */
export function refuseUnsound(request: FastifyRequest, reply: FastifyReply): boolean {
  if (request.originalUrl.length > MAX_TARGET_LENGTH) {
    sendProblem(reply, failure('bad_request', 'This address is too long.'), 414);
    return true;
  }
  const { rawHeaders, httpVersion } = request.raw;
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.length === 4 && rawHeaders[i]?.toLowerCase() === 'host') hosts += 1;
  }
  if (hosts > 1 || (hosts === 0 && httpVersion === '1.1')) {
    sendProblem(reply, failure('bad_request', 'A request names exactly one Host.'));
    return true;
  }
  return false;
}
