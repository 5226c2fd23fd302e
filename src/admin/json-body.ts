/** JSON in UTF-8 (RFC 8259): the only body that any route takes. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { failure } from '../protocol/errors.ts';
import type { App } from './app.ts';
import { sendProblem } from './problem.ts';

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const PARAMETER = `;[ \\t]*(?:(?<name>${TOKEN})=(?<value>${TOKEN}|"(?:[^"\\\\]|\\\\.)*")[ \\t]*)?`;
const JSON_TYPE = new RegExp(`^application/json[ \\t]*(?:${PARAMETER.replace(/\?<\w+>/g, '?:')})*$`, 'i');
const PARAMETERS = new RegExp(PARAMETER, 'g');
const UTF8 = /^"?utf-?8"?$/i;

const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * Whether `contentType` says JSON in UTF-8. JSON has no charset of its own to choose (RFC 8259, section 8.1); a client
 * that names another one sends something else than it would be read as.
 */
export function isJsonType(contentType: string): boolean {
  if (!JSON_TYPE.test(contentType)) return false;
  for (const { groups } of contentType.matchAll(PARAMETERS)) {
    if (groups?.['name']?.toLowerCase() === 'charset' && !UTF8.test(groups['value'] ?? '')) return false;
  }
  return true;
}

/** Makes `app` take such bodies: 415 for every other type or coding, 400 for bytes that aren't UTF-8. */
export function takeJsonBodies(app: App): void {
  app.removeAllContentTypeParsers();
  app.addHook('preParsing', refuseOtherTypes);
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const text = decoded(body);
    if (text === null) {
      done(Object.assign(new Error('The body is not UTF-8.'), { statusCode: 400 }));
      return;
    }
    // What it gives is no promise: it was made for parsers that are told by `done`.
    void parse(request, text, done);
  });
}

/** After `onRequest`, which decides who may, and before a byte of the body is read. */
async function refuseOtherTypes(
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply | undefined> {
  if (!bringsBody(request)) return undefined;
  const { rawHeaders } = request.raw;
  // Of several types Node tells the first, and whoever stands before us may have gone by another.
  const types = rawHeaders.filter(
    (_, i) => rawHeaders[i - 1]?.toLowerCase() === 'content-type' && i % 2 === 1,
  );
  const coding = request.headers['content-encoding'] ?? 'identity';
  if (types.length === 1 && types.every(isJsonType) && coding.toLowerCase() === 'identity') return undefined;
  // The rest of the body is not read.
  reply.header('connection', 'close').header('accept-encoding', 'identity');
  return sendProblem(reply, failure('bad_request', 'Bodies have to be application/json in UTF-8.'), 415);
}

/** A body of GET or HEAD means nothing (RFC 9110, section 9.3.1) and is never read. */
function bringsBody({ method, headers }: FastifyRequest): boolean {
  if (method === 'GET' || method === 'HEAD') return false;
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function decoded(body: Buffer): string | null {
  try {
    return decoder.decode(body);
  } catch {
    return null;
  }
}
