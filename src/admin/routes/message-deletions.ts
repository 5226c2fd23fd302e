/** `DELETE /messages`: several at once, wherever they are. */
import Type from 'typebox';
import type { Static } from 'typebox';
import { failure, type Failure } from '../../protocol/errors.ts';
import { mayWrite } from '../../protocol/permissions.ts';
import type { Result } from '../../protocol/result.ts';
import type { App } from '../app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { identified, type IdentificationDeps, userOf } from '../identification.ts';
import { sendProblem } from '../problem.ts';
import { responses, TOKEN_NEEDED } from '../schemas.ts';

/** Most messages of one request. */
const MOST_AT_ONCE = 100;

const MessageId = Type.String({ minLength: 1, maxLength: 64 });
const Deletion = Type.Object({
  ids: Type.Array(MessageId, {
    minItems: 1,
    maxItems: MOST_AT_ONCE,
    description: 'Of messages, of any channels',
  }),
});

const Refused = Type.Object({
  id: MessageId,
  code: Type.String({ description: "A code of the WebSocket's errors" }),
  detail: Type.String(),
});
const Deleted = Type.Object({
  deleted: Type.Array(MessageId, { description: 'Those that are gone now, or were before' }),
  refused: Type.Array(Refused, { description: 'The others' }),
});

// What isn't there and what isn't for one to know of look alike.
const NO_MESSAGE = failure('not_found', 'There is no such message.');

type MessageDeletionDeps = IdentificationDeps & Pick<HttpDeps, 'messagePlaces' | 'shards' | 'policy'>;

/** By the channels themselves, so that everyone who is there is told. */
export function messageDeletionRoutes(app: App, deps: MessageDeletionDeps): void {
  const { messagePlaces, shards, policy } = deps;

  app.delete(
    '/messages',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Delete messages',
        description:
          'As `message:delete` does: moderators of the channel anybody’s, others their own; one needn’t be in the channel. ' +
          'Where none of them could be deleted the answer is a problem with `refused`.',
        body: Deletion,
        response: responses({ 200: Deleted }, [404]),
      },
      onRequest: identified(deps, (user) => mayWrite(user, policy)),
    },
    async (request, reply) => {
      const ids = [...new Set(request.body.ids)];
      const places = await messagePlaces.channelsOf(ids);
      if (!places.ok) return sendProblem(reply, places.failure);
      const user = userOf(request);
      const outcomes = await Promise.all(
        ids.map(async (id): Promise<readonly [string, Failure | null]> => {
          const channelId = places.value.get(id);
          if (channelId === undefined) return [id, NO_MESSAGE];
          return [id, problemOf(await shards.request(channelId, user, 'message:delete', { id }))];
        }),
      );
      const deleted = outcomes.flatMap(([id, problem]) => (problem === null ? [id] : []));
      const refused = outcomes.flatMap(([id, problem]) => (problem === null ? [] : [refusal(id, problem)]));
      const worst = outcomes.map(([, problem]) => problem).find((problem) => problem !== null);
      if (deleted.length === 0 && worst !== undefined) {
        return sendProblem(reply, worst, undefined, { refused });
      }
      return reply.send({ deleted, refused });
    },
  );
}

function problemOf(outcome: Result<unknown>): Failure | null {
  if (outcome.ok) return null;
  return outcome.failure.code === 'not_found' ? NO_MESSAGE : outcome.failure;
}

function refusal(id: string, { code, message }: Failure): Static<typeof Refused> {
  return { id, code, detail: message };
}
