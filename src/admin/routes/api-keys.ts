/** `/api-keys`: keys by which other programs use the server API, for administrators. */
import Type from 'typebox';
import { API_KEY_SCOPES, type ApiKey } from '../../auth/api-key-store.ts';
import { DEFAULT_REQUESTS_PER_SECOND, MAX_REQUESTS_PER_SECOND } from '../../auth/api-keys.ts';
import { failure } from '../../protocol/errors.ts';
import { hasControlCharacters, isStorable } from '../../protocol/text.ts';
import type { App } from '../app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { actorOf, identified, isAdmin, type IdentificationDeps } from '../identification.ts';
import { sendProblem } from '../problem.ts';
import { ref, responses, TOKEN_NEEDED } from '../schemas.ts';

const Scopes = Type.Array(Type.Union(API_KEY_SCOPES.map((scope) => Type.Literal(scope))), {
  minItems: 1,
  maxItems: API_KEY_SCOPES.length,
  description: 'What it is good for',
});

const RequestsPerSecond = Type.Integer({
  minimum: 1,
  maximum: MAX_REQUESTS_PER_SECOND,
  description: 'How often it may be used in the long run; ten times as often at once. Beyond that 429',
});

const Key = {
  id: Type.String(),
  name: Type.String(),
  scopes: Scopes,
  requests_per_second: RequestsPerSecond,
  created_at: Type.Integer({ description: 'ms since the epoch' }),
  created_by: ref('Person'),
  last_used_at: Type.Union([Type.Integer(), Type.Null()], {
    description: 'ms since the epoch, up to a minute behind; null: never',
  }),
};

const ShownKey = Type.Object(Key);
const KeyList = Type.Object({ items: Type.Array(ShownKey), has_more: Type.Boolean() });
const MadeKey = Type.Object({
  ...Key,
  key: Type.String({ description: 'For `Authorization: Bearer`. It is shown here and never again.' }),
});
const NewKey = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 64, description: 'What you call it' }),
  scopes: Scopes,
  requests_per_second: Type.Optional({ ...RequestsPerSecond, default: DEFAULT_REQUESTS_PER_SECOND }),
});
const KeyChange = Type.Partial(
  Type.Object({ name: NewKey.properties.name, scopes: Scopes, requests_per_second: RequestsPerSecond }),
  { minProperties: 1 },
);
const KeyId = Type.Object({ id: Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$' }) });

const BAD_NAME = failure('bad_request', 'name is 1 to 64 printable characters');

/** Making, listing, changing and taking back keys. */
export function apiKeyRoutes(app: App, deps: IdentificationDeps & Pick<HttpDeps, 'apiKeys'>): void {
  const { apiKeys } = deps;
  const onRequest = identified(deps, isAdmin);

  app.get(
    '/api-keys',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'All keys of other programs',
        description: 'The oldest first, without their secrets, which nobody has but who made them.',
        response: responses({ 200: KeyList }),
      },
      onRequest,
    },
    async (_request, reply) => {
      const keys = await apiKeys.list();
      if (!keys.ok) return sendProblem(reply, keys.failure);
      return reply.send({ items: keys.value.map(shown), has_more: false });
    },
  );

  app.post(
    '/api-keys',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Make a key for another program',
        description: 'It opens the routes under `/server` that its scopes name, and no other.',
        body: NewKey,
        response: responses({ 201: MadeKey }, [409]),
      },
      onRequest,
    },
    async (request, reply) => {
      const { name, scopes, requests_per_second: requestsPerSecond } = request.body;
      if (!isPlain(name)) return sendProblem(reply, BAD_NAME);
      const made = await apiKeys.create(name, scopes, actorOf(request), requestsPerSecond);
      if (!made.ok) return sendProblem(reply, made.failure);
      return reply.code(201).send({ ...shown(made.value.record), key: made.value.key });
    },
  );

  app.patch(
    '/api-keys/:id',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Change a key',
        description: 'What is named. Its secret stays. It holds on every server within a second.',
        params: KeyId,
        body: KeyChange,
        response: responses({ 200: ShownKey }, [404]),
      },
      onRequest,
    },
    async (request, reply) => {
      const { name, scopes, requests_per_second: requestsPerSecond } = request.body;
      if (name !== undefined && !isPlain(name)) return sendProblem(reply, BAD_NAME);
      const change = {
        ...(name === undefined ? {} : { name }),
        ...(scopes === undefined ? {} : { scopes }),
        ...(requestsPerSecond === undefined ? {} : { requestsPerSecond }),
      };
      const changed = await apiKeys.change(request.params.id, change, actorOf(request));
      return changed.ok ? reply.send(shown(changed.value)) : sendProblem(reply, changed.failure);
    },
  );

  app.delete(
    '/api-keys/:id',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Take a key back',
        description: 'It opens nothing any more, on every server within a second.',
        params: KeyId,
        response: responses({ 204: Type.Null({ description: 'Taken back' }) }, [404]),
      },
      onRequest,
    },
    async (request, reply) => {
      const revoked = await apiKeys.revoke(request.params.id, actorOf(request));
      if (!revoked.ok) return sendProblem(reply, revoked.failure);
      return reply.code(204).send();
    },
  );
}

function isPlain(name: string): boolean {
  return isStorable(name) && !hasControlCharacters(name);
}

function shown({ id, name, scopes, requestsPerSecond, createdAt, createdBy, lastUsedAt }: ApiKey) {
  return {
    ...{ id, name, scopes: [...scopes], requests_per_second: requestsPerSecond },
    ...{ created_at: createdAt, created_by: createdBy, last_used_at: lastUsedAt },
  };
}
