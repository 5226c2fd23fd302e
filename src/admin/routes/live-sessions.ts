/** `GET` and `DELETE /users/:id/sessions`: who is connected, from where, and the end of it. */
import Type from 'typebox';
import type { Static } from 'typebox';
import { actBy } from '../../protocol/audit-act.ts';
import { rankOf } from '../../protocol/decide.ts';
import type { Principal } from '../../protocol/entities.ts';
import { failure } from '../../protocol/errors.ts';
import type { LiveSession } from '../../protocol/live-session.ts';
import { isStaff } from '../../protocol/permissions.ts';
import type { App } from '../app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { actorOf, identified, type IdentificationDeps, userOf } from '../identification.ts';
import { sendProblem } from '../problem.ts';
import { UserId } from '../sanction-form.ts';
import { ref, responses, TOKEN_NEEDED } from '../schemas.ts';

const SessionId = Type.String({
  pattern: '^[0-9]{1,3}-[0-9]{1,10}$',
  description: '`connectionId` of its welcome',
});

const Session = Type.Object({
  id: SessionId,
  user: ref('Person'),
  guest: Type.Boolean(),
  dashboard: Type.Boolean({ description: 'It came by a dashboard, and is never shown as a member' }),
  client_id: Type.Optional(Type.String({ description: 'Of the program that the token was given to' })),
  address: Type.String(),
  started_at: Type.Integer({ description: 'ms since the epoch' }),
});

const SessionList = Type.Object({
  items: Type.Array(Session, { description: 'The oldest first' }),
  has_more: Type.Boolean(),
});

type LiveSessionDeps = IdentificationDeps & Pick<HttpDeps, 'liveSessions' | 'audit' | 'now'>;

/** Connections of users, for moderators and administrators. */
export function liveSessionRoutes(app: App, deps: LiveSessionDeps): void {
  const { liveSessions, audit, now } = deps;
  // Connections are to all channels; so are those who look after them.
  const onRequest = identified(deps, (user) => isStaff(user) && user.channels === undefined);

  app.get(
    '/users/:id/sessions',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Open connections of a user',
        description: 'To this server; those to others on the same database are not in it.',
        params: Type.Object({ id: UserId }),
        response: responses({ 200: SessionList }, [404]),
      },
      onRequest,
    },
    async (request, reply) => {
      const sessions = await liveSessions.of(request.params.id);
      return reply.header('cache-control', 'no-store').send({ items: sessions.map(shown), has_more: false });
    },
  );

  app.delete(
    '/users/:id/sessions',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'End open connections of a user',
        description:
          'All, or the one of `session_id`. They close with 4004, within a second. Tokens go on: `POST /revocations` ends those. Nobody acts on someone of their own rank or above.',
        params: Type.Object({ id: UserId }),
        querystring: Type.Object({ session_id: Type.Optional(SessionId) }),
        response: responses(
          { 200: Type.Object({ ended: Type.Integer({ minimum: 0, description: 'How many it were' }) }) },
          [404],
        ),
      },
      onRequest,
    },
    async (request, reply) => {
      const { id } = request.params;
      const { session_id: only } = request.query;
      const sessions = await liveSessions.of(id);
      const found = sessions.filter((session) => only === undefined || session.id === only);
      if (only !== undefined && found.length === 0) {
        return sendProblem(reply, failure('not_found', 'There is no such connection of this user.'));
      }
      const outranked = found.find((session) => !mayEnd(userOf(request), session));
      if (outranked !== undefined) {
        return sendProblem(reply, failure('forbidden', 'Nobody acts on someone of their own rank or above.'));
      }
      const [first] = found;
      if (first === undefined) return reply.send({ ended: 0 });
      const ids = found.map((session) => session.id);
      const target = { kind: 'user', id, name: first.user.name } as const;
      const act = actBy(actorOf(request), now(), {
        action: 'sessions:ended',
        target,
        after: { sessions: ids },
      });
      const kept = await audit.append(act);
      if (!kept.ok) return sendProblem(reply, kept.failure);
      return reply.send({ ended: await liveSessions.end(id, ids) });
    },
  );
}

function mayEnd(by: Principal, { user, roles }: LiveSession): boolean {
  return by.id === user.id || rankOf(by.roles) > rankOf(roles);
}

function shown({
  id,
  user,
  guest,
  dashboard,
  clientId,
  address,
  startedAt,
}: LiveSession): Static<typeof Session> {
  return {
    ...{ id, user, guest, dashboard, address, started_at: startedAt },
    ...(clientId === undefined ? {} : { client_id: clientId }),
  };
}
