/** `POST` and `DELETE /users/ban`, `GET /users/bans`: what holds everywhere. */
import Type from 'typebox';
import { MAX_DELETE_SECONDS } from '../../protocol/sanctions.ts';
import { isStaffOfAll } from '../../protocol/permissions.ts';
import type { App } from '../app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { identified, type IdentificationDeps } from '../identification.ts';
import { sanctionAnswers } from '../sanction-answers.ts';
import { IMPOSED, LISTED, ListQuery, SanctionId, TERMS, UserId } from '../sanction-form.ts';
import { responses, TOKEN_NEEDED } from '../schemas.ts';

const NewBan = Type.Object({
  banished_id: UserId,
  ...TERMS,
  delete_seconds: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: MAX_DELETE_SECONDS,
      description: 'Messages of the user of the last so many seconds are deleted, in all channels',
    }),
  ),
  address: Type.Optional(
    Type.String({ maxLength: 64, description: 'Of a guest: guests from this address are banned too' }),
  ),
});

const BanList = Type.Object({
  items: Type.Array(Type.Object({ ban_id: Type.String(), ...LISTED }), { description: 'Newest first' }),
  has_more: Type.Boolean(),
  next: Type.Optional(Type.String({ description: 'For `before`' })),
});

type BanDeps = IdentificationDeps & Pick<HttpDeps, 'sanctions' | 'now'>;

/** Bans that hold everywhere, for moderators and administrators. */
export function banRoutes(app: App, deps: BanDeps): void {
  const answers = sanctionAnswers('ban', deps);

  app.post(
    '/users/ban',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Ban a user everywhere',
        description:
          'Open connections close with 4003 within a second. One that is in force is replaced. Nobody acts on ' +
          'someone of their own rank or above.',
        body: NewBan,
        response: responses({ 201: Type.Object({ ban_id: Type.String(), ...IMPOSED }) }, [404]),
      },
      onRequest: identified(deps, isStaffOfAll),
    },
    async (request, reply) => {
      const { banished_id: id, reason, address, delete_seconds: deleteSeconds } = request.body;
      return answers.impose(request, reply, request.body, { person: { id }, reason, address, deleteSeconds });
    },
  );

  app.delete(
    '/users/ban',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Pardon a user',
        description: 'The ban with this id ends at once; 404 for one that is not in force.',
        querystring: Type.Object({ ban_id: SanctionId }),
        response: responses({ 204: Type.Null({ description: 'Pardoned' }) }, [404]),
      },
      onRequest: identified(deps, isStaffOfAll),
    },
    async (request, reply) => answers.pardon(request, reply, request.query.ban_id),
  );

  app.get(
    '/users/bans',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Bans that hold, or held, everywhere',
        querystring: ListQuery,
        response: responses({ 200: BanList }),
      },
      onRequest: identified(deps, isStaffOfAll),
    },
    async (request, reply) => answers.list(request, reply, request.query),
  );
}
