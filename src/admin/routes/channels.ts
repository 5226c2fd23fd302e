/** `/channels`: listing, making, changing and deleting. */
import Type from 'typebox';
import { parseChannelName, parseDescription, parseTopic } from '../../protocol/channel-text.ts';
import { slugOf } from '../../protocol/channel-slug.ts';
import type { ChannelSummary } from '../../protocol/entities.ts';
import { failure } from '../../protocol/errors.ts';
import { isStaff, mayCreateChannel, maySee, mayWrite } from '../../protocol/permissions.ts';
import type { Result } from '../../protocol/result.ts';
import { ok } from '../../protocol/result.ts';
import type { App } from '../app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { identified, userOf, type IdentificationDeps } from '../identification.ts';
import { sendProblem } from '../problem.ts';
import { Retention, retentionFor, retentionIn, withoutRetention } from '../channel-retention.ts';
import { noSuchChannel, notYours } from '../visible-channel.ts';
import { ChannelId, Limit, ref, responses, TOKEN_NEEDED } from '../schemas.ts';

// Nothing else can stand in an id, and the database can't take all of what a query may hold.
const CHANNEL_ID_PREFIX = '^[A-Za-z0-9_.:-]{0,64}$';

const ListQuery = Type.Object({
  active: Type.Optional(
    Type.Boolean({ description: 'Only those that people are in now, and how many that are' }),
  ),
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
  description: Type.Optional(Type.String({ description: 'What it is for, at most 1,000 characters' })),
  topic: Type.Optional(Type.String({ description: 'At most 500 characters' })),
  id: Type.Optional(ChannelId),
  private: Type.Optional(Type.Boolean({ description: 'For members only: you, and whom you invite' })),
  ...Retention,
});

const OrNull = (description: string) =>
  Type.Optional(Type.Union([Type.String(), Type.Null()], { description }));
const ChannelChange = Type.Object({
  id: ChannelId,
  name: Type.Optional(Type.String({ description: '1 to 64 characters' })),
  description: OrNull('What it is for, at most 1,000 characters; null: nothing any more'),
  topic: OrNull('At most 500 characters; null: none any more'),
  private: Type.Optional(Type.Boolean()),
  archived: Type.Optional(Type.Boolean()),
  ...Retention,
  before_id: Type.Optional(
    Type.Union([ChannelId, Type.Null()], {
      description: 'It stands before this channel in lists; null: behind those that have a place',
    }),
  ),
  deleted: Type.Optional(
    Type.Literal(false, { description: 'Brings one back that was deleted and not purged' }),
  ),
});

const Deletion = Type.Object({
  id: ChannelId,
  purge: Type.Boolean({ default: false, description: 'Everything that is in it too; its id is free then' }),
});

type ChannelDeps = IdentificationDeps & Pick<HttpDeps, 'directory' | 'shards' | 'policy' | 'now' | 'newId'>;

