/** `GET /whispers` and `GET /whispers/conversations`: one's own inbox. Nothing in a request names another's. */
import Type from 'typebox';
import { failure } from '../../protocol/errors.ts';
import { MAX_PAGE_BYTES } from '../../protocol/limits.ts';
import type { App } from '../app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { identified, userOf, type IdentificationDeps } from '../identification.ts';
import type { HistoryEvent } from '../ports/history-reader.ts';
import type { WhisperRange } from '../ports/whisper-reader.ts';
import { sendProblem } from '../problem.ts';
import { restData } from '../rest-data.ts';
import { Limit, ref, responses, Seq, TOKEN_NEEDED, type WhisperEvent } from '../schemas.ts';

const WhisperQuery = Type.Object({
  with: Type.Optional(personText('Id of the person whose whispers, and those to whom, are asked for')),
  name: Type.Optional(personText('The same by their name, in any case and width')),
  before: Type.Optional(
    Type.Integer({ ...Seq, description: '`next` of the page before: what lies before that `seq`' }),
  ),
  limit: Limit,
});

const Whispers = Type.Object({
  items: Type.Array(ref('WhisperEvent'), { description: 'Oldest first' }),
  has_more: Type.Boolean({ description: 'Whether older ones lie before' }),
  next: Type.Optional(Type.Integer({ description: 'For `before`' })),
});

const Conversations = Type.Object({
  items: Type.Array(
    Type.Object({
      with: ref('Person'),
      last: ref('WhisperEvent'),
      unread: Type.Integer({ minimum: 0, description: 'Whispers of this person that are not read' }),
    }),
    { description: 'Those last written in first' },
  ),
  has_more: Type.Boolean(),
});

type WhisperDeps = IdentificationDeps & Pick<HttpDeps, 'whispers'>;

/** What one has whispered and was whispered. */
export function whisperRoutes(app: App, deps: WhisperDeps): void {
  const { whispers } = deps;

  app.get(
    '/whispers',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: "A page of one's whispers",
        description:
          'With one person, named by `with` or `name`, or the whole inbox; without `before` the newest page. Someone ' +
          'with whom there are none, or whom nobody knows, has an empty page.',
        querystring: WhisperQuery,
        response: responses({ 200: Whispers }),
      },
      onRequest: identified(deps),
    },
    async (request, reply) => {
      const { with: id, name, before, limit } = request.query;
      if (id !== undefined && name !== undefined) {
        return sendProblem(reply, failure('bad_request', 'Either with or name, not both.'));
      }
      const page = await whispers.read(userOf(request).id, {
        ...correspondent(id, name),
        ...(before === undefined ? {} : { beforeSeq: before }),
        limit,
        maxBytes: MAX_PAGE_BYTES,
      });
      if (!page.ok) return sendProblem(reply, page.failure);
      const { events, hasMore } = page.value;
      const [oldest] = events;
      return reply.header('cache-control', 'no-store').send({
        items: events.map(whisperEvent),
        has_more: hasMore,
        ...(hasMore && oldest !== undefined ? { next: oldest.seq } : {}),
      });
    },
  );

  app.get(
    '/whispers/conversations',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'With whom one has whispered, and what is unread',
        querystring: Type.Object({ limit: Limit }),
        response: responses({ 200: Conversations }),
      },
      onRequest: identified(deps),
    },
    async (request, reply) => {
      const list = await whispers.conversations(userOf(request).id, request.query.limit, MAX_PAGE_BYTES);
      if (!list.ok) return sendProblem(reply, list.failure);
      const { items, hasMore } = list.value;
      return reply.header('cache-control', 'no-store').send({
        items: items.map(({ with: person, last, unread }) => ({
          with: person,
          last: whisperEvent(last),
          unread,
        })),
        has_more: hasMore,
      });
    },
  );
}

function personText(description: string) {
  return Type.String({ minLength: 1, maxLength: 128, description });
}

function correspondent(id: string | undefined, name: string | undefined): Pick<WhisperRange, 'with'> {
  if (id !== undefined) return { with: { id } };
  return name === undefined ? {} : { with: { name } };
}

function whisperEvent({ type, seq, timestamp, data }: HistoryEvent): WhisperEvent {
  return { type, seq, timestamp, data: restData(data) };
}
