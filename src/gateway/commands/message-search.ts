import Type from 'typebox';
import { failure } from '../../protocol/errors.ts';
import { CHANNEL_ID_PATTERN } from '../../protocol/limits.ts';
import {
  DEFAULT_SEARCH_LIMIT,
  type FoundMessage,
  MAX_SEARCH_LIMIT,
  type SearchQuestion,
} from '../../protocol/message-search.ts';
import { Person } from '../../protocol/person.ts';
import { fail, ok } from '../../protocol/result.ts';
import { defineGatewayCommand } from '../command.ts';

const Text = Type.String({ minLength: 1, maxLength: 128 });
const Time = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
/** `{id}`, or that id alone, or `{name}`. */
const Author = Type.Union([Text, Person]);

/** Messages of the channels that one may read, newest first. */
export const messageSearch = defineGatewayCommand({
  type: 'message:search',
  rate: 'query',
  anonymous: false,
  data: Type.Object({
    text: Type.String({ minLength: 1 }),
    channelId: Type.Optional(Type.String({ pattern: CHANNEL_ID_PATTERN })),
    author: Type.Optional(Author),
    before: Type.Optional(Type.Union([Time, Text])),
    after: Type.Optional(Time),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_SEARCH_LIMIT })),
  }),
  async handle(
    { identity },
    { text, channelId, author, before, after, limit = DEFAULT_SEARCH_LIMIT },
    { search },
  ) {
    if (identity === null) return fail(failure('unauthorized', 'say hello first'));
    const found = await search.search(identity.user, {
      ...{ text, limit },
      ...(channelId === undefined ? {} : { channels: [channelId] }),
      ...(author === undefined ? {} : { author: typeof author === 'string' ? { id: author } : author }),
      ...startOf(before),
      ...(after === undefined ? {} : { after }),
    });
    if (!found.ok) return found;
    const { messages, hasMore, next } = found.value;
    return ok({ type: 'results', data: { events: messages.map(eventOf), hasMore, next } });
  },
});

/** `before` is a time, or the id of a message. */
function startOf(before: number | string | undefined): Pick<SearchQuestion, 'before' | 'behind'> {
  if (before === undefined) return {};
  return typeof before === 'number' ? { before } : { behind: before };
}

function eventOf({ channelId, seq, timestamp, data }: FoundMessage): object {
  return { type: 'message:created', channelId, seq, timestamp, data: JSON.parse(data) as object };
}
