/** Turns everything that can go wrong with a request into a problem document. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectionError, FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { failure } from '../protocol/errors.ts';
import type { ErrorCode } from '../protocol/errors.ts';
import { problemHeaders } from '../protocol/problem.ts';
import { answerUnderWay } from './answer-under-way.ts';
import { problemOf, sendProblem } from './problem.ts';
import type { RouteTable } from './route-table.ts';

const CODES: Readonly<Partial<Record<number, ErrorCode>>> = {
  404: 'not_found',
  413: 'too_large',
  429: 'rate_limited',
};

const CONNECTION_ERRORS: Readonly<Record<string, readonly [status: number, message: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not come in time.'],
  HPE_HEADER_OVERFLOW: [431, "The request's head is too large."],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'The chunks of the body are too large.'],
};
const UNREADABLE = [400, 'This is no request that can be read.'] as const;

/** Fastify's error handler: validation, parsing, and bugs, of which the answer tells nothing. */
export function refuse(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const status = error.statusCode ?? 500;
  if (error.validation !== undefined) {
    const errors = soundErrors(error.validation);
    const where = error.validationContext ?? 'request';
    const what = errors.map(({ at, message }) => `${where}${at} ${message ?? 'is not valid'}`).join('; ');
    return sendProblem(reply, failure('bad_request', what), 400, { errors });
  }
  if (status >= 400 && status < 500) {
    return sendProblem(reply, failure(CODES[status] ?? 'bad_request', error.message), status);
  }
  if (status === 503)
    return sendProblem(reply, failure('unavailable', 'The server is stopping.', 1_000), 503);
  request.log.error({ err: error, req: request, requestId: request.id }, 'a request failed');
  return sendProblem(reply, failure('internal', 'Something went wrong here; the log says what.'), 500);
}

/** What is wrong, each place once: where one of several values was wanted, they are named. */
function soundErrors(
  validation: NonNullable<FastifyError['validation']>,
): readonly { readonly at: string; readonly message: string | undefined }[] {
  const wanted = new Map<string, unknown[]>();
  for (const { keyword, instancePath, params } of validation) {
    if (keyword === 'const')
      wanted.set(instancePath, [...(wanted.get(instancePath) ?? []), params['allowedValue']]);
  }
  return validation.flatMap(({ keyword, instancePath, message }, index) => {
    const values = wanted.get(instancePath);
    if (values === undefined || (keyword !== 'const' && keyword !== 'anyOf'))
      return { at: instancePath, message };
    const isFirst = validation.findIndex((other) => other.instancePath === instancePath) === index;
    const texts = values.map((value) => JSON.stringify(value));
    return isFirst ? { at: instancePath, message: `must be ${texts.join(' or ')}` } : [];
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

/**
 * For what isn't HTTP, or comes too slowly: there is no request to answer, only a socket. Answers to requests before it
 * come first, since a client tells answers apart by their order alone.
 */
export function refuseConnection(headers: Readonly<Record<string, string>>) {
  return function refuseRest(error: ConnectionError, socket: Socket): void {
    const answer = answerUnderWay(socket);
    const gone = error.code === 'ECONNRESET' || !socket.writable;
    if (!gone && answer?.req.complete === true) {
      // The next answer, if there is one, takes the socket before this is told.
      answer.once('close', () => {
        refuseRest(error, socket);
      });
      return;
    }
    if (gone || answer?.headersSent === true) {
      socket.destroy();
      return;
    }
    const [status, message] = CONNECTION_ERRORS[error.code] ?? UNREADABLE;
    const problem = problemOf(failure('bad_request', message), status);
    const body = JSON.stringify(problem);
    const fields = {
      ...headers,
      ...problemHeaders(problem),
      'content-length': String(Buffer.byteLength(body)),
      connection: 'close',
    };
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
    // destroySoon lets the answer out first, and doesn't wait for a peer that never closes.
    socket.write(`HTTP/1.1 ${status} ${problem.title}\r\n${lines.join('')}\r\n${body}`);
    socket.destroySoon();
  };
}

/** For an `Expect` that can't be met (RFC 9110, section 10.1.1): Node meets `100-continue` by itself. */
export function refuseExpectation(headers: Readonly<Record<string, string>>) {
  return (_request: IncomingMessage, response: ServerResponse): void => {
    const problem = problemOf(failure('bad_request', 'Nothing but 100-continue can be expected.'), 417);
    const body = JSON.stringify(problem);
    const length = { 'content-length': Buffer.byteLength(body), connection: 'close' };
    response.writeHead(417, { ...headers, ...problemHeaders(problem), ...length }).end(body);
  };
}
