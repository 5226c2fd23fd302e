/** `POST` and `DELETE /users/mute`, `GET /users/mutes`: what holds everywhere. */
import Type from 'typebox';
import { isStaffOfAll } from '../../protocol/permissions.ts';
import type { App } from '../app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { identified, type IdentificationDeps } from '../identification.ts';
import { sanctionAnswers } from '../sanction-answers.ts';
import { IMPOSED, LISTED, ListQuery, SanctionId, TERMS, UserId } from '../sanction-form.ts';
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
  const answers = sanctionAnswers('mute', deps);

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
      onRequest: identified(deps, isStaffOfAll),
    },
    async (request, reply) => {
      const { muted_id: id, reason } = request.body;
      return answers.impose(request, reply, request.body, { person: { id }, reason });
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
      onRequest: identified(deps, isStaffOfAll),
    },
    async (request, reply) => answers.pardon(request, reply, request.query.mute_id),
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
      onRequest: identified(deps, isStaffOfAll),
    },
    async (request, reply) => answers.list(request, reply, request.query),
  );
}
