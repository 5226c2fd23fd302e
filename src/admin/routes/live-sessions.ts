/** `GET` and `DELETE /users/:id/sessions`: who is connected, from where, and the end of it. */
import Type from 'typebox';
import type { Static } from 'typebox';
import { actBy } from '../../protocol/audit-act.ts';
import { rankOf } from '../../protocol/decide.ts';
import type { Principal } from '../../protocol/entities.ts';
import { failure, type Failure } from '../../protocol/errors.ts';
import type { LiveSession } from '../../protocol/live-session.ts';
import { isStaffOfAll } from '../../protocol/permissions.ts';
import type { App } from '../app.ts';
import type { HttpDeps } from '../http-deps.ts';
import type { SessionOfServer } from '../ports/live-sessions.ts';
import { actorOf, identified, type IdentificationDeps, userOf } from '../identification.ts';
import { sendProblem } from '../problem.ts';
import { UserId } from '../sanction-form.ts';
import { ref, responses, TOKEN_NEEDED } from '../schemas.ts';
import { Ended, ServersMissing } from '../sessions-ended.ts';

const RETRY_AFTER_MS = 1_000;

const SessionId = Type.String({
  pattern: '^[0-9]{1,3}-[0-9]{1,10}$',
  description: '`connectionId` of its welcome',
});

const Server = Type.String({ minLength: 1, maxLength: 64 });

const Session = Type.Object({
  id: SessionId,
  user: ref('Person'),
  guest: Type.Boolean(),
  dashboard: Type.Boolean({ description: 'It came by a dashboard, and is never shown as a member' }),
  client_id: Type.Optional(Type.String({ description: 'Of the program that the token was given to' })),
  address: Type.String(),
  started_at: Type.Integer({ description: 'ms since the epoch' }),
  server: Type.String({
    description: 'To which of several servers it is; another one after its start',
  }),
});

const SessionList = Type.Object({
  items: Type.Array(Session, { description: 'The oldest first' }),
  has_more: Type.Boolean(),
  servers_missing: ServersMissing,
});

type LiveSessionDeps = IdentificationDeps & Pick<HttpDeps, 'liveSessions' | 'audit' | 'now'>;

/** Connections of users, for moderators and administrators. */
export function liveSessionRoutes(app: App, deps: LiveSessionDeps): void {
  const { liveSessions, audit, now } = deps;
  // Connections are to all channels; so are those who look after them.
  const onRequest = identified(deps, isStaffOfAll);

  app.get(
    '/users/:id/sessions',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Open connections of a user',
        description:
          'To this server and all others of the database. `servers_missing` of those did not answer within a second.',
        params: Type.Object({ id: UserId }),
        response: responses({ 200: SessionList }, [404]),
      },
      onRequest,
    },
    async (request, reply) => {
      const { sessions, missing } = await liveSessions.of(request.params.id);
      return reply
        .header('cache-control', 'no-store')
        .send({ items: sessions.map(shown), has_more: false, servers_missing: missing });
    },
  );

  app.delete(
    '/users/:id/sessions',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'End open connections of a user',
        description:
          'All, or the one of `session_id` (with `server` where connections to several servers have that id). They close with 4004, within a second. Tokens go on: `POST /revocations` ends those. Nobody acts on someone of their own rank or above.',
        params: Type.Object({ id: UserId }),
        querystring: Type.Object({ session_id: Type.Optional(SessionId), server: Type.Optional(Server) }),
        response: responses({ 200: Ended }, [404, 409]),
      },
      onRequest,
    },
    async (request, reply) => {
      const { id } = request.params;
      const { session_id: only, server } = request.query;
      const { sessions, missing } = await liveSessions.of(id);
      const found = sessions.filter(
        (session) =>
          (only === undefined || session.id === only) && (server === undefined || session.server === server),
      );
      const problem = only === undefined ? null : problemOf(found, missing);
      if (problem !== null) return sendProblem(reply, problem);
      const outranked = found.find((session) => !mayEnd(userOf(request), session));
      if (outranked !== undefined) {
        return sendProblem(reply, failure('forbidden', 'Nobody acts on someone of their own rank or above.'));
      }
      const [first] = found;
      if (first === undefined) return reply.send({ ended: 0, servers_missing: missing });
      const target = { kind: 'user', id, name: first.user.name } as const;
      const act = actBy(actorOf(request), now(), {
        action: 'sessions:ended',
        target,
        after: { sessions: found.map((session) => session.id) },
      });
      const kept = await audit.append(act);
      if (!kept.ok) return sendProblem(reply, kept.failure);
      const ended = await liveSessions.end(id, found);
      return reply.send({ ended: ended.ended, servers_missing: missing + ended.missing });
    },
  );
}

/** Why the one that is to be ended can't be told among these. */
function problemOf(found: readonly SessionOfServer[], missing: number): Failure | null {
  if (found.length > 1) {
    return failure('conflict', 'Connections to several servers have this id: name the server too.');
  }
  if (found.length === 1) return null;
  return missing === 0
    ? failure('not_found', 'There is no such connection of this user.')
    : failure('unavailable', 'Not every server has answered.', RETRY_AFTER_MS);
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
  server,
}: SessionOfServer): Static<typeof Session> {
  return {
    ...{ id, user, guest, dashboard, address, started_at: startedAt, server },
    ...(clientId === undefined ? {} : { client_id: clientId }),
  };
}
