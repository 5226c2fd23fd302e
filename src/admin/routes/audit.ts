/** `GET /audit` and `DELETE /audit/:seq/texts`. */
import Type from 'typebox';
import type { Static } from 'typebox';
import { actBy } from '../../protocol/audit-act.ts';
import { failure } from '../../protocol/errors.ts';
import type { App } from '../app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { type IdentificationDeps, identified, isAdmin, userOf } from '../identification.ts';
import type { AuditEntry } from '../ports/audit-log.ts';
import { sendProblem } from '../problem.ts';
import { Limit, responses, Seq, TOKEN_NEEDED } from '../schemas.ts';

const Time = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

const AuditQuery = Type.Object({
  actor: Type.Optional(idText('Id of who did it; `terminal`: on the server’s machine')),
  target: Type.Optional(idText('Id of what it was done to')),
  action: Type.Optional(idText('What was done: `member:kicked`, `roles:changed` …')),
  channel_id: Type.Optional(idText('Where it was done')),
  since: Type.Optional({ ...Time, description: 'From then on, ms since the epoch' }),
  until: Type.Optional({ ...Time, description: 'Before, ms since the epoch' }),
  before: Type.Optional({ ...Seq, description: '`next` of the page before' }),
  limit: Limit,
});

const Values = Type.Optional(
  Type.Object({}, { additionalProperties: true, description: 'As far as it changed' }),
);

const Act = Type.Object({
  seq: Type.Integer({ minimum: 1, description: 'Numbered without a gap' }),
  at: Type.Integer({ description: 'ms since the epoch' }),
  actor: Type.Object({ id: Type.String(), name: Type.Optional(Type.String()) }),
  action: Type.String(),
  target: Type.Optional(
    Type.Object({ kind: Type.String(), id: Type.String(), name: Type.Optional(Type.String()) }),
  ),
  channel_id: Type.Optional(Type.String()),
  reason: Type.Optional(Type.String()),
  before: Values,
  after: Values,
  erased: Type.Boolean({ description: 'Whether names, reason, before and after were erased' }),
  hash: Type.String({ description: 'SHA-256 of this act and all before it' }),
});

const Acts = Type.Object({
  items: Type.Array(Act, { description: 'Newest first' }),
  has_more: Type.Boolean({ description: 'Whether there are older ones' }),
  next: Type.Optional(Type.Integer({ description: 'For `before`' })),
});

type AuditDeps = IdentificationDeps & Pick<HttpDeps, 'audit' | 'now'>;

/** Who did what, for administrators. */
export function auditRoutes(app: App, deps: AuditDeps): void {
  const { audit, now } = deps;

  app.get(
    '/audit',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Who did what to whom, and why',
        description:
          'Acts that moderate or administrate. `npm run audit:verify` tells whether any was changed or is missing.',
        querystring: AuditQuery,
        response: responses({ 200: Acts }),
      },
      onRequest: identified(deps, isAdmin),
    },
    async (request, reply) => {
      const { channel_id: channel, ...query } = request.query;
      const page = await audit.list({ ...query, ...(channel === undefined ? {} : { channel }) });
      if (!page.ok) return sendProblem(reply, page.failure);
      const { items, hasMore } = page.value;
      const oldest = items.at(-1);
      return reply.header('cache-control', 'no-store').send({
        items: items.map(shownAct),
        has_more: hasMore,
        ...(hasMore && oldest !== undefined ? { next: oldest.seq } : {}),
      });
    },
  );

  app.delete(
    '/audit/:seq/texts',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Erase names, reason, before and after of an act',
        description: 'For good. That it was done, when, and the ids stay; the erasure is an act itself.',
        params: Type.Object({ seq: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) }),
        response: responses({ 204: Type.Null({ description: 'Erased' }) }, [404]),
      },
      onRequest: identified(deps, isAdmin),
    },
    async (request, reply) => {
      const { seq } = request.params;
      const { id, name } = userOf(request);
      const target = { kind: 'audit', id: String(seq) } as const;
      const erased = await audit.erase(seq, actBy({ id, name }, now(), { action: 'audit:erased', target }));
      if (!erased.ok) return sendProblem(reply, erased.failure);
      if (erased.value) return reply.code(204).send();
      return sendProblem(
        reply,
        failure('not_found', 'There is no such act, or its texts were erased before.'),
      );
    },
  );
}

function idText(description: string) {
  return Type.String({ minLength: 1, maxLength: 256, description });
}

function shownAct({ channel, ...entry }: AuditEntry): Static<typeof Act> {
  return { ...entry, ...(channel === undefined ? {} : { channel_id: channel }) };
}
