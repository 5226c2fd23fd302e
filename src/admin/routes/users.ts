/** `PATCH /users/:id`. */
import Type from 'typebox';
import { failure } from '../../protocol/errors.ts';
import type { App } from '../app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { identified, isAdmin, userOf, type IdentificationDeps } from '../identification.ts';
import { sendProblem } from '../problem.ts';
import { deedOf } from '../deed.ts';
import { Reason, ref, responses, TOKEN_NEEDED } from '../schemas.ts';

const UserChange = Type.Object({
  reason: Reason,
  roles: Type.Array(Type.Union([Type.Literal('user'), Type.Literal('moderator'), Type.Literal('admin')]), {
    description: 'All that this server gives; everybody has user',
    maxItems: 8,
  }),
});

type UserDeps = IdentificationDeps & Pick<HttpDeps, 'accessChanges'>;

/** What administrators change of users. */
export function userRoutes(app: App, deps: UserDeps): void {
  const { accessChanges } = deps;

  app.patch(
    '/users/:id',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: "Change a user's roles",
        description:
          'They hold on every open connection within a second. A user of another issuer has those of the token beside them.',
        params: Type.Object({ id: Type.String({ minLength: 1, maxLength: 256 }) }),
        body: UserChange,
        response: responses(
          { 200: Type.Object({ user: ref('Person'), roles: UserChange.properties.roles }) },
          [404],
        ),
      },
      onRequest: identified(deps, isAdmin),
    },
    async (request, reply) => {
      const { id } = request.params;
      const given = [...new Set(request.body.roles)].filter((role) => role !== 'user');
      if (id === userOf(request).id && !given.includes('admin')) {
        // Another administrator can; so somebody is always left who can give the role back.
        return sendProblem(reply, failure('forbidden', 'Nobody takes their own administrator’s role away.'));
      }
      const changed = await accessChanges.setRoles(id, given, deedOf(request));
      if (!changed.ok) return sendProblem(reply, changed.failure);
      const { name } = changed.value;
      return reply.send({ user: { id, name }, roles: ['user', ...given] });
    },
  );
}
