/** `GET /openapi.json`: the description of all routes, made from their schemas. */
import swagger from '@fastify/swagger';
import Type from 'typebox';
import type { App } from '../app.ts';
import { baseUrl } from '../base-url.ts';
import { describeOperation } from '../describe-operation.ts';
import type { HttpDeps } from '../http-deps.ts';
import { API_PREFIX } from '../request-target.ts';
import { COMPONENTS, responses } from '../schemas.ts';

const DESCRIPTION = `Chat over WebSockets, accounts and administration over HTTP.

Errors are problem documents (RFC 9457) with a \`code\`. Names of fields are snake_case; times are ms since the epoch
unless a name says otherwise; fields that this description doesn't know are ignored on input and may come on output.
Lists are answered in pages \`{items, has_more, next?}\`.`;

/** A group of routes. */
export interface Tag {
  readonly name: string;
  readonly description: string;
}

/** Collects every route that is registered after it. */
export function describeApi(app: App, title: string, version: string, tags: readonly Tag[]): void {
  for (const component of Object.values(COMPONENTS)) app.addSchema(component);
  app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title, version, description: DESCRIPTION },
      tags: [...tags],
      components: {
        securitySchemes: {
          token: {
            type: 'http',
            scheme: 'bearer',
            description: 'An access token of /login, or the guest token that a WebSocket welcome brought',
          },
          key: { type: 'http', scheme: 'bearer', description: 'A key of POST /api-keys' },
        },
      },
    },
    transform: ({ schema, url, route: { method } }) => ({
      schema: schema.hide === true ? schema : describeOperation(schema, [method].join(), url),
      url,
    }),
    refResolver: {
      buildLocalReference: (json, _base, _fragment, index) =>
        typeof json['$id'] === 'string' ? json['$id'] : `Schema${index}`,
    },
  });
}

const Index = Type.Object({
  description_url: Type.String({ description: 'The description of all routes' }),
  docs_url: Type.String({ description: 'The same for people' }),
  discovery_url: Type.String({ description: 'What a client needs to begin' }),
});

const DescriptionItself = Type.Object({ openapi: Type.String() }, { additionalProperties: true });

/** The description itself, and where to find it. */
export function openApiRoutes(app: App, deps: Pick<HttpDeps, 'server' | 'publicUrl' | 'reachedAt'>): void {
  app.get(
    API_PREFIX,
    { schema: { summary: 'Where to go from here', response: responses({ 200: Index }) } },
    async (request) => {
      const base = baseUrl(deps.reachedAt(request), deps.publicUrl);
      return {
        description_url: `${base}/openapi.json`,
        docs_url: `${base}/docs`,
        discovery_url: `${base}/discovery`,
      };
    },
  );

  app.get(
    '/openapi.json',
    {
      schema: {
        summary: 'This description (OpenAPI 3.1)',
        response: responses({ 200: DescriptionItself }),
      },
    },
    async (request) => {
      const base = baseUrl(deps.reachedAt(request), deps.publicUrl);
      const servers = [
        { url: base, description: 'This server' },
        { url: base + API_PREFIX, description: 'The same, for proxies that part the API from the page' },
      ];
      const described = app.swagger();
      return { ...described, info: { ...described.info, title: deps.server.name }, servers };
    },
  );
}
