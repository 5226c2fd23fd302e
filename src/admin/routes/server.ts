/** `GET` and `PATCH /server`: how the server is called. What is under `/server/` is for other programs (server-users.ts). */
import Type from 'typebox';
import { isStaffOfAll } from '../../protocol/permissions.ts';
import { ok } from '../../protocol/result.ts';
import { MAX_SERVER_NAME_LENGTH, parseServerName } from '../../protocol/server-name.ts';
import type { App } from '../app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { actorOf, identified, isAdmin, type IdentificationDeps } from '../identification.ts';
import { sendProblem } from '../problem.ts';
import { responses, TOKEN_NEEDED } from '../schemas.ts';

const Server = Type.Object({
  id: Type.String({ description: 'The same for ever' }),
  name: Type.String(),
  default_name: Type.String({
    description: 'SERVER_NAME of the settings: it holds where nobody gave another',
  }),
});

const ServerChange = Type.Object({
  name: Type.Union([Type.String(), Type.Null()], {
    description: `1 to ${MAX_SERVER_NAME_LENGTH} characters; null: that of the settings again`,
  }),
});

type ServerDeps = IdentificationDeps & Pick<HttpDeps, 'server' | 'serverNames'>;

/** The server's name, for staff to see and for administrators to change. */
export function serverRoutes(app: App, deps: ServerDeps): void {
  const { server, serverNames } = deps;

  app.get(
    '/server',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'How the server is called',
        response: responses({ 200: Server }),
      },
      // It is about all channels, and so are those who look after it.
      onRequest: identified(deps, isStaffOfAll),
    },
    async (_request, reply) => {
      const found = await serverNames.read();
      if (!found.ok) return sendProblem(reply, found.failure);
      const { name, initial } = found.value;
      return reply.send({ id: server.id, name, default_name: initial });
    },
  );

  app.patch(
    '/server',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Call the server something else',
        description: 'It holds at once, on other servers of the same database within a second.',
        body: ServerChange,
        response: responses({ 200: Server }),
      },
      onRequest: identified(deps, isAdmin),
    },
    async (request, reply) => {
      const wanted = request.body.name === null ? ok(null) : parseServerName(request.body.name);
      if (!wanted.ok) return sendProblem(reply, wanted.failure);
      const changed = await serverNames.change(wanted.value, actorOf(request));
      if (!changed.ok) return sendProblem(reply, changed.failure);
      const { name, initial } = changed.value;
      return reply.send({ id: server.id, name, default_name: initial });
    },
  );
}
