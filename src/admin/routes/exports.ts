/** `/exports` and `POST /me/export`. */
import { createReadStream } from 'node:fs';
import { createGzip } from 'node:zlib';
import Type from 'typebox';
import type { Static } from 'typebox';
import { actBy } from '../../protocol/audit-act.ts';
import type { Principal } from '../../protocol/entities.ts';
import { type Failure, failure } from '../../protocol/errors.ts';
import { ok } from '../../protocol/result.ts';
import { isStorable } from '../../protocol/text.ts';
import type { App } from '../app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { actorOf, type IdentificationDeps, identified, isAdmin, userOf } from '../identification.ts';
import { type ExportOrder, isOwn, type StoredExport } from '../ports/exports.ts';
import { sendProblem } from '../problem.ts';
import { ChannelId, responses, TOKEN_NEEDED } from '../schemas.ts';

const Time = Type.Integer({
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'ms since the epoch',
});
const Format = Type.Union([Type.Literal('ndjson'), Type.Literal('csv')], {
  description: 'A JSON object a line, or a table',
});
const Kind = Type.Union([Type.Literal('messages'), Type.Literal('user')], {
  description: 'Messages of channels, or everything about one user',
});
const UserId = Type.String({ minLength: 1, maxLength: 256 });
const Order = Type.Object({
  kind: Kind,
  format: Format,
  channel_ids: Type.Optional(
    Type.Array(ChannelId, { minItems: 1, maxItems: 1_000, description: 'Of messages; absent: all channels' }),
  ),
  from: Type.Optional(Time),
  to: Type.Optional(Type.Integer({ ...Time, description: 'Messages before then, ms since the epoch' })),
  user_id: Type.Optional(Type.String({ ...UserId, description: 'Whose data, where `kind` is `user`' })),
});
const Export = Type.Object({
  id: Type.String(),
  kind: Kind,
  format: Format,
  channel_ids: Type.Optional(Type.Array(ChannelId)),
  from: Type.Optional(Time),
  to: Type.Optional(Time),
  user_id: Type.Optional(Type.String()),
  by: Type.Object({ id: Type.String(), name: Type.String() }),
  state: Type.Union([
    Type.Literal('queued'),
    Type.Literal('running'),
    Type.Literal('done'),
    Type.Literal('failed'),
    Type.Literal('interrupted'),
  ]),
  created_at: Time,
  finished_at: Type.Optional(Time),
  expires_at: Type.Integer({ ...Time, description: 'When it is removed, ms since the epoch' }),
  rows: Type.Integer({ minimum: 0, description: 'Written so far' }),
  bytes: Type.Integer({ minimum: 0, description: 'Written so far' }),
  problem: Type.Optional(Type.String({ description: 'Why it failed' })),
});
const Begun = Type.Object({ id: Type.String() });
const Params = Type.Object({ id: Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$' }) });
const TYPES = { ndjson: 'application/x-ndjson', csv: 'text/csv; charset=utf-8' };
const FILE = {
  description: 'The file, gzip-compressed for who takes it so',
  content: { 'application/x-ndjson': { schema: Type.String() }, 'text/csv': { schema: Type.String() } },
};
const GZIP = /(^|,)\s*gzip\s*(;\s*q=(?!0(\.0*)?\s*(,|$))[\d.]+\s*)?(,|$)/i;

type ExportDeps = IdentificationDeps & Pick<HttpDeps, 'exports' | 'audit' | 'findPerson' | 'now'>;

/** What administrators export, and users of themselves. */
export function exportRoutes(app: App, deps: ExportDeps): void {
  const { exports, audit, now } = deps;
  const everybody = identified(deps, isUnlimited);
  const administrators = identified(deps, isAdmin);

  /** What this user may know of: administrators everything, others what they asked for of themselves. */
  const seen = (id: string, user: Principal): StoredExport | null => {
    const found = exports.find(id);
    return found !== null && maySee(user, found) ? found : null;
  };

  app.post(
    '/exports',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Begin an export',
        description:
          'It is written in the background and kept for 24 hours. Deleted messages aren’t in it. That it was made is an act in the audit log.',
        body: Order,
        response: responses({ 202: Begun }, [404]),
      },
      onRequest: administrators,
    },
    async (request, reply) => {
      const order = orderOf(request.body);
      const problem = orderProblem(order);
      if (problem !== null) return sendProblem(reply, problem);
      if (order.userId !== undefined) {
        const known = isStorable(order.userId) ? await deps.findPerson(order.userId) : ok(null);
        if (!known.ok) return sendProblem(reply, known.failure);
        if (known.value?.id !== order.userId)
          return sendProblem(reply, failure('not_found', 'There is nobody with this id.'));
      }
      const begun = await exports.start(order, actorRef(userOf(request)));
      if (!begun.ok) return sendProblem(reply, begun.failure);
      const { id } = begun.value;
      const kept = await audit.append(
        actBy(actorOf(request), now(), {
          action: 'export:created',
          ...(order.userId === undefined ? {} : { target: { kind: 'user', id: order.userId } }),
          after: { export: id, ...request.body },
        }),
      );
      if (kept.ok) return reply.code(202).send({ id });
      await exports.remove(id);
      return sendProblem(reply, kept.failure);
    },
  );

  app.post(
    '/me/export',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Begin an export of everything about oneself',
        description:
          'One at a time, and the newest one is kept: for 24 hours, at `/exports/{id}` and `/exports/{id}/file`.',
        body: Type.Object({ format: Format }),
        response: responses({ 202: Begun }, [409]),
      },
      onRequest: everybody,
    },
    async (request, reply) => {
      const by = actorRef(userOf(request));
      const begun = await exports.start({ kind: 'user', format: request.body.format, userId: by.id }, by);
      return begun.ok ? reply.code(202).send({ id: begun.value.id }) : sendProblem(reply, begun.failure);
    },
  );

  app.get(
    '/exports',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Exports that are kept',
        description: 'The newest first: all of them for administrators, one’s own for others.',
        response: responses({ 200: Type.Object({ items: Type.Array(Export), has_more: Type.Boolean() }) }),
      },
      onRequest: everybody,
    },
    async (request, reply) => {
      const items = exports.list().filter((each) => maySee(userOf(request), each));
      return reply.header('cache-control', 'no-store').send({ items: items.map(shown), has_more: false });
    },
  );

  app.get(
    '/exports/:id',
    {
      schema: {
        security: TOKEN_NEEDED,
        operationId: 'getExport',
        summary: 'How far an export is',
        params: Params,
        response: responses({ 200: Export }, [404]),
      },
      onRequest: everybody,
    },
    async (request, reply) => {
      const found = seen(request.params.id, userOf(request));
      if (found === null) return sendProblem(reply, NO_SUCH_EXPORT);
      return reply.header('cache-control', 'no-store').send(shown(found));
    },
  );

  app.get(
    '/exports/:id/file',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'The file of an export that is done',
        params: Params,
        response: responses({ 200: FILE }, [404, 409]),
      },
      onRequest: everybody,
    },
    async (request, reply) => {
      const found = seen(request.params.id, userOf(request));
      if (found === null) return sendProblem(reply, NO_SUCH_EXPORT);
      const path = exports.file(found.id);
      if (path === null) return sendProblem(reply, failure('conflict', 'This export has no file.'));
      reply.type(TYPES[found.format]).headers({
        'cache-control': 'no-store',
        vary: 'Accept-Encoding, Origin',
        'content-disposition': `attachment; filename="${found.kind}-${found.id}.${found.format}"`,
      });
      const file = createReadStream(path);
      if (!GZIP.test(request.headers['accept-encoding'] ?? '')) {
        return reply.header('content-length', found.bytes).send(file);
      }
      const packed = createGzip({ level: 4 });
      // A file that is gone ends the answer; who goes away ends the reading.
      file.once('error', (error) => packed.destroy(error));
      packed.once('close', () => file.destroy());
      return reply.header('content-encoding', 'gzip').send(file.pipe(packed));
    },
  );

  app.delete(
    '/exports/:id',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'End an export, and remove its file',
        params: Params,
        response: responses({ 204: Type.Null({ description: 'Removed' }) }, [404]),
      },
      onRequest: everybody,
    },
    async (request, reply) => {
      const found = seen(request.params.id, userOf(request));
      if (found === null || !(await exports.remove(found.id))) return sendProblem(reply, NO_SUCH_EXPORT);
      return reply.code(204).send();
    },
  );
}

