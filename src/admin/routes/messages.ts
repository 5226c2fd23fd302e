/** `GET /messages`: what was said, in all channels that one may read or in some of them. */
import Type from 'typebox';
import {
  DEFAULT_SEARCH_LIMIT,
  MAX_SEARCH_CHANNELS,
  MAX_SEARCH_LIMIT,
  MAX_SEARCH_OFFSET,
} from '../../protocol/message-search.ts';
import type { FoundMessage } from '../../protocol/message-search.ts';
import type { App } from '../app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { identified, type IdentificationDeps, userOf } from '../identification.ts';
import { sendProblem } from '../problem.ts';
import { restData } from '../rest-data.ts';
import { ChannelId, type LogEvent, ref, responses, TOKEN_NEEDED } from '../schemas.ts';

const MAX_TIME = Number.MAX_SAFE_INTEGER;

const MessageQuery = Type.Object({
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
  user_id: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'Id of the author' })),
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
});

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
        querystring: MessageQuery,
        response: responses({ 200: Messages }, [404]),
      },
      onRequest: identified(deps),
    },
    async (request, reply) => {
      const { channel, keyword, user_id: author, before, after, cursor, offset, limit } = request.query;
      const page = await deps.search.search(userOf(request), {
        ...{ offset, limit },
        ...(keyword === undefined || keyword === '' ? {} : { text: keyword }),
        ...(channel === undefined ? {} : { channels: [channel].flat() }),
        ...(author === undefined ? {} : { author: { id: author } }),
        ...(before === undefined ? {} : { before }),
        ...(after === undefined ? {} : { after }),
        ...(cursor === undefined ? {} : { behind: cursor }),
      });
      if (!page.ok) return sendProblem(reply, page.failure);
      const { messages, hasMore, next } = page.value;
      return reply.header('cache-control', 'no-store').send({
        items: messages.map(restEvent),
        has_more: hasMore,
        ...(next === undefined ? {} : { next }),
      });
    },
  );
}

function restEvent({ channelId, seq, timestamp, data }: FoundMessage): LogEvent {
  return { type: 'message:created', channel_id: channelId, seq, timestamp, data: restData(data) };
}
