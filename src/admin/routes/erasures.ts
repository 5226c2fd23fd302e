/** `POST` and `GET /users/:id/erase`, `GET /erasures`. */
import Type from 'typebox';
import type { Static } from 'typebox';
import { failure } from '../../protocol/errors.ts';
import { ok } from '../../protocol/result.ts';
import { isStorable } from '../../protocol/text.ts';
import type { App } from '../app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { type IdentificationDeps, identified, isAdmin, userOf } from '../identification.ts';
import type { Erasure } from '../ports/erasures.ts';
import { sendProblem } from '../problem.ts';
import { Limit, responses, TOKEN_NEEDED } from '../schemas.ts';

const Time = Type.Integer({ minimum: 0, description: 'ms since the epoch' });
const Proof = Type.Object({
  id: Type.String(),
  user_id: Type.String(),
  by: Type.String({ description: 'Id of who asked for it' }),
  done: Type.Boolean(),
  step: Type.Union(
    [
      Type.Literal('find'),
      Type.Literal('delete'),
      Type.Literal('rewrite'),
      Type.Literal('tables'),
      Type.Literal('done'),
    ],
    { description: 'Looking for it, deleting messages, rewriting logs, clearing tables' },
  ),
  counts: Type.Record(Type.String(), Type.Integer({ minimum: 0 }), {
    description: 'How many of each kind were removed so far',
  }),
  digest: Type.String({ description: 'SHA-256 over the ids of what was removed, in the order of removal' }),
  requested_at: Time,
  finished_at: Type.Optional(Time),
});
const List = Type.Object({
  items: Type.Array(Proof),
  has_more: Type.Boolean(),
  next: Type.Optional(Type.String({ description: 'For `before`' })),
});
const Params = Type.Object({ id: Type.String({ minLength: 1, maxLength: 256 }) });

type ErasureDeps = IdentificationDeps & Pick<HttpDeps, 'erasures' | 'findPerson'>;

/** Erasing a user, for administrators. */
export function erasureRoutes(app: App, deps: ErasureDeps): void {
  const { erasures } = deps;
  const onRequest = identified(deps, isAdmin);

  app.post(
    '/users/:id/erase',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Erase all that is personal of a user',
        description:
          'For good: account, name, messages, whispers, reactions, what was reported and noted of them, sessions. It goes on in the background, over restarts; asked again, it tells how far it is.',
        params: Params,
        response: responses({ 202: Proof }, [404]),
      },
      onRequest,
    },
    async (request, reply) => {
      const { id } = request.params;
      const { id: byId, name } = userOf(request);
      // Another administrator can; so somebody is always left.
      if (id === byId) return sendProblem(reply, failure('forbidden', 'Nobody erases themselves here.'));
      const known = isStorable(id) ? await deps.findPerson(id) : ok(null);
      if (!known.ok) return sendProblem(reply, known.failure);
      if (known.value?.id !== id) {
        const before = await erasures.find(id);
        if (!before.ok) return sendProblem(reply, before.failure);
        if (before.value !== null) return reply.code(202).send(shown(before.value));
        const left = isStorable(id) ? await erasures.knows(id) : ok(false);
        if (!left.ok) return sendProblem(reply, left.failure);
        if (!left.value) return sendProblem(reply, failure('not_found', 'There is nobody with this id.'));
      }
      const begun = await erasures.begin(id, { id: byId, name });
      return begun.ok ? reply.code(202).send(shown(begun.value)) : sendProblem(reply, begun.failure);
    },
  );

  app.get(
    '/erasures',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Erasures of users',
        description: 'The newest first, with how far each is and the proof of what it removed.',
        querystring: Type.Object({
          before: Type.Optional(
            Type.String({ pattern: '^[0-9a-f-]{1,64}$', description: '`next` of the page before' }),
          ),
          limit: Limit,
        }),
        response: responses({ 200: List }),
      },
      onRequest,
    },
    async (request, reply) => {
      const { before, limit } = request.query;
      const found = await erasures.list({ limit, ...(before === undefined ? {} : { before }) });
      if (!found.ok) return sendProblem(reply, found.failure);
      const { items, hasMore } = found.value;
      const last = items.at(-1);
      return reply.header('cache-control', 'no-store').send({
        ...{ items: items.map(shown), has_more: hasMore },
        ...(hasMore && last !== undefined ? { next: last.id } : {}),
      });
    },
  );

  app.get(
    '/users/:id/erase',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'How far the erasure of a user is, and what it removed',
        params: Params,
        response: responses({ 200: Proof }, [404]),
      },
      onRequest,
    },
    async (request, reply) => {
      const found = await erasures.find(request.params.id);
      if (!found.ok) return sendProblem(reply, found.failure);
      return found.value === null
        ? sendProblem(reply, failure('not_found', 'Nobody with this id was erased.'))
        : reply.header('cache-control', 'no-store').send(shown(found.value));
    },
  );
}

function shown({ userId, step, requestedAt, finishedAt, ...proof }: Erasure): Static<typeof Proof> {
  return {
    ...{ ...proof, step, user_id: userId, done: step === 'done', requested_at: requestedAt },
    ...(finishedAt === undefined ? {} : { finished_at: finishedAt }),
  };
}