const NO_SUCH_EXPORT = failure('not_found', 'There is no such export.');

/** An export is about all channels, and about whispers. */
function isUnlimited({ channels }: Principal): boolean {
  return channels === undefined;
}

function maySee(user: Principal, found: StoredExport): boolean {
  return isAdmin(user) || (isOwn(found) && found.by.id === user.id);
}

function actorRef({ id, name }: Principal) {
  return { id, name };
}

function orderOf(body: Static<typeof Order>): ExportOrder {
  const { kind, format, channel_ids: channelIds, from, to, user_id: userId } = body;
  return {
    ...{ kind, format },
    ...(channelIds === undefined ? {} : { channelIds }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(userId === undefined ? {} : { userId }),
  };
}

function orderProblem({ kind, channelIds, from, to, userId }: ExportOrder): Failure | null {
  if (kind === 'messages') {
    if (userId !== undefined) return failure('bad_request', '`user_id` goes with the kind `user`.');
    return from !== undefined && to !== undefined && from >= to
      ? failure('bad_request', '`from` must be before `to`.')
      : null;
  }
  if (userId === undefined) return failure('bad_request', '`user_id` is missing.');
  return channelIds !== undefined || from !== undefined || to !== undefined
    ? failure('bad_request', '`channel_ids`, `from` and `to` go with the kind `messages`.')
    : null;
}

function shown(one: StoredExport): Static<typeof Export> {
  const { id, kind, format, channelIds, from, to, userId, by, state, rows, bytes, problem } = one;
  return {
    ...{ id, kind, format, by, state, rows, bytes, created_at: one.createdAt, expires_at: one.expiresAt },
    ...(channelIds === undefined ? {} : { channel_ids: [...channelIds] }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(userId === undefined ? {} : { user_id: userId }),
    ...(one.finishedAt === undefined ? {} : { finished_at: one.finishedAt }),
    ...(problem === undefined ? {} : { problem }),
  };
}
