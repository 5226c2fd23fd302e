/** `GET /channels` and `POST /channels`. */
import Type from 'typebox';
import { parseChannelName, parseTopic } from '../../protocol/channel-text.ts';
import type { ChannelSummary } from '../../protocol/entities.ts';
import { failure } from '../../protocol/errors.ts';
import { mayCreateChannel, maySee } from '../../protocol/permissions.ts';
import type { Result } from '../../protocol/result.ts';
import { ok } from '../../protocol/result.ts';
import type { App } from '../app.ts';
import { slugOf } from '../channel-input.ts';
import type { HttpDeps } from '../http-deps.ts';
import { identified, userOf, type IdentificationDeps } from '../identification.ts';
import { sendProblem } from '../problem.ts';
import { notYours } from '../visible-channel.ts';
import { ChannelId, Limit, ref, responses, TOKEN_NEEDED } from '../schemas.ts';

// Nothing else can stand in an id, and the database can't take all of what a query may hold.
const CHANNEL_ID_PREFIX = '^[A-Za-z0-9_.:-]{0,64}$';

const ListQuery = Type.Object({
  prefix: Type.Optional(Type.String({ pattern: CHANNEL_ID_PREFIX, description: 'Only ids that begin so' })),
  after: Type.Optional(Type.String({ pattern: CHANNEL_ID_PREFIX, description: '`next` of the page before' })),
  limit: Limit,
});

const ChannelList = Type.Object({
  items: Type.Array(ref('Channel')),
  has_more: Type.Boolean(),
  next: Type.Optional(Type.String({ description: 'For `after`' })),
});

const NewChannel = Type.Object({
  name: Type.String({ description: '1 to 64 characters' }),
  description: Type.Optional(Type.String({ description: 'Its topic, at most 500 characters' })),
  id: Type.Optional(ChannelId),
  private: Type.Optional(Type.Boolean({ description: 'For members only: you, and whom you invite' })),
});

type ChannelDeps = IdentificationDeps & Pick<HttpDeps, 'directory' | 'shards' | 'policy' | 'now' | 'newId'>;

/** Listing public channels and making one. */
export function channelRoutes(app: App, deps: ChannelDeps): void {
  const { directory, shards, policy, now, newId } = deps;

  app.get(
    '/channels',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Public channels and private ones of which you are a member, by id',
        querystring: ListQuery,
        response: responses({ 200: ChannelList }),
      },
      onRequest: identified(deps),
    },
    async (request, reply) => {
      const { id: member, channels: within } = userOf(request);
      const page = await directory.list({
        ...request.query,
        ...(within === undefined ? { member } : { within }),
      });
      if (!page.ok) return sendProblem(reply, page.failure);
      const { items, hasMore } = page.value;
      const next = hasMore ? items.at(-1)?.id : undefined;
      return reply.send({ items, has_more: hasMore, ...(next === undefined ? {} : { next }) });
    },
  );

  app.post(
    '/channels',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Make a channel',
        description: 'You own it then. Without `id` it is made of the name.',
        body: NewChannel,
        response: responses({ 201: ref('Channel') }, [409]),
      },
      onRequest: identified(deps, (user) => mayCreateChannel(user, policy)),
    },
    async (request, reply) => {
      const wanted = channelOf(request.body, newId);
      if (!wanted.ok) return sendProblem(reply, wanted.failure);
      const user = userOf(request);
      if (!maySee(user, wanted.value, true)) return sendProblem(reply, notYours());
      const made = await directory.create(wanted.value, user, now());
      if (!made.ok) return sendProblem(reply, made.failure);
      if (!made.value.created) return sendProblem(reply, failure('conflict', 'This id is taken.'));
      const { channel } = made.value;
      await shards.channelCreated(channel);
      return reply.code(201).send(channel);
    },
  );
}

function channelOf(
  body: {
    readonly name: string;
    readonly description?: string;
    readonly id?: string;
    readonly private?: boolean;
  },
  newId: () => string,
): Result<ChannelSummary> {
  const name = parseChannelName(body.name);
  if (!name.ok) return name;
  const topic = parseTopic(body.description ?? '');
  if (!topic.ok) return topic;
  // A name of which no id can be made (another script) gets one of its own.
  const id = body.id ?? slugOf(name.value) ?? newId();
  return ok({
    id,
    name: name.value,
    private: body.private ?? false,
    ...(topic.value === '' ? {} : { topic: topic.value }),
  });
}
