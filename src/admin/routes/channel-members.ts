/** `/channels/:id/members`. */
import Type from 'typebox';
import { mayWrite } from '../../protocol/permissions.ts';
import type { App } from '../app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { identified, type IdentificationDeps, userOf } from '../identification.ts';
import { sendProblem } from '../problem.ts';
import { ChannelId, Limit, ref, responses, TOKEN_NEEDED } from '../schemas.ts';
import { findVisible, noSuchChannel } from '../visible-channel.ts';

const UserId = Type.String({ minLength: 1, maxLength: 64 });
const MemberRole = Type.Union([Type.Literal('owner'), Type.Literal('moderator'), Type.Literal('member')]);
const Params = Type.Object({ id: ChannelId });

const Members = Type.Object({
  items: Type.Array(
    Type.Object({
      user: ref('Person'),
      role: MemberRole,
      joined_at: Type.Integer({ description: 'ms since the epoch' }),
    }),
    { description: 'By the ids of users' },
  ),
  has_more: Type.Boolean(),
  next: Type.Optional(Type.String({ description: 'For `after`' })),
});
const Membership = Type.Object({ user_id: UserId, role: MemberRole });

type MemberDeps = IdentificationDeps & Pick<HttpDeps, 'directory' | 'shards' | 'policy' | 'now'>;

/** Whoever belongs to a channel. In a public one those who have a role, or of whom something has to be known. */
export function channelMemberRoutes(app: App, deps: MemberDeps): void {
  const { directory, shards, policy } = deps;

  app.get(
    '/channels/:id/members',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Who belongs to a channel',
        description: 'Of a public one whoever has a role there.',
        params: Params,
        querystring: Type.Object({
          after: Type.Optional({ ...UserId, description: '`next` of the page before' }),
          limit: Limit,
        }),
        response: responses({ 200: Members }, [404]),
      },
      onRequest: identified(deps),
    },
    async (request, reply) => {
      const { id: channelId } = request.params;
      const channel = await findVisible(deps, channelId, userOf(request));
      if (!channel.ok) return sendProblem(reply, channel.failure);
      if (channel.value === null) return sendProblem(reply, noSuchChannel().failure);
      const page = await directory.members({ channelId, ...request.query });
      if (!page.ok) return sendProblem(reply, page.failure);
      const { items, hasMore } = page.value;
      const last = items.at(-1);
      return reply.header('cache-control', 'no-store').send({
        items: items.map(({ user, role, joinedAt }) => ({ user, role, joined_at: joinedAt })),
        has_more: hasMore,
        ...(hasMore && last !== undefined ? { next: last.user.id } : {}),
      });
    },
  );

  app.post(
    '/channels/:id/members',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Make somebody a member',
        description:
          'Moderators of the channel may; giving another role takes its owner, or staff. They are told.',
        params: Params,
        body: Type.Object({ user_id: UserId, role: Type.Optional(MemberRole) }),
        response: responses({ 201: Membership }, [404, 409]),
      },
      onRequest: identified(deps, (user) => mayWrite(user, policy)),
    },
    async (request, reply) => {
      const { user_id: userId, role = 'member' } = request.body;
      const { id } = request.params;
      const [type, data] =
        role === 'member' ? (['channel:invite', {}] as const) : (['channel:role', { role }] as const);
      const added = await shards.request(id, userOf(request), type, { user: { id: userId }, ...data });
      if (!added.ok) return sendProblem(reply, added.failure);
      return reply.code(201).send({ user_id: userId, role });
    },
  );

  app.delete(
    '/channels/:id/members',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Take a membership away',
        description: 'They are out of the channel at once, and may come back where that is open to them.',
        params: Params,
        querystring: Type.Object({ user_id: UserId }),
        response: responses({ 204: Type.Null({ description: 'No member any more' }) }, [404]),
      },
      onRequest: identified(deps, (user) => mayWrite(user, policy)),
    },
    async (request, reply) => {
      const user = { id: request.query.user_id };
      const removed = await shards.request(request.params.id, userOf(request), 'channel:kick', { user });
      return removed.ok ? reply.code(204).send() : sendProblem(reply, removed.failure);
    },
  );
}
