/** `GET /chat/history/:id`. */
import Type from 'typebox';
import { failure } from '../../protocol/errors.ts';
import { MAX_PAGE_BYTES } from '../../protocol/limits.ts';
import { dataFor, mayBeShadowed, type Reader } from '../../protocol/shadow.ts';
import type { App } from '../app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { identified, userOf, type IdentificationDeps } from '../identification.ts';
import type { HistoryEvent, HistoryRange } from '../ports/history-reader.ts';
import { sendProblem } from '../problem.ts';
import { restData } from '../rest-data.ts';
import { ChannelId, Limit, type LogEvent, Seq, ref, responses, TOKEN_NEEDED } from '../schemas.ts';
import { findReadable, noSuchChannel } from '../visible-channel.ts';

const HistoryQuery = Type.Object({
  before_seq: Type.Optional(Seq),
  after_seq: Type.Optional(Seq),
  limit: Limit,
});

const History = Type.Object({
  items: Type.Array(ref('LogEvent'), { description: 'Oldest first' }),
  has_more: Type.Boolean({ description: 'Whether more lies in the direction of reading' }),
  floor: Type.Optional(
    Type.Integer({
      description:
        'The first number that there still is, where earlier ones were removed because their time was over',
    }),
  ),
  next: Type.Optional(
    Type.Integer({ description: 'For `before_seq`; for `after_seq` where that was asked for' }),
  ),
});

type HistoryDeps = IdentificationDeps & Pick<HttpDeps, 'directory' | 'history' | 'policy' | 'now'>;

/** A channel's log in pages: the newest one, or those before or after a place. */
export function historyRoutes(app: App, deps: HistoryDeps): void {
  const { history } = deps;

  app.get(
    '/chat/history/:id',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: "A page of a channel's history",
        description: 'Without before_seq and after_seq the newest page.',
        params: Type.Object({ id: ChannelId }),
        querystring: HistoryQuery,
        response: responses({ 200: History }, [404]),
      },
      onRequest: identified(deps),
    },
    async (request, reply) => {
      const { id } = request.params;
      const { before_seq: before, after_seq: after, limit } = request.query;
      if (before !== undefined && after !== undefined) {
        return sendProblem(reply, failure('bad_request', 'Either before_seq or after_seq, not both.'));
      }
      const found = await findReadable(deps, id, userOf(request));
      if (!found.ok) return sendProblem(reply, found.failure);
      if (found.value === null) return sendProblem(reply, noSuchChannel().failure);
      const range: HistoryRange = { ...place(before, after), limit, maxBytes: MAX_PAGE_BYTES };
      const page = await history.read(id, range);
      if (!page.ok) return sendProblem(reply, page.failure);
      const { events, hasMore, floor = 1 } = page.value;
      const { reader } = found.value;
      const edge = range.direction === 'after' ? events.at(-1) : events.at(0);
      return reply.send({
        items: events.map((event) => restEvent(id, event, reader)),
        has_more: hasMore,
        ...(floor > 1 ? { floor } : {}),
        ...(hasMore && edge !== undefined ? { next: edge.seq } : {}),
      });
    },
  );
}

function place(
  before: number | undefined,
  after: number | undefined,
): Pick<HistoryRange, 'direction' | 'seq'> {
  if (before !== undefined) return { direction: 'before', seq: before };
  return after === undefined ? { direction: 'newest' } : { direction: 'after', seq: after };
}

function restEvent(
  channelId: string,
  { type, seq, timestamp, data }: HistoryEvent,
  reader: Reader,
): LogEvent {
  const seen = mayBeShadowed(data) ? dataFor(type, data, reader) : data;
  if (seen === null || type === 'void') return { type: 'void', channel_id: channelId, seq };
  return { type, channel_id: channelId, seq, timestamp, data: restData(seen) };
}
