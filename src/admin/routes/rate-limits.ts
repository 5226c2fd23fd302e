/** `GET`, `PATCH` and `DELETE /ratelimits`: how many messages one user may send. */
import Type from 'typebox';
import type { LimitScope } from '../../cache/ports.ts';
import type { RateLimit } from '../../cache/rate-limiter.ts';
import type { Role } from '../../protocol/entities.ts';
import { failure } from '../../protocol/errors.ts';
import { isStaffOfAll } from '../../protocol/permissions.ts';
import { fail, ok, type Result } from '../../protocol/result.ts';
import type { App } from '../app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { actorOf, identified, type IdentificationDeps } from '../identification.ts';
import { sendProblem } from '../problem.ts';
import type { AllLimits } from '../rate-limits-admin.ts';
import { ChannelId, responses, TOKEN_NEEDED } from '../schemas.ts';

/** As in the settings that limits begin with. */
const MessageLimit = Type.Integer({ minimum: 1, maximum: 100_000, description: 'Messages in a window' });
const WindowSeconds = Type.Integer({ minimum: 1, maximum: 86_400, description: 'That window, in seconds' });
const Role = Type.Union([
  Type.Literal('guest'),
  Type.Literal('user'),
  Type.Literal('moderator'),
  Type.Literal('admin'),
]);

const LIMIT = {
  message_limit: Type.Integer({ minimum: 1 }),
  // One that was set in the database may be no whole number of seconds.
  window_seconds: Type.Number({ exclusiveMinimum: 0 }),
};
const RateLimits = Type.Object({
  ...LIMIT,
  roles: Type.Array(Type.Object({ role: Role, ...LIMIT }), {
    description: 'Of who has this role and none above it with a limit',
  }),
  channels: Type.Array(Type.Object({ channel_id: ChannelId, ...LIMIT }), {
    description: 'Of what a user who is no moderator sends in the channel, counted by itself',
  }),
});

/** At most one of the two; none: everybody's. */
const SCOPE = { role: Type.Optional(Role), channel_id: Type.Optional(ChannelId) };

const RateLimitChange = Type.Object({
  message_limit: Type.Optional(MessageLimit),
  window_seconds: Type.Optional(WindowSeconds),
  ...SCOPE,
});

type RateLimitDeps = IdentificationDeps & Pick<HttpDeps, 'rateLimits'>;

/** Limits of messages, for moderators and administrators. */
export function rateLimitRoutes(app: App, deps: RateLimitDeps): void {
  const { rateLimits } = deps;
  // Limits are about all channels; so are those who set them.
  const onRequest = identified(deps, isStaffOfAll);

  app.get(
    '/ratelimits',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'How many messages one user may send',
        description:
          'Everybody may send `message_limit` messages in `window_seconds`, and as many whispers, unless a role or a channel has a limit of its own.',
        response: responses({ 200: RateLimits }),
      },
      onRequest,
    },
    async (_request, reply) => {
      const limits = await rateLimits.list();
      if (!limits.ok) return sendProblem(reply, limits.failure);
      return reply.send(shown(limits.value));
    },
  );

  app.patch(
    '/ratelimits',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Change a limit',
        description:
          'Everybody’s, or with `role` or `channel_id` that of a role or a channel, which has everybody’s until then. What is left out stays. It holds at once, on other servers within a second.',
        body: RateLimitChange,
        response: responses({ 200: RateLimits }, [409]),
      },
      onRequest,
    },
    async (request, reply) => {
      const { message_limit: limit, window_seconds: seconds } = request.body;
      const scope = scopeOf(request.body);
      if (!scope.ok) return sendProblem(reply, scope.failure);
      if (limit === undefined && seconds === undefined) {
        return sendProblem(reply, failure('bad_request', 'It takes message_limit, window_seconds or both.'));
      }
      const change = {
        ...(limit === undefined ? {} : { limit }),
        ...(seconds === undefined ? {} : { windowMs: seconds * 1_000 }),
      };
      const changed = await rateLimits.change(scope.value, change, actorOf(request));
      if (!changed.ok) return sendProblem(reply, changed.failure);
      return reply.send(shown(changed.value));
    },
  );

  app.delete(
    '/ratelimits',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Take the limit of a role or of a channel away',
        description: 'Everybody’s holds again.',
        querystring: Type.Object(SCOPE),
        response: responses({ 204: Type.Null({ description: 'Taken away' }) }, [404]),
      },
      onRequest,
    },
    async (request, reply) => {
      const scope = scopeOf(request.query);
      if (!scope.ok) return sendProblem(reply, scope.failure);
      if (scope.value.kind === 'everybody') {
        return sendProblem(reply, failure('bad_request', 'It takes role or channel_id.'));
      }
      const removed = await rateLimits.remove(scope.value, actorOf(request));
      if (!removed.ok) return sendProblem(reply, removed.failure);
      return reply.code(204).send();
    },
  );
}

function scopeOf(named: { readonly role?: Role; readonly channel_id?: string }): Result<LimitScope> {
  const { role, channel_id: channelId } = named;
  if (role !== undefined && channelId !== undefined) {
    return fail(failure('bad_request', 'A limit is of a role or of a channel, not of both.'));
  }
  if (role !== undefined) return ok({ kind: 'role', role });
  return ok(channelId === undefined ? { kind: 'everybody' } : { kind: 'channel', channelId });
}

function shown({ everybody, roles, channels }: AllLimits) {
  const limit = ({ limit: message_limit, windowMs }: RateLimit) => ({
    message_limit,
    window_seconds: windowMs / 1_000,
  });
  return {
    ...limit(everybody),
    roles: roles.map((one) => ({ role: one.role, ...limit(one) })),
    channels: channels.map((one) => ({ channel_id: one.channelId, ...limit(one) })),
  };
}
