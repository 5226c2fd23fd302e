/** Turns everything that can go wrong with a request into a problem document. */
import type { Socket } from 'node:net';
import type { ConnectionError, FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { failure } from '../protocol/errors.ts';
import type { ErrorCode } from '../protocol/errors.ts';
import { problemHeaders, problemOf, sendProblem } from './problem.ts';
import type { RouteTable } from './route-table.ts';

const CODES: Readonly<Partial<Record<number, ErrorCode>>> = {
  404: 'not_found',
  413: 'too_large',
  429: 'rate_limited',
};

const CONNECTION_ERRORS: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
};

/** Fastify's error handler: validation, parsing, and bugs, of which the answer tells nothing. */
export function refuse(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const status = error.statusCode ?? 500;
  if (error.validation !== undefined) {
    const errors = error.validation.map(({ instancePath, message }) => ({ at: instancePath, message }));
    const where = error.validationContext ?? 'request';
    const what = errors.map(({ at, message }) => `${where}${at} ${message ?? 'is not valid'}`).join('; ');
    return sendProblem(reply, failure('bad_request', what), 400, { errors });
  }
  if (status >= 400 && status < 500) {
    return sendProblem(reply, failure(CODES[status] ?? 'bad_request', error.message), status);
  }
  if (status === 503)
    return sendProblem(reply, failure('unavailable', 'The server is stopping.', 1_000), 503);
  request.log.error({ err: error, req: request }, 'a request failed');
  return sendProblem(reply, failure('internal', 'Something went wrong here; the log says what.'), 500, {
    request_id: request.id,
  });
}

/** Fastify's not-found handler: 405 with `Allow` where other methods would do. */
export function nothingThere(routes: RouteTable) {
  return (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const methods = routes.methods(request.url);
    // A path that fits and yet wasn't routed has a part that no channel's id is as long as.
    if (methods.length === 0 || methods.includes(request.method))
      return sendProblem(reply, failure('not_found', 'There is nothing at this address.'));
    reply.header('allow', [...methods, 'OPTIONS'].join(', '));
    return sendProblem(reply, failure('bad_request', `This address takes ${methods.join(', ')}.`), 405);
  };
}

/** For what isn't HTTP, or comes too slowly: there is no request to answer, only a socket. */
export function refuseConnection(error: ConnectionError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = CONNECTION_ERRORS[error.code] ?? 400;
  const problem = problemOf(failure('bad_request', 'This is no request that can be read.'), status);
  const body = JSON.stringify(problem);
  const headers = {
    ...problemHeaders(problem),
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  // destroySoon lets the answer out first, and doesn't wait for a peer that never closes.
  socket.write(`HTTP/1.1 ${status} ${problem.title}\r\n${lines.join('')}\r\n${body}`);
  socket.destroySoon();
}
