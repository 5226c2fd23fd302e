/** What bans and mutes from everywhere have in common: how one is imposed, pardoned and listed over REST. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { SanctionRequest } from '../auth/sanctions.ts';
import type { HttpDeps } from './http-deps.ts';
import { userOf } from './identification.ts';
import { sendProblem } from './problem.ts';
import { listed, type ListedQuery, queryOf, secondsOf, type TermLength } from './sanction-form.ts';

/** `ban_id` or `mute_id`. */
type IdOf<K extends string> = `${K}_id`;

/** What is asked of sanctions of one kind; each answers the request. */
export function sanctionAnswers<K extends SanctionRequest['kind']>(
  kind: K,
  { sanctions, now }: Pick<HttpDeps, 'sanctions' | 'now'>,
) {
  const withId = <T extends object>(id: string, rest: T) =>
    ({ [`${kind}_id`]: id, ...rest }) as Record<IdOf<K>, string> & T;

  return {
    /** Imposes one for the time that `length` tells: 201. */
    async impose(
      request: FastifyRequest,
      reply: FastifyReply,
      length: TermLength,
      terms: Omit<SanctionRequest, 'kind' | 'seconds'>,
    ): Promise<FastifyReply> {
      const seconds = secondsOf(length);
      if (!seconds.ok) return sendProblem(reply, seconds.failure);
      const imposed = await sanctions.impose(userOf(request), { ...terms, kind, seconds: seconds.value });
      if (!imposed.ok) return sendProblem(reply, imposed.failure);
      const { id, user, until, replaced } = imposed.value;
      return reply.code(201).send(withId(id, { user, until, replaced }));
    },

    /** Ends the one with this id: 204. */
    async pardon(request: FastifyRequest, reply: FastifyReply, id: string): Promise<FastifyReply> {
      const ended = await sanctions.pardon(userOf(request), kind, { id });
      return ended.ok ? reply.code(204).send() : sendProblem(reply, ended.failure);
    },

    /** A page of those that hold or held. */
    async list(request: FastifyRequest, reply: FastifyReply, query: ListedQuery): Promise<FastifyReply> {
      const page = await sanctions.list(userOf(request), { kind, ...queryOf(query) });
      if (!page.ok) return sendProblem(reply, page.failure);
      const { items, hasMore } = page.value;
      const next = hasMore ? items.at(-1)?.id : undefined;
      return reply.header('cache-control', 'no-store').send({
        items: items.map((one) => withId(one.id, listed(one, now()))),
        has_more: hasMore,
        ...(next === undefined ? {} : { next }),
      });
    },
  };
}
