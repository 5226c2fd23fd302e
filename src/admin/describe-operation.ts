/** Completes what a route says of itself by what is the same for all routes, for /openapi.json alone. */
import { STATUS_CODES } from 'node:http';
import type { FastifySchema } from 'fastify';
import { PROBLEM_RESPONSE } from './schemas.ts';

/** What a problem of this status means, whatever the route. */
const PROBLEMS: Readonly<Record<number, string>> = {
  400: 'What was sent is not as described',
  401: 'The credentials are missing or not valid',
  403: 'Not for this user, or not for web pages of this origin',
  404: 'There is no such thing, or it is not for this user to see',
  409: 'It contradicts what is there',
  413: 'The body is over 64 KiB',
  414: 'The address is longer than 8,192 characters',
  415: 'The body is not application/json in UTF-8',
  426: 'Only WebSocket upgrades are taken here',
  429: 'Asked for too often: `Retry-After` says when to ask again',
  500: 'A bug: the log knows it by `request_id`',
  503: 'Out of order for a moment: `Retry-After` says when to ask again',
};

/** What every request can meet: an address that can't be read or is too long, a page that isn't let in, a bug. */
const ALWAYS = [400, 403, 414, 500];
/** What else one with a body, and one with a token, can meet. */
const WITH_BODY = [413, 415];
const WITH_TOKEN = [401, 429, 503];

interface ObjectSchema {
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, { readonly default?: unknown }>>;
}

/** The schema to describe: with an id, each status with its media type and meaning, and defaults that are optional. */
export function describeOperation(schema: FastifySchema, method: string, url: string): FastifySchema {
  const { querystring, body, security, response = {} } = schema;
  const problems = [
    ...ALWAYS,
    ...(body === undefined ? [] : WITH_BODY),
    ...(security === undefined ? [] : WITH_TOKEN),
  ];
  const { default: others, ...own } = response as Readonly<Record<string, unknown>>;
  const described = {
    ...Object.fromEntries(problems.map((status) => [status, PROBLEM_RESPONSE])),
    ...own,
  };
  return {
    ...schema,
    operationId: schema.operationId ?? operationId(method, url),
    ...(querystring === undefined ? {} : { querystring: withOptionalDefaults(querystring as ObjectSchema) }),
    response: {
      ...Object.fromEntries(
        Object.entries(described).map(([status, shape]) => [
          status,
          describedResponse(Number(status), shape),
        ]),
      ),
      ...(others === undefined ? {} : { default: others }),
    },
  };
}

function describedResponse(status: number, shape: unknown): unknown {
  const { description, type, content } = shape as {
    readonly description?: string;
    readonly type?: string;
    readonly content?: unknown;
  };
  const meaning = PROBLEMS[status];
  if (shape === PROBLEM_RESPONSE && meaning !== undefined)
    return { ...PROBLEM_RESPONSE, description: meaning };
  const named = description ?? STATUS_CODES[status];
  // Nothing is said of a body where there is none.
  if (type === 'null') return { type, description: named };
  return { description: named, content: content ?? { 'application/json': { schema: shape } } };
}

/** Whoever leaves out what has a default sends nothing wrong, though the handler always finds it. */
function withOptionalDefaults(schema: ObjectSchema): ObjectSchema {
  const { required = [], properties = {} } = schema;
  return { ...schema, required: required.filter((name) => properties[name]?.default === undefined) };
}

/** `GET /chat/rooms/:id/presence` is `getChatRoomsPresence`. */
function operationId(method: string, url: string): string {
  const words = url.split(/[^A-Za-z0-9:]+/).filter((word) => word !== '' && !word.startsWith(':'));
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}
