/**
 * `Idempotency-Key`: of requests that are sent again with the same key the first alone is carried out, and all get its answer. What came
 * to nothing may be tried again. Where a process ends between the deed and the note of it the request is carried out once more
 * after a minute, so what it does to logs has the same `clientMessageId` each time.
 */
import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { failure } from '../protocol/errors.ts';
import type { Result } from '../protocol/result.ts';
import { keyOf } from './keyed.ts';
import type { IdempotentAnswers } from './ports/idempotent-answers.ts';
import { sendProblem } from './problem.ts';

const MAX_KEY_LENGTH = 128;
const KEY = /^[\x21-\x7e]+$/;
const AGAIN_MS = 1_000;

/** What the wrapper needs. `now` gives ms since the epoch. */
export interface OnceDeps {
  readonly answers: IdempotentAnswers;
  readonly now: () => number;
}

/** What was done: the status and the body to answer with. */
export interface Done {
  readonly status: number;
  readonly body: object;
}

/**
 * Carries out and answers a request that passed `keyed`: by `run`, which is given an id that is the same for every try, or with what
 * was answered before. 400 for a key that can't be one, 409 while the first is under way, 422 for another request.
 */
export async function once(
  { answers, now }: OnceDeps,
  request: Pick<FastifyRequest, 'apiKey' | 'headers' | 'method' | 'url' | 'body'>,
  reply: FastifyReply,
  run: (tryId: string | undefined) => Promise<Result<Done>>,
): Promise<FastifyReply> {
  const header = request.headers['idempotency-key'];
  if (header === undefined) return send(reply, await run(undefined));
  const key =
    typeof header === 'string' && header.length <= MAX_KEY_LENGTH && KEY.test(header) ? header : null;
  if (key === null) {
    return sendProblem(
      reply,
      failure('bad_request', `Idempotency-Key is 1 to ${MAX_KEY_LENGTH} visible ASCII characters.`),
    );
  }
  const owner = keyOf(request).id;
  const begun = await answers.begin(
    { owner, key },
    hashOf(request.method, request.url, JSON.stringify(request.body)),
    now(),
  );
  if (!begun.ok) return sendProblem(reply, begun.failure);
  switch (begun.value.kind) {
    case 'other':
      return sendProblem(reply, failure('conflict', 'This Idempotency-Key was of another request.'), 422);
    case 'underway':
      return sendProblem(
        reply,
        failure('conflict', 'The first request with this Idempotency-Key is under way.', AGAIN_MS),
      );
    case 'answered': {
      const { status, body } = begun.value.answer;
      return reply
        .code(status)
        .header('idempotent-replayed', 'true')
        .type('application/json; charset=utf-8')
        .send(body);
    }
    case 'first':
      break;
  }
  const done = await run(hashOf(owner, key).slice(0, 32));
  // Where this fails the next try carries it out again, with the same ids.
  if (done.ok) {
    await answers.finish(
      { owner, key },
      { status: done.value.status, body: JSON.stringify(done.value.body) },
      now(),
    );
  } else await answers.release({ owner, key });
  return send(reply, done);
}

function send(reply: FastifyReply, done: Result<Done>): FastifyReply {
  return done.ok ? reply.code(done.value.status).send(done.value.body) : sendProblem(reply, done.failure);
}

function hashOf(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts), 'utf8').digest('hex');
}
