/** `POST` and `DELETE /users/mute`, `GET /users/mutes`: what holds everywhere. */
import Type from 'typebox';
import { isStaff } from '../../protocol/permissions.ts';
import type { App } from '../app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { identified, type IdentificationDeps, userOf } from '../identification.ts';
import { sendProblem } from '../problem.ts';
import {
  IMPOSED,
  LISTED,
  listed,
  ListQuery,
  queryOf,
  SanctionId,
  secondsOf,
  TERMS,
  UserId,
} from '../sanction-form.ts';
import { responses, TOKEN_NEEDED } from '../schemas.ts';

const NewMute = Type.Object({ muted_id: UserId, ...TERMS });

const MuteList = Type.Object({
  items: Type.Array(Type.Object({ mute_id: Type.String(), ...LISTED }), { description: 'Newest first' }),
  has_more: Type.Boolean(),
  next: Type.Optional(Type.String({ description: 'For `before`' })),
});

type MuteDeps = IdentificationDeps & Pick<HttpDeps, 'sanctions' | 'now'>;

/** Mutes that hold everywhere, for moderators and administrators. */
export function muteRoutes(app: App, deps: MuteDeps): void {
  const { sanctions, now } = deps;

  app.post(
    '/users/mute',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Mute a user everywhere',
        description:
          'It holds within a second, on open connections too; the user reads on. One that is in force is replaced. Nobody acts on ' +
          'someone of their own rank or above.',
        body: NewMute,
        response: responses({ 201: Type.Object({ mute_id: Type.String(), ...IMPOSED }) }, [404]),
      },
      onRequest: identified(deps, isStaff),
    },
    async (request, reply) => {
      const { muted_id: id, reason } = request.body;
      const seconds = secondsOf(request.body);
      if (!seconds.ok) return sendProblem(reply, seconds.failure);
      const terms = { reason, seconds: seconds.value };
      const imposed = await sanctions.impose(userOf(request), { kind: 'mute', person: { id }, ...terms });
      if (!imposed.ok) return sendProblem(reply, imposed.failure);
      const { id: muteId, user, until, replaced } = imposed.value;
      return reply.code(201).send({ mute_id: muteId, user, until, replaced });
    },
  );

  app.delete(
    '/users/mute',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Pardon a user',
        description: 'The mute with this id ends at once; 404 for one that is not in force.',
        querystring: Type.Object({ mute_id: SanctionId }),
        response: responses({ 204: Type.Null({ description: 'Pardoned' }) }, [404]),
      },
      onRequest: identified(deps, isStaff),
    },
    async (request, reply) => {
      const ended = await sanctions.pardon(userOf(request), 'mute', { id: request.query.mute_id });
      return ended.ok ? reply.code(204).send() : sendProblem(reply, ended.failure);
    },
  );

  app.get(
    '/users/mutes',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Mutes that hold, or held, everywhere',
        querystring: ListQuery,
        response: responses({ 200: MuteList }),
      },
      onRequest: identified(deps, isStaff),
    },
    async (request, reply) => {
      const page = await sanctions.list(userOf(request), { kind: 'mute', ...queryOf(request.query) });
      if (!page.ok) return sendProblem(reply, page.failure);
      const { items, hasMore } = page.value;
      const next = hasMore ? items.at(-1)?.id : undefined;
      return reply.header('cache-control', 'no-store').send({
        items: items.map((one) => ({ mute_id: one.id, ...listed(one, now()) })),
        has_more: hasMore,
        ...(next === undefined ? {} : { next }),
      });
    },
  );
}
