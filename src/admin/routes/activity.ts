/** `/activity/*`: who was here, and what was said where, for people who run the server. */
import Type from 'typebox';
import type { Static } from 'typebox';
import { isStaffOfAll } from '../../protocol/permissions.ts';
import type { ActiveUser, Span } from '../activity/activity-report.ts';
import type { BucketUnit } from '../activity/buckets.ts';
import type { App } from '../app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { identified, type IdentificationDeps } from '../identification.ts';
import { sendProblem } from '../problem.ts';
import { UserId } from '../sanction-form.ts';
import { ChannelId, Limit, responses, TOKEN_NEEDED } from '../schemas.ts';

const DAY_MS = 86_400_000;
/** What a question that names no beginning is about. */
const DEFAULT_DAYS = 30;
/** The same of charts by unit, ms. */
const DEFAULT_SPAN_MS: Readonly<Record<BucketUnit, number>> = {
  minute: 3 * 3_600_000,
  hour: 2 * DAY_MS,
  day: DEFAULT_DAYS * DAY_MS,
};

const Time = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const RANGE = {
  from: Type.Optional({
    ...Time,
    description: `ms since the epoch; default: ${DEFAULT_DAYS} days before \`to\``,
  }),
  to: Type.Optional({ ...Time, description: 'Before, ms since the epoch; default: now' }),
};
const SPAN = {
  ...RANGE,
  time_zone: Type.String({
    maxLength: 64,
    default: 'UTC',
    description: 'Whose days and hours they are, such as Europe/Berlin (IANA)',
  }),
};

const SessionDays = Type.Object({
  items: Type.Array(
    Type.Object({
      date: Type.String({ description: 'By the calendar of the zone: 2026-12-01' }),
      count: Type.Integer({ minimum: 0, description: 'Sessions that began on that day' }),
      total_duration_seconds: Type.Number({
        minimum: 0,
        description: 'Time of sessions on that day; of several at once each counts',
      }),
    }),
    { description: 'One a day, the oldest first' },
  ),
  has_more: Type.Boolean(),
  time_zone: Type.String(),
});

const Channels = Type.Object({
  items: Type.Array(
    Type.Object({
      channel_id: ChannelId,
      name: Type.Optional(Type.String({ description: 'Of a channel that is there' })),
      messages: Type.Integer({ minimum: 1 }),
    }),
    { description: 'Those with most messages first' },
  ),
  has_more: Type.Boolean(),
});

const Users = Type.Object({
  items: Type.Array(
    Type.Object({
      user_id: Type.String(),
      name: Type.Optional(Type.String({ description: 'Of a user who is there' })),
      messages: Type.Integer({ minimum: 1 }),
      sessions: Type.Integer({ minimum: 0, description: 'Those that began in the time' }),
      total_duration_seconds: Type.Number({ minimum: 0, description: 'Time of sessions that lies in it' }),
    }),
    { description: 'Those with most messages first' },
  ),
  has_more: Type.Boolean(),
});

const MetricName = Type.Union(
  [Type.Literal('messages'), Type.Literal('active_users'), Type.Literal('connections')],
  { description: 'Messages, users who wrote, or sessions that began' },
);
const Unit = Type.Union([Type.Literal('minute'), Type.Literal('hour'), Type.Literal('day')], {
  default: 'day',
  description: 'How long the stretches are. Active users by minutes are there for two days',
});

const Timeseries = Type.Object({
  metric: MetricName,
  bucket: Unit,
  time_zone: Type.String(),
  items: Type.Array(
    Type.Object({
      start: Type.Integer({ description: 'When the stretch begins, ms since the epoch' }),
      date: Type.Optional(Type.String({ description: 'Of a day, by the calendar of the zone: 2026-12-01' })),
      value: Type.Integer({ minimum: 0 }),
    }),
    { description: 'Every stretch, the oldest first' },
  ),
  has_more: Type.Boolean(),
});

type ActivityDeps = IdentificationDeps & Pick<HttpDeps, 'activity' | 'now'>;

