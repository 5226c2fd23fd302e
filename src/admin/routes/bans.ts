/** `POST` and `DELETE /users/ban`, `GET /users/bans`: what holds everywhere. */
import Type from 'typebox';
import { MAX_DELETE_SECONDS } from '../../protocol/sanctions.ts';
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
  const { sanctions, now } = deps;

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
      onRequest: identified(deps, isStaff),
    },
    async (request, reply) => {
      const { banished_id: id, reason, address, delete_seconds: deleteSeconds } = request.body;
      const seconds = secondsOf(request.body);
      if (!seconds.ok) return sendProblem(reply, seconds.failure);
      const terms = { reason, seconds: seconds.value, address, deleteSeconds };
      const imposed = await sanctions.impose(userOf(request), { kind: 'ban', person: { id }, ...terms });
      if (!imposed.ok) return sendProblem(reply, imposed.failure);
      const { id: banId, user, until, replaced } = imposed.value;
      return reply.code(201).send({ ban_id: banId, user, until, replaced });
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
      onRequest: identified(deps, isStaff),
    },
    async (request, reply) => {
      const ended = await sanctions.pardon(userOf(request), 'ban', { id: request.query.ban_id });
      return ended.ok ? reply.code(204).send() : sendProblem(reply, ended.failure);
    },
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
      onRequest: identified(deps, isStaff),
    },
    async (request, reply) => {
      const page = await sanctions.list(userOf(request), { kind: 'ban', ...queryOf(request.query) });
      if (!page.ok) return sendProblem(reply, page.failure);
      const { items, hasMore } = page.value;
      const next = hasMore ? items.at(-1)?.id : undefined;
      return reply.header('cache-control', 'no-store').send({
        items: items.map((one) => ({ ban_id: one.id, ...listed(one, now()) })),
        has_more: hasMore,
        ...(next === undefined ? {} : { next }),
      });
    },
  );
}
