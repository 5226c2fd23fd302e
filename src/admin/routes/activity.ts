/** `/activity/*`: who was here, and what was said where, for people who run the server. */
import Type from 'typebox';
import { isStaff } from '../../protocol/permissions.ts';
import type { Span } from '../activity/activity-report.ts';
import type { App } from '../app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { identified, type IdentificationDeps } from '../identification.ts';
import { sendProblem } from '../problem.ts';
import { UserId } from '../sanction-form.ts';
import { responses, TOKEN_NEEDED } from '../schemas.ts';

const DAY_MS = 86_400_000;
/** What a question that names no beginning is about. */
const DEFAULT_DAYS = 30;

const Time = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const SPAN = {
  from: Type.Optional({
    ...Time,
    description: `ms since the epoch; default: ${DEFAULT_DAYS} days before \`to\``,
  }),
  to: Type.Optional({ ...Time, description: 'Before, ms since the epoch; default: now' }),
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

type ActivityDeps = IdentificationDeps & Pick<HttpDeps, 'activity' | 'now'>;

/** Figures of all channels and users, for moderators and administrators. */
export function activityRoutes(app: App, deps: ActivityDeps): void {
  const { activity, now } = deps;
  const onRequest = identified(deps, (user) => isStaff(user) && user.channels === undefined);

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
}

function spanOf(
  query: { readonly from?: number; readonly to?: number; readonly time_zone: string },
  now: number,
): Span {
  const { to = now, time_zone: timeZone } = query;
  return { from: query.from ?? Math.max(0, to - DEFAULT_DAYS * DAY_MS), to, timeZone };
}