/** Figures of all channels and users, for moderators and administrators. */
export function activityRoutes(app: App, deps: ActivityDeps): void {
  const { activity, now } = deps;
  const onRequest = identified(deps, isStaffOfAll);

  app.get(
    '/activity/sessions',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Sessions by day',
        description:
          'Of a user, or of everybody: how many connections began on each day, and how long they were. Clients of dashboards have none.',
        querystring: Type.Object({ user_id: Type.Optional(UserId), ...SPAN }),
        response: responses({ 200: SessionDays }),
      },
      onRequest,
    },
    async (request, reply) => {
      const span = spanOf(request.query, now());
      const days = await activity.sessions(span, request.query.user_id);
      if (!days.ok) return sendProblem(reply, days.failure);
      const items = days.value.map(({ date = '', begun, ms }) => ({
        ...{ date, count: begun },
        total_duration_seconds: ms / 1_000,
      }));
      return reply
        .header('cache-control', 'no-store')
        .send({ items, has_more: false, time_zone: span.timeZone });
    },
  );

  app.get(
    '/activity/channels',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Messages by channel',
        description:
          'How many were sent in a time, which is made longer to whole quarters of an hour. What was deleted since is in it.',
        querystring: Type.Object({ ...RANGE, limit: Limit }),
        response: responses({ 200: Channels }),
      },
      onRequest,
    },
    async (request, reply) => {
      const channels = await activity.channels(rangeOf(request.query, now()), request.query.limit);
      if (!channels.ok) return sendProblem(reply, channels.failure);
      const { items, hasMore } = channels.value;
      return reply.header('cache-control', 'no-store').send({
        items: items.map(({ channelId, ...total }) => ({ channel_id: channelId, ...total })),
        has_more: hasMore,
      });
    },
  );

  app.get(
    '/activity/users',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Most active users',
        description:
          'Who sent most messages in a time, which is made longer to whole quarters of an hour, and how long they were here in it. What was deleted since is in it.',
        querystring: Type.Object({ ...RANGE, limit: Limit }),
        response: responses({ 200: Users }),
      },
      onRequest,
    },
    async (request, reply) => {
      const users = await activity.users(rangeOf(request.query, now()), request.query.limit);
      if (!users.ok) return sendProblem(reply, users.failure);
      const { items, hasMore } = users.value;
      return reply
        .header('cache-control', 'no-store')
        .send({ items: items.map(shownUser), has_more: hasMore });
    },
  );

  app.get(
    '/activity/timeseries',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Messages, active users or connections over time',
        description:
          'Days and hours are those of the zone, when its clocks are set too. What was deleted since is in it.',
        querystring: Type.Object({ metric: MetricName, bucket: Unit, ...SPAN }),
        response: responses({ 200: Timeseries }),
      },
      onRequest,
    },
    async (request, reply) => {
      const { metric, bucket } = request.query;
      const span = spanOf(request.query, now(), DEFAULT_SPAN_MS[bucket]);
      const points = await activity.timeseries(metric, bucket, span);
      if (!points.ok) return sendProblem(reply, points.failure);
      const items = points.value.map(({ start, date, value }) => ({
        ...{ start, value },
        ...(date === undefined ? {} : { date }),
      }));
      return reply
        .header('cache-control', 'no-store')
        .send({ metric, bucket, time_zone: span.timeZone, items, has_more: false });
    },
  );
}

interface RangeQuery {
  readonly from?: number;
  readonly to?: number;
}

function rangeOf(query: RangeQuery, now: number, defaultMs = DEFAULT_DAYS * DAY_MS): Omit<Span, 'timeZone'> {
  const { to = now } = query;
  return { from: query.from ?? Math.max(0, to - defaultMs), to };
}

function spanOf(query: RangeQuery & { readonly time_zone: string }, now: number, defaultMs?: number): Span {
  return { ...rangeOf(query, now, defaultMs), timeZone: query.time_zone };
}

function shownUser({ userId, begun, ms, ...user }: ActiveUser): Static<typeof Users>['items'][number] {
  return { user_id: userId, ...user, sessions: begun, total_duration_seconds: ms / 1_000 };
}
