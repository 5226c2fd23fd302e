/** `/server/users` and `/server/channels/:id/members`: whom other programs keep here. */
import Type from 'typebox';
import { LONGEST_ACCESS_TOKEN_SECONDS } from '../../auth/account-issuer.ts';
import type { Account } from '../../auth/ports.ts';
import { PROGRAM_USER_ID } from '../../auth/program-users.ts';
import { actBy } from '../../protocol/audit-act.ts';
import { ok } from '../../protocol/result.ts';
import type { App } from '../app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { keyed, type KeyedDeps, programOf } from '../keyed.ts';
import { once } from '../once.ts';
import { sendProblem } from '../problem.ts';
import { ChannelId, KEY_NEEDED, responses } from '../schemas.ts';
import { Ended } from '../sessions-ended.ts';

const UserId = Type.String({
  pattern: PROGRAM_USER_ID,
  description: 'Its own id for the user, or one of this server’s',
});
const OfUser = Type.Object({ id: UserId });
const AnyId = Type.String({ minLength: 1, maxLength: 128 });
const MemberRole = Type.Union([Type.Literal('owner'), Type.Literal('moderator'), Type.Literal('member')]);

const NewUser = Type.Object({
  name: Type.String({ description: '1 to 32 characters' }),
  avatar: Type.Optional(Type.Union([Type.String({ maxLength: 2_048 }), Type.Null()])),
  roles: Type.Optional(
    Type.Array(Type.Literal('moderator'), { maxItems: 1, description: 'Beside `user`; absent: as they are' }),
  ),
});
const StoredUser = Type.Object({
  id: Type.String(),
  name: Type.String(),
  avatar: Type.Optional(Type.String()),
  roles: Type.Array(Type.String()),
});
const TokenWish = Type.Object({
  expires_in: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: LONGEST_ACCESS_TOKEN_SECONDS,
      description: 'Seconds; default: an hour',
    }),
  ),
});
const Token = Type.Object({
  token: Type.String(),
  token_type: Type.Literal('Bearer'),
  expires_in: Type.Integer(),
});

type UserDeps = KeyedDeps &
  Pick<HttpDeps, 'serverApi' | 'programUsers' | 'answers' | 'liveSessions' | 'audit' | 'shards' | 'now'>;