/** Listing channels, making, changing and deleting them. */
export function channelRoutes(app: App, deps: ChannelDeps): void {
  const { directory, shards, policy, now, newId } = deps;

  app.get(
    '/channels',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Public channels and private ones of which you are a member',
        description:
          'Those that staff gave a place come in that order, then the others by id. Staff is told how long messages are kept.',
        querystring: ListQuery,
        response: responses({ 200: ChannelList }),
      },
      onRequest: identified(deps),
    },
    async (request, reply) => {
      const user = userOf(request);
      const { id: member, channels: within } = user;
      const { active = false, ...query } = request.query;
      const counts = active ? await shards.counts() : ok(null);
      if (!counts.ok) return sendProblem(reply, counts.failure);
      const page = await directory.list({
        ...query,
        ...(counts.value === null ? {} : { among: [...counts.value.keys()] }),
        ...(within === undefined ? { member } : { within }),
      });
      if (!page.ok) return sendProblem(reply, page.failure);
      const { hasMore } = page.value;
      const kept = await retentionFor(directory, user, page.value.items);
      if (!kept.ok) return sendProblem(reply, kept.failure);
      const items = page.value.items.map((channel) => ({
        ...channel,
        ...kept.value.get(channel.id),
        ...(counts.value === null ? {} : { present: counts.value.get(channel.id) ?? 0 }),
      }));
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
      const made = await directory.create(wanted.value, user, now(), retentionIn(request.body));
      if (!made.ok) return sendProblem(reply, made.failure);
      if (!made.value.created) return sendProblem(reply, failure('conflict', 'This id is taken.'));
      const { channel } = made.value;
      await shards.channelCreated(channel);
      const kept = await retentionFor(directory, user, [channel]);
      return reply.code(201).send({ ...channel, ...(kept.ok ? kept.value.get(channel.id) : {}) });
    },
  );

  app.patch(
    '/channels',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Change a channel',
        description:
          'What is named; everyone who is in it is told. Only staff may say where it stands, or bring it back.',
        body: ChannelChange,
        response: responses({ 200: ref('Channel') }, [404, 409]),
      },
      onRequest: identified(deps, (user) => mayWrite(user, policy)),
    },
    async (request, reply) => {
      const { id, deleted, before_id: before, ...named } = request.body;
      const user = userOf(request);
      // Whoever may not place channels is told that, and not which there are.
      if (typeof before === 'string' && isStaff(user)) {
        const next = await directory.find(before);
        if (!next.ok) return sendProblem(reply, next.failure);
        if (next.value === null) {
          return sendProblem(reply, failure('not_found', 'There is no channel `before_id`.'));
        }
      }
      const restored = deleted === undefined ? null : await shards.request(id, user, 'channel:restore', {});
      if (restored?.ok === false) return sendProblem(reply, restored.failure);
      const change = {
        ...withoutRetention(named),
        ...retentionIn(named),
        ...(before === undefined ? {} : { before }),
      };
      const isOnlyRestored = restored !== null && Object.keys(change).length === 0;
      const changed = isOnlyRestored ? restored : await shards.request(id, user, 'channel:update', change);
      if (!changed.ok) return sendProblem(reply, changed.failure);
      const found = await directory.find(id);
      if (!found.ok) return sendProblem(reply, found.failure);
      if (found.value === null) return sendProblem(reply, noSuchChannel().failure);
      const kept = await retentionFor(directory, user, [found.value]);
      return reply.send({ ...found.value, ...(kept.ok ? kept.value.get(id) : {}) });
    },
  );

  app.delete(
    '/channels',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Delete a channel',
        description:
          'Its owner may, and staff. Everyone who is in it is told, and out of it. Without `purge` staff can bring it back.',
        querystring: Deletion,
        response: responses({ 204: Type.Null({ description: 'Deleted' }) }, [404, 409]),
      },
      onRequest: identified(deps, (user) => mayWrite(user, policy)),
    },
    async (request, reply) => {
      const { id, purge } = request.query;
      const deleted = await shards.request(id, userOf(request), 'channel:delete', { purge });
      return deleted.ok ? reply.code(204).send() : sendProblem(reply, deleted.failure);
    },
  );
}

function channelOf(
  body: {
    readonly name: string;
    readonly description?: string;
    readonly topic?: string;
    readonly id?: string;
    readonly private?: boolean;
  },
  newId: () => string,
): Result<ChannelSummary> {
  const name = parseChannelName(body.name);
  if (!name.ok) return name;
  const topic = parseTopic(body.topic ?? '');
  if (!topic.ok) return topic;
  const description = parseDescription(body.description ?? '');
  if (!description.ok) return description;
  // A name of which no id can be made (another script) gets one of its own.
  const id = body.id ?? slugOf(name.value) ?? newId();
  return ok({
    id,
    name: name.value,
    private: body.private ?? false,
    ...(topic.value === '' ? {} : { topic: topic.value }),
    ...(description.value === '' ? {} : { description: description.value }),
  });
}
