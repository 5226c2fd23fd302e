/** `GET /openapi.json`: the description of all routes, made from their schemas. */
import swagger from '@fastify/swagger';
import type { App } from '../app.ts';
import { COMPONENTS } from '../schemas.ts';

/** Collects every route that is registered after it. */
export function describeApi(app: App, title: string, version: string): void {
  for (const component of Object.values(COMPONENTS)) app.addSchema(component);
  app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title, version },
      components: {
        securitySchemes: {
          token: {
            type: 'http',
            scheme: 'bearer',
            description: 'An access token of /login, or the guest token that a WebSocket welcome brought',
          },
        },
      },
    },
    refResolver: {
      buildLocalReference: (json, _base, _fragment, index) =>
        typeof json['$id'] === 'string' ? json['$id'] : `Schema${index}`,
    },
  });
}

/** The description itself. */
export function openApiRoutes(app: App): void {
  app.get('/openapi.json', { schema: { summary: 'This description (OpenAPI 3.1)' } }, async () =>
    app.swagger(),
  );
}
