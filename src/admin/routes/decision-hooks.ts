/** `/decision-hooks`: the other program that decides, for administrators. */
import Type from 'typebox';
import { failure } from '../../protocol/errors.ts';
import type { App } from '../app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { identified, isAdmin, type IdentificationDeps, userOf } from '../identification.ts';
import { sendProblem } from '../problem.ts';
import { responses, TOKEN_NEEDED } from '../schemas.ts';

const State = Type.Object({
  configured: Type.Boolean({ description: 'Whether DECISION_HOOK_URL is set' }),
  url: Type.Optional(Type.String({ description: 'Without its query' })),
  decisions: Type.Optional(Type.Array(Type.String(), { description: 'What it is asked' })),
  timeout_ms: Type.Optional(Type.Integer()),
  when_away: Type.Optional(
    Type.Union([Type.Literal('allow'), Type.Literal('deny')], { description: 'While it doesn’t answer' }),
  ),
});
const Trial = Type.Object({
  answered: Type.Boolean(),
  took_ms: Type.Integer({ minimum: 0 }),
  allow: Type.Optional(Type.Boolean()),
  reason: Type.Optional(Type.String()),
  cache_seconds: Type.Optional(Type.Number()),
  problem: Type.Optional(Type.String({ description: 'Why there is no answer' })),
});

/** How it is set, and whether it answers. */
export function decisionHookRoutes(
  app: App,
  deps: IdentificationDeps & Pick<HttpDeps, 'decisionHook'>,
): void {
  const { decisionHook } = deps;
  const onRequest = identified(deps, isAdmin);

  app.get(
    '/decision-hooks',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'The program that decides who may connect, join and write',
        description: 'As the settings `DECISION_HOOK_…` have it.',
        response: responses({ 200: State }),
      },
      onRequest,
    },
    async (_request, reply) => {
      if (decisionHook === null) return reply.send({ configured: false });
      const { url, decisions, timeoutMs, whenAway } = decisionHook.state;
      return reply.send({
        ...{ configured: true, url, decisions: [...decisions] },
        ...{ timeout_ms: timeoutMs, when_away: whenAway },
      });
    },
  );

  app.post(
    '/decision-hooks/test',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Ask it whether you may connect',
        description:
          'Signed like any question, and nothing follows from the answer. 409 where no program is set.',
        response: responses({ 200: Trial }, [409]),
      },
      onRequest,
    },
    async (request, reply) => {
      if (decisionHook === null) {
        return sendProblem(reply, failure('conflict', 'No program is set that decides.'));
      }
      const { tookMs, answer, problem } = await decisionHook.try(userOf(request));
      return reply.header('cache-control', 'no-store').send({
        ...{ answered: answer !== undefined, took_ms: tookMs },
        ...(answer === undefined ? {} : { allow: answer.allow }),
        ...(answer?.reason === undefined ? {} : { reason: answer.reason }),
        ...(answer?.cacheSeconds === undefined ? {} : { cache_seconds: answer.cacheSeconds }),
        ...(problem === undefined ? {} : { problem }),
      });
    },
  );
}
