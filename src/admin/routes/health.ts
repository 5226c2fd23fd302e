/** `GET /health` and `GET /ready`, for process managers and load balancers. */
import Type from 'typebox';
import { failure } from '../../protocol/errors.ts';
import type { App } from '../app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { sendProblem } from '../problem.ts';
import { responses, textResponse } from '../schemas.ts';

const RETRY_AFTER_MS = 1_000;

const Ready = Type.Object({
  status: Type.Literal('ready'),
  warnings: Type.Array(Type.String(), { description: 'What to look after though the server can work' }),
});

/** `/health` while the process lives, `/ready` while it can work. */
export function healthRoutes(app: App, { readiness }: Pick<HttpDeps, 'readiness'>): void {
  app.get(
    '/health',
    { schema: { summary: 'Whether the process lives', response: responses({ 200: textResponse('`OK`') }) } },
    async (_request, reply) =>
      reply.type('text/plain; charset=utf-8').header('cache-control', 'no-store').send('OK'),
  );

  app.get(
    '/ready',
    {
      schema: {
        summary: 'Whether the server can do its work',
        description: 'The problem document of a 503 lists what is missing in `reasons`.',
        response: responses({ 200: Ready }, [503]),
      },
    },
    async (_request, reply) => {
      const reasons = readiness.reasons();
      reply.header('cache-control', 'no-store');
      if (reasons.length === 0)
        return reply.send({ status: 'ready' as const, warnings: [...readiness.warnings()] });
      const away = failure('unavailable', reasons.join(' '), RETRY_AFTER_MS);
      return sendProblem(reply, away, 503, { reasons });
    },
  );
}
