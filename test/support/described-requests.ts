/** Requests that /openapi.json describes, and requests that it almost describes; sent as they are, byte for byte. */
import { Agent, request as httpRequest } from 'node:http';
import fc from 'fast-check';
import type { DescribedOperation, Description, Parameter, Schema } from './described-operations.ts';
import { almostFitting, fitting, hostileText, hostileValue } from './schema-arbitrary.ts';
import type { Resolve } from './schema-arbitrary.ts';

/** A request as it goes out; `as` says whose token it brings. */
export interface DescribedRequest {
  readonly method: string;
  /** With its query, percent-encoded. */
  readonly target: string;
  readonly as: string;
  readonly contentType: string | null;
  readonly body: string | null;
}

/** What came back. */
export interface Answer {
  readonly status: number;
  /** Without its parameters. */
  readonly contentType: string | null;
  readonly body: string;
}

const OTHER_TYPES = ['text/plain', 'application/json; charset=utf-8', 'application/json;charset=latin1', 'x'];

/** Requests of `operation`: two thirds of them fit, but for what no schema can tell. */
export function requestsOf(
  { method, path, operation }: DescribedOperation,
  description: Description,
  identities: readonly string[],
  known: Readonly<Record<string, readonly unknown[]>>,
): fc.Arbitrary<DescribedRequest> {
  const resolve: Resolve = (ref) => description.components.schemas[ref.split('/').at(-1) ?? ''] ?? true;
  const { parameters = [], requestBody } = operation;
  const schema = requestBody?.content['application/json']?.schema;
  return fc.record({
    method: fc.constant(method),
    target: target(path, parameters, resolve, known),
    as: fc.constantFrom(...identities),
    contentType: schema === undefined ? fc.constant(null) : contentType(),
    body: schema === undefined ? fc.constant(null) : body(schema, resolve, known),
  });
}

function contentType(): fc.Arbitrary<string | null> {
  return fc.oneof(
    { weight: 12, arbitrary: fc.constant('application/json') },
    { weight: 1, arbitrary: fc.constantFrom(null, ...OTHER_TYPES) },
  );
}

function body(
  schema: Schema,
  resolve: Resolve,
  known: Readonly<Record<string, readonly unknown[]>>,
): fc.Arbitrary<string | null> {
  const fits = fitting(schema, resolve);
  const json = (values: fc.Arbitrary<unknown>): fc.Arbitrary<string> =>
    values.map((value) => JSON.stringify(value));
  return fc.oneof(
    { weight: 4, arbitrary: json(fits) },
    { weight: 4, arbitrary: json(fits.chain((value) => withKnown(value, known))) },
    { weight: 3, arbitrary: json(almostFitting(schema, resolve)) },
    { weight: 1, arbitrary: json(hostileValue) },
    { weight: 1, arbitrary: hostileText.map((text) => text.toWellFormed()) },
    { weight: 1, arbitrary: fc.constant(null) },
  );
}

/** Some properties with values of what is there, so that requests get beyond the first look. */
function withKnown(
  value: unknown,
  known: Readonly<Record<string, readonly unknown[]>>,
): fc.Arbitrary<unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return fc.constant(value);
  const entries = Object.entries(value).map(([name, own]) => {
    const [first, ...others] = known[name] ?? [];
    return fc.tuple(
      fc.constant(name),
      first === undefined ? fc.constant(own) : fc.constantFrom(first, ...others),
    );
  });
  return fc.tuple(...entries).map((pairs) => Object.fromEntries(pairs));
}

function target(
  path: string,
  parameters: readonly Parameter[],
  resolve: Resolve,
  known: Readonly<Record<string, readonly unknown[]>>,
): fc.Arbitrary<string> {
  const one = ({ name, schema }: Parameter): fc.Arbitrary<string> =>
    fc
      .oneof(
        { weight: 3, arbitrary: fitting(schema, resolve) },
        { weight: 2, arbitrary: fc.constantFrom(...(known[name] ?? ['general'])) },
        { weight: 2, arbitrary: hostileText },
      )
      .map((value) => encodeURIComponent(String(value).toWellFormed()).slice(0, 2_000));
  // With nothing there it would be another path.
  const inPath = fc.tuple(
    ...parameters
      .filter((p) => p.in === 'path')
      .map((p) =>
        named(
          p,
          one(p).map((text) => (text === '' ? 'x' : text)),
        ),
      ),
  );
  const inQuery = fc.tuple(
    ...parameters.filter((p) => p.in === 'query').map((p) => fc.option(named(p, one(p)))),
  );
  const odd = fc.constantFrom(
    '',
    '',
    '',
    'limit=1&limit=2',
    'limit[]=1',
    '%ff=%ff',
    'a&b=&=c',
    '__proto__=1',
    '?',
  );
  const prefix = fc.constantFrom('', '', '/api');
  return fc.tuple(prefix, inPath, inQuery, odd).map(([before, places, fields, more]) => {
    const filled = path.replace(
      /\{(\w+)\}/g,
      (_all, name: string) => places.find(([n]) => n === name)?.[1] ?? 'x',
    );
    const query = [...fields.flatMap((field) => (field === null ? [] : [field.join('=')])), more];
    const text = query.filter((part) => part !== '').join('&');
    return before + filled + (text === '' ? '' : `?${text}`);
  });
}

function named({ name }: Parameter, value: fc.Arbitrary<string>): fc.Arbitrary<[string, string]> {
  return value.map((text) => [name, text]);
}

/** Sends requests to one server over connections that are kept. */
export class RequestSender {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 4 });
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** Sends it with these headers beside its own, and resolves with the whole answer. */
  async send(request: DescribedRequest, headers: Readonly<Record<string, string>>): Promise<Answer> {
    const bytes = request.body === null ? null : Buffer.from(request.body, 'utf8');
    const own = {
      ...(request.contentType === null ? {} : { 'content-type': request.contentType }),
      ...(bytes === null ? {} : { 'content-length': String(bytes.length) }),
    };
    return new Promise((resolve, reject) => {
      const { hostname, port } = new URL(this.#url);
      const options = { hostname, port, agent: this.#agent, method: request.method, path: request.target };
      const sent = httpRequest({ ...options, headers: { ...headers, ...own } }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const type = response.headers['content-type'] ?? null;
          resolve({
            status: response.statusCode ?? 0,
            contentType: type?.split(';', 1)[0] ?? null,
            body: Buffer.concat(chunks).toString('utf8'),
          });
        });
      });
      sent.on('error', reject);
      sent.end(bytes ?? undefined);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
