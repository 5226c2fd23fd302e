/** `GET /reports` and `PATCH /reports/:id`. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { Static } from 'typebox';
import { failure } from '../../protocol/errors.ts';
import { MAX_REASON_LENGTH } from '../../protocol/limits.ts';
import { isStaff } from '../../protocol/permissions.ts';
import { type Report, resolvedFrame } from '../../protocol/reports.ts';
import { isStorable } from '../../protocol/text.ts';
import type { App } from '../app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { type IdentificationDeps, identified, userOf } from '../identification.ts';
import { sendProblem } from '../problem.ts';
import { ChannelId, Limit, ref, responses, TOKEN_NEEDED } from '../schemas.ts';
import { channelProblem } from '../visible-channel.ts';

const Id = Type.String({ minLength: 1, maxLength: 64 });
const State = Type.Union([Type.Literal('open'), Type.Literal('claimed'), Type.Literal('resolved')]);
const Outcome = Type.Union([Type.Literal('actioned'), Type.Literal('dismissed')]);
const Time = Type.Integer({ description: 'ms since the epoch' });

const Message = Type.Object({
  id: Type.String(),
  author: ref('Person'),
  content: Type.String(),
  timestamp: Time,
});
const ReportShown = Type.Object({
  id: Type.String(),
  channel_id: ChannelId,
  state: State,
  reporter: ref('Person'),
  reason: Type.String(),
  created_at: Time,
  message: { ...Message, description: 'As it was when it was reported' },
  context: Type.Array(Message, { description: 'What was said before it, oldest first' }),
  claimed_by: Type.Optional(ref('Person')),
  resolved_by: Type.Optional(ref('Person')),
  resolved_at: Type.Optional(Time),
  outcome: Type.Optional(Outcome),
  note: Type.Optional(Type.String()),
});
const Reports = Type.Object({
  items: Type.Array(ReportShown, { description: 'Newest first' }),
  has_more: Type.Boolean(),
  next: Type.Optional(Type.String({ description: 'For `after`' })),
});
const ReportsQuery = Type.Object({
  channel_id: Type.Optional(ChannelId),
  state: Type.Optional(State),
  after: Type.Optional({ ...Id, description: '`next` of the page before' }),
  limit: Limit,
});
const ReportChange = Type.Object({
  state: Type.Union([Type.Literal('claimed'), Type.Literal('resolved')]),
  outcome: Type.Optional({ ...Outcome, description: 'Of one that is resolved' }),
  note: Type.Optional(Type.String({ maxLength: MAX_REASON_LENGTH })),
});

type ReportDeps = IdentificationDeps &
  Pick<HttpDeps, 'reports' | 'reportQueue' | 'shards' | 'directory' | 'policy' | 'now'>;

/** The queue of reports: for staff of all channels, for others of those that they moderate or own. */
export function reportRoutes(app: App, deps: ReportDeps): void {
  const { reports, reportQueue, shards, now } = deps;
  const onRequest = [
    identified(deps),
    async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
      const problem = await reportQueue.problem(userOf(request));
      return problem === null ? undefined : sendProblem(reply, problem);
    },
  ];

  app.get(
    '/reports',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Messages that were reported',
        description:
          'Those of all channels that one looks after, or of one; nobody sees reports of their own messages.',
        querystring: ReportsQuery,
        response: responses({ 200: Reports }, [404]),
      },
      onRequest,
    },
    async (request, reply) => {
      const { channel_id: channelId, ...query } = request.query;
      const user = userOf(request);
      if (channelId !== undefined && !isStaff(user)) {
        const problem = await channelProblem(deps, channelId, user, 'report:handle');
        if (problem !== null) return sendProblem(reply, problem);
      }
      const page = await reportQueue.list(user, {
        ...query,
        ...(channelId === undefined ? {} : { channelId }),
      });
      if (!page.ok) return sendProblem(reply, page.failure);
      const { items, hasMore } = page.value;
      const oldest = items.at(-1);
      return reply.header('cache-control', 'no-store').send({
        items: items.map(shownReport),
        has_more: hasMore,
        ...(hasMore && oldest !== undefined ? { next: oldest.id } : {}),
      });
    },
  );

  app.patch(
    '/reports/:id',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Take a report on, or resolve it',
        description: 'With an `outcome` it is resolved, and its reporter told.',
        params: Type.Object({ id: Id }),
        body: ReportChange,
        response: responses({ 200: ReportShown }, [404, 409]),
      },
      onRequest,
    },
    async (request, reply) => {
      const { state, outcome, note } = request.body;
      const problem = changeProblem(request.body);
      if (problem !== null) return sendProblem(reply, failure('bad_request', problem));
      const reader = userOf(request);
      const by = { id: reader.id, name: reader.name };
      const work = { id: request.params.id, by, reader, at: now() };
      const handled =
        state === 'claimed' || outcome === undefined
          ? await reports.claim(work)
          : await reports.resolve({ ...work, outcome, ...(note === undefined ? {} : { note }) });
      if (!handled.ok) return sendProblem(reply, handled.failure);
      const { report, duplicate } = handled.value;
      if (state === 'resolved' && !duplicate) {
        await shards.tell(report.reporter.id, resolvedFrame(report, work.at));
      }
      return reply.send(shownReport(report));
    },
  );
}

function changeProblem({ state, outcome, note }: Static<typeof ReportChange>): string | null {
  if ((state === 'resolved') !== (outcome !== undefined))
    return 'An outcome goes with resolved, and with nothing else.';
  if (note === undefined) return null;
  if (state === 'claimed') return 'A note goes with resolved.';
  return note.trim() !== '' && isStorable(note)
    ? null
    : 'The note is empty, or not well-formed Unicode without U+0000.';
}

function shownReport(report: Report): Static<typeof ReportShown> {
  const { id, channelId, state, reporter, reason, createdAt, message, context, outcome, note } = report;
  const { claimedBy, resolvedBy, resolvedAt } = report;
  return {
    ...{ id, channel_id: channelId, state, reporter, reason, created_at: createdAt, message },
    context: [...context],
    ...(claimedBy === undefined ? {} : { claimed_by: claimedBy }),
    ...(resolvedBy === undefined ? {} : { resolved_by: resolvedBy }),
    ...(resolvedAt === undefined ? {} : { resolved_at: resolvedAt }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(note === undefined ? {} : { note }),
  };
}