/** Users, their connections, tokens and memberships, with keys for that. */
export function serverUserRoutes(app: App, deps: UserDeps): void {
  const { serverApi, programUsers, liveSessions, audit, shards, now } = deps;

  app.put(
    '/server/users/:id',
    {
      schema: {
        security: KEY_NEEDED,
        summary: 'Make a user, or change them',
        description: 'An account without a password. No program touches an administrator.',
        params: OfUser,
        body: NewUser,
        response: responses({ 200: StoredUser, 201: StoredUser }, [404, 409]),
      },
      onRequest: keyed(deps, 'users'),
    },
    async (request, reply) => {
      const put = await programUsers.put(request.params.id, request.body, programOf(request));
      if (!put.ok) return sendProblem(reply, put.failure);
      return reply.code(put.value.created ? 201 : 200).send(shown(put.value.account));
    },
  );

  app.get(
    '/server/users/:id',
    {
      schema: {
        security: KEY_NEEDED,
        summary: 'A user as they are',
        params: OfUser,
        response: responses({ 200: StoredUser }, [404]),
      },
      onRequest: keyed(deps, 'read'),
    },
    async (request, reply) => {
      const account = await programUsers.read(request.params.id);
      return account.ok ? reply.send(shown(account.value)) : sendProblem(reply, account.failure);
    },
  );

  app.post(
    '/server/users/:id/tokens',
    {
      schema: {
        security: KEY_NEEDED,
        summary: 'A token of this server for a user',
        description: 'For an account, made here or by PUT; never for an administrator. It is an act.',
        params: OfUser,
        body: TokenWish,
        response: responses({ 201: Token }, [404]),
      },
      onRequest: keyed(deps, 'tokens'),
    },
    async (request, reply) => {
      const issued = await programUsers.token(request.params.id, request.body.expires_in);
      if (!issued.ok) return sendProblem(reply, issued.failure);
      const { token, expiresIn, name } = issued.value;
      const act = actBy(programOf(request), now(), {
        ...{ action: 'token:issued', target: { kind: 'user', id: request.params.id, name } },
        after: { expires_in: expiresIn },
      });
      // What isn't kept isn't given.
      const kept = await audit.append(act);
      if (!kept.ok) return sendProblem(reply, kept.failure);
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({
          ...{ token, token_type: 'Bearer' as const, expires_in: expiresIn },
        });
    },
  );

  app.post(
    '/server/users/:id/disconnect',
    {
      schema: {
        security: KEY_NEEDED,
        summary: 'End the open connections of a user',
        description:
          'They close with 4004, within a second, on all servers of the database that answer. Tokens go on.',
        params: Type.Object({ id: AnyId }),
        response: responses({ 200: Ended }, [404]),
      },
      onRequest: keyed(deps, 'sessions'),
    },
    async (request, reply) => {
      const { id } = request.params;
      const { sessions, missing } = await liveSessions.of(id);
      const [first] = sessions;
      if (first === undefined) return reply.send({ ended: 0, servers_missing: missing });
      const ids = sessions.map((session) => session.id);
      const act = actBy(programOf(request), now(), {
        ...{ action: 'sessions:ended', target: { kind: 'user', id, name: first.user.name } },
        after: { sessions: ids },
      });
      const kept = await audit.append(act);
      if (!kept.ok) return sendProblem(reply, kept.failure);
      const ended = await liveSessions.end(id, sessions);
      return reply.send({ ended: ended.ended, servers_missing: missing + ended.missing });
    },
  );

  app.post(
    '/server/channels/:id/members',
    {
      schema: {
        security: KEY_NEEDED,
        summary: 'Make somebody a member of a channel',
        description: 'With `role`, or as a member. They are told, wherever they are.',
        params: Type.Object({ id: ChannelId }),
        body: Type.Object({ user_id: AnyId, role: Type.Optional(MemberRole) }),
        response: responses({ 201: Type.Object({ user_id: AnyId, role: MemberRole }) }, [404, 409, 422]),
      },
      onRequest: keyed(deps, 'members'),
    },
    async (request, reply) =>
      once(deps, request, reply, async () => {
        const { user_id: userId, role = 'member' } = request.body;
        const system = await serverApi.system();
        if (!system.ok) return system;
        const [type, data] =
          role === 'member' ? (['channel:invite', {}] as const) : (['channel:role', { role }] as const);
        const asked = { user: { id: userId }, ...data };
        const added = await shards.request(request.params.id, system.value, type, asked);
        return added.ok ? ok({ status: 201, body: { user_id: userId, role } }) : added;
      }),
  );

  app.delete(
    '/server/channels/:id/members',
    {
      schema: {
        security: KEY_NEEDED,
        summary: 'Take a membership away',
        description: 'They are out of the channel at once, and may come back where that is open to them.',
        params: Type.Object({ id: ChannelId }),
        querystring: Type.Object({ user_id: AnyId }),
        response: responses({ 204: Type.Null({ description: 'No member any more' }) }, [404]),
      },
      onRequest: keyed(deps, 'members'),
    },
    async (request, reply) => {
      const system = await serverApi.system();
      if (!system.ok) return sendProblem(reply, system.failure);
      const user = { id: request.query.user_id };
      const removed = await shards.request(request.params.id, system.value, 'channel:kick', { user });
      return removed.ok ? reply.code(204).send() : sendProblem(reply, removed.failure);
    },
  );
}

function shown({ id, name, avatar, roles }: Account) {
  return { id, name, ...(avatar === undefined ? {} : { avatar }), roles: [...roles] };
}
