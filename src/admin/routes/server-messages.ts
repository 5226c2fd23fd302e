/** `/server/publish`, `/server/broadcast`, `/server/whisper`: what other programs say. */
import Type from 'typebox';
import { failure, type Failure } from '../../protocol/errors.ts';
import { Person } from '../../protocol/person.ts';
import { hasControlCharacters, isStorable } from '../../protocol/text.ts';
import { ok } from '../../protocol/result.ts';
import type { App } from '../app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { keyed, type KeyedDeps } from '../keyed.ts';
import { once } from '../once.ts';
import { sendProblem } from '../problem.ts';
import { ChannelId, KEY_NEEDED, responses } from '../schemas.ts';
import { MAX_BROADCAST_CHANNELS, type Published } from '../server-api.ts';

const Content = Type.String({ description: '1 to 4,000 characters' });
const Meta = Type.Optional(
  Type.Record(Type.String(), Type.Unknown(), { description: 'At most 4 KiB of JSON' }),
);
const ClientMessageId = Type.Optional(
  Type.String({ minLength: 1, maxLength: 128, description: 'The same for every try of one message' }),
);
const Name = Type.String({ minLength: 1, maxLength: 64 });

const Publication = Type.Object({
  channel_id: ChannelId,
  content: Content,
  author: Type.Optional(
    Type.Object(
      { id: Type.String({ minLength: 1, maxLength: 128 }), name: Name },
      { description: 'Whose message it is shown as; without it and `user_id` the server’s' },
    ),
  ),
  user_id: Type.Optional(
    Type.String({ minLength: 1, maxLength: 128, description: 'A user of this server, in place of `author`' }),
  ),
  client_message_id: ClientMessageId,
  reply_to: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'Id of a message' })),
  meta: Meta,
  moderated: Type.Optional(
    Type.Boolean({ description: 'Whether automod and the modes of the channel hold for it; default: no' }),
  ),
});
const Broadcast = Type.Object({
  content: Content,
  channels: Type.Optional(
    Type.Array(ChannelId, {
      minItems: 1,
      maxItems: MAX_BROADCAST_CHANNELS,
      description: 'Default: all public ones',
    }),
  ),
  client_message_id: ClientMessageId,
  meta: Meta,
});
const Whisper = Type.Object({ to: Person, content: Content, client_message_id: ClientMessageId });

const PLACED = {
  id: Type.String(),
  seq: Type.Optional(Type.Integer({ minimum: 1 })),
  duplicate: Type.Optional(Type.Boolean({ description: 'It stood there before' })),
  held: Type.Optional(Type.Boolean({ description: 'It waits for a moderator, and has no `seq` yet' })),
};
const Placed = Type.Object(PLACED);
const Broadcasted = Type.Object({
  items: Type.Array(
    Type.Object({
      channel_id: ChannelId,
      ...Type.Partial(Type.Object(PLACED)).properties,
      error: Type.Optional(Type.String({ description: 'Code of what stood against it there' })),
    }),
  ),
  has_more: Type.Boolean({ description: `There are more than ${MAX_BROADCAST_CHANNELS} public channels` }),
});

const RETRIES =
  'A 503 means that the outcome is not known: sent again with the same `Idempotency-Key` or `client_message_id` it is written once.';

type MessageDeps = KeyedDeps & Pick<HttpDeps, 'serverApi' | 'answers' | 'now'>;

/** Publishing to channels and whispering, with keys for that. */
export function serverMessageRoutes(app: App, deps: MessageDeps): void {
  const { serverApi } = deps;

  app.post(
    '/server/publish',
    {
      schema: {
        security: KEY_NEEDED,
        summary: 'Write a message to a channel',
        description: `In the log before it is answered, in the order of the channel. ${RETRIES}`,
        body: Publication,
        response: responses({ 200: Placed, 201: Placed }, [404, 409, 413, 422]),
      },
      onRequest: keyed(deps, 'publish'),
    },
    async (request, reply) => {
      const { author, user_id: userId, content, meta } = request.body;
      const problem = author === undefined ? null : authorProblem(author);
      if (problem !== null) return sendProblem(reply, problem);
      return once(deps, request, reply, async (tryId) => {
        const published = await serverApi.publish({
          ...{ channelId: request.body.channel_id, content, author, userId },
          clientMessageId: request.body.client_message_id ?? tryId,
          replyTo: request.body.reply_to,
          meta,
          judged: request.body.moderated,
        });
        return published.ok ? ok(placed(published.value)) : published;
      });
    },
  );

  app.post(
    '/server/broadcast',
    {
      schema: {
        security: KEY_NEEDED,
        summary: 'Write the same to several channels',
        description: `As the server. Each channel tells by itself what came of it. ${RETRIES}`,
        body: Broadcast,
        response: responses({ 200: Broadcasted }, [409, 422]),
      },
      onRequest: keyed(deps, 'broadcast'),
    },
    async (request, reply) => {
      const { content, channels, meta } = request.body;
      return once(deps, request, reply, async (tryId) => {
        const clientMessageId = request.body.client_message_id ?? tryId;
        const sent = await serverApi.broadcast(content, channels, {
          ...{ meta, clientMessageId },
        });
        if (!sent.ok) return sent;
        const { items, hasMore } = sent.value;
        return ok({ status: 200, body: { items, has_more: hasMore } });
      });
    },
  );

  app.post(
    '/server/whisper',
    {
      schema: {
        security: KEY_NEEDED,
        summary: 'Whisper to somebody as the server',
        description: `404 for whoever isn’t there, and for whoever takes no whispers of it. ${RETRIES}`,
        body: Whisper,
        response: responses({ 200: Placed, 201: Placed }, [404, 409, 413, 422]),
      },
      onRequest: keyed(deps, 'whisper'),
    },
    async (request, reply) => {
      const { to, content } = request.body;
      return once(deps, request, reply, async (tryId) => {
        const sent = await serverApi.whisper(to, content, request.body.client_message_id ?? tryId);
        return sent.ok ? ok(placed(sent.value)) : sent;
      });
    },
  );
}

function placed({ id, seq, duplicate, held }: Published) {
  const body = {
    id,
    ...(seq === undefined ? {} : { seq }),
    ...(duplicate === undefined ? {} : { duplicate }),
    ...(held === undefined ? {} : { held }),
  };
  return { status: duplicate === true ? 200 : 201, body };
}

function authorProblem({ id, name }: { readonly id: string; readonly name: string }): Failure | null {
  const isPlain = [id, name].every((text) => isStorable(text) && !hasControlCharacters(text));
  return isPlain ? null : failure('bad_request', 'author.id and author.name are of printable characters');
}
