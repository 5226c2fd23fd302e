/** `GET /messages` and `GET /users/:id/messages`: what was said, in all channels that one may read or in some of them. */
import Type from 'typebox';
import type { Static } from 'typebox';
import {
  DEFAULT_SEARCH_LIMIT,
  MAX_SEARCH_CHANNELS,
  MAX_SEARCH_LIMIT,
  MAX_SEARCH_OFFSET,
} from '../../protocol/message-search.ts';
import type { FoundMessage } from '../../protocol/message-search.ts';
import type { Principal } from '../../protocol/entities.ts';
import { ok, type Result } from '../../protocol/result.ts';
import type { App } from '../app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { identified, type IdentificationDeps, userOf } from '../identification.ts';
import { sendProblem } from '../problem.ts';
import { restData } from '../rest-data.ts';
import { ChannelId, type LogEvent, ref, responses, TOKEN_NEEDED } from '../schemas.ts';

const MAX_TIME = Number.MAX_SAFE_INTEGER;

const SEARCH = {
  channel: Type.Optional(
    Type.Union([ChannelId, Type.Array(ChannelId, { minItems: 1, maxItems: MAX_SEARCH_CHANNELS })], {
      description: 'Id of a channel; may stand several times. Without it: all that one may read',
    }),
  ),
  keyword: Type.Optional(
    Type.String({
      description:
        'Words that have to be there, `word*` for what begins so, `"two words"` side by side; at most 200 characters ' +
        'and 10 words. Without it, or empty: any text',
    }),
  ),
  before: Type.Optional(
    Type.Integer({ minimum: 0, maximum: MAX_TIME, description: 'Sent before this time, ms since the epoch' }),
  ),
  after: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: MAX_TIME,
      description: 'Sent at this time or later, ms since the epoch',
    }),
  ),
  cursor: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 128,
      description: '`next` of the page before: the id of its last message',
    }),
  ),
  offset: Type.Integer({
    minimum: 0,
    maximum: MAX_SEARCH_OFFSET,
    default: 0,
    description: 'So many are left out; `cursor` goes on as far as one likes',
  }),
  limit: Type.Integer({
    minimum: 1,
    maximum: MAX_SEARCH_LIMIT,
    default: DEFAULT_SEARCH_LIMIT,
    description: 'Most items of the answer',
  }),
};
const UserId = Type.String({ minLength: 1, maxLength: 128, description: 'Id of the author' });
const OfAnybody = Type.Object({ ...SEARCH, user_id: Type.Optional(UserId) });
const OfSomebody = Type.Object(SEARCH);

const Messages = Type.Object({
  items: Type.Array(ref('LogEvent'), { description: 'Newest first' }),
  has_more: Type.Boolean({ description: 'Whether older ones lie behind' }),
  next: Type.Optional(Type.String({ description: 'For `cursor`' })),
});

type MessageDeps = IdentificationDeps & Pick<HttpDeps, 'search'>;

/** The search over messages. */
export function messageRoutes(app: App, deps: MessageDeps): void {
  app.get(
    '/messages',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Messages by their words, author, channel and time',
        description:
          'Newest first: in one channel by `seq`, over several by time. Messages come as they stand now.',
        querystring: OfAnybody,
        response: responses({ 200: Messages }, [404]),
      },
      onRequest: identified(deps),
    },
    async (request, reply) => {
      const { user_id: author, ...query } = request.query;
      const page = await found(deps.search, userOf(request), query, author);
      if (!page.ok) return sendProblem(reply, page.failure);
      return reply.header('cache-control', 'no-store').send(page.value);
    },
  );

  app.get(
    '/users/:id/messages',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Messages of a user',
        description: 'As far as one may read them; those of somebody who was deleted too.',
        params: Type.Object({ id: UserId }),
        querystring: OfSomebody,
        response: responses({ 200: Messages }, [404]),
      },
      onRequest: identified(deps),
    },
    async (request, reply) => {
      const page = await found(deps.search, userOf(request), request.query, request.params.id);
      if (!page.ok) return sendProblem(reply, page.failure);
      return reply.header('cache-control', 'no-store').send(page.value);
    },
  );
}

/** A page of what `asker` may read of it. */
async function found(
  search: MessageDeps['search'],
  asker: Principal,
  query: Static<typeof OfSomebody>,
  author: string | undefined,
): Promise<Result<Static<typeof Messages>>> {
  const { channel, keyword, before, after, cursor, offset, limit } = query;
  const page = await search.search(asker, {
    ...{ offset, limit },
    ...(keyword === undefined || keyword === '' ? {} : { text: keyword }),
    ...(channel === undefined ? {} : { channels: [channel].flat() }),
    ...(author === undefined ? {} : { author: { id: author } }),
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    ...(cursor === undefined ? {} : { behind: cursor }),
  });
  if (!page.ok) return page;
  const { messages, hasMore, next } = page.value;
  return ok({
    items: messages.map(restEvent),
    has_more: hasMore,
    ...(next === undefined ? {} : { next }),
  });
}

function restEvent({ channelId, seq, timestamp, data }: FoundMessage): LogEvent {
  return { type: 'message:created', channel_id: channelId, seq, timestamp, data: restData(data) };
}
