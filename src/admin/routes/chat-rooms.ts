/** `POST /chat/rooms` and `GET /chat/rooms/:id/presence`. */
import Type from 'typebox';
import { mayCreateChannel, maySee } from '../../protocol/permissions.ts';
import type { App } from '../app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { identified, userOf, type IdentificationDeps } from '../identification.ts';
import { sendProblem } from '../problem.ts';
import { ChannelId, ref, responses, TOKEN_NEEDED } from '../schemas.ts';
import { findVisible, noSuchChannel, notYours } from '../visible-channel.ts';

const NewRoom = Type.Object({ room_id: ChannelId });
const Room = Type.Object({ room_id: ChannelId, name: Type.String(), created: Type.Boolean() });
const Presence = Type.Object({
  online: Type.Array(ref('Person'), { description: 'At most 100 of them' }),
  count: Type.Integer({ minimum: 0, description: 'All of them' }),
});

type ChatRoomDeps = IdentificationDeps & Pick<HttpDeps, 'directory' | 'shards' | 'policy' | 'now'>;

/** Channels for programs that make sure of one before they use it. */
export function chatRoomRoutes(app: App, deps: ChatRoomDeps): void {
  const { directory, shards, policy, now } = deps;

  app.post(
    '/chat/rooms',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Make sure that a channel is there',
        description: '201 for the request that made it, 200 for every other.',
        body: NewRoom,
        response: responses({ 200: Room, 201: Room }, [404]),
      },
      onRequest: identified(deps, (user) => mayCreateChannel(user, policy)),
    },
    async (request, reply) => {
      const user = userOf(request);
      const id = request.body.room_id;
      if (!maySee(user, { id, private: false })) return sendProblem(reply, notYours());
      const made = await directory.create({ id, name: id, private: false }, user, now());
      if (!made.ok) return sendProblem(reply, made.failure);
      const { channel, created } = made.value;
      const visible = created ? null : await findVisible(deps, id, user);
      if (visible?.ok === false) return sendProblem(reply, visible.failure);
      if (visible?.value === null) return sendProblem(reply, noSuchChannel().failure);
      if (created) await shards.channelCreated(channel);
      return reply.code(created ? 201 : 200).send({ room_id: channel.id, name: channel.name, created });
    },
  );

  app.get(
    '/chat/rooms/:id/presence',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Who is connected to a channel',
        params: Type.Object({ id: ChannelId }),
        response: responses({ 200: Presence }, [404]),
      },
      onRequest: identified(deps),
    },
    async (request, reply) => {
      const { id } = request.params;
      const channel = await findVisible(deps, id, userOf(request));
      if (!channel.ok) return sendProblem(reply, channel.failure);
      const presence = await shards.presence(id);
      if (!presence.ok) return sendProblem(reply, presence.failure);
      const { members, count } = presence.value;
      // A channel that people are in has no record until someone writes.
      if (channel.value === null && count === 0) return sendProblem(reply, noSuchChannel().failure);
      return reply.send({ online: members, count });
    },
  );
}
