/** `/automod/rules` and `/automod/dry-run`. */
import Type from 'typebox';
import { DryRunRequest } from '../../protocol/automod-dry-run.ts';
import { AutomodRuleInput } from '../../protocol/automod-rules.ts';
import { isStaffOfAll } from '../../protocol/permissions.ts';
import type { App } from '../app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { actorOf, identified } from '../identification.ts';
import { sendProblem } from '../problem.ts';
import { ChannelId, ref, responses, TOKEN_NEEDED } from '../schemas.ts';

const { channels, exempt, ...plain } = AutomodRuleInput.properties;

const RuleChange = Type.Object({
  ...Type.Partial(Type.Object(plain)).properties,
  channels: Type.Optional(
    Type.Union([Type.Array(channels.items, { minItems: 1, maxItems: 100 }), Type.Null()]),
  ),
  exempt: Type.Optional(Type.Union([Type.Array(exempt.items, { maxItems: 6 }), Type.Null()])),
  version: Type.Optional(
    Type.Integer({ minimum: 1, description: 'Only if the rule is still at this version' }),
  ),
});

const RuleId = Type.Object({ id: Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$' }) });
const RuleList = Type.Object({ items: Type.Array(ref('AutomodRule')), has_more: Type.Boolean() });

const DryRunAnswer = Type.Object({
  scanned: Type.Integer({ minimum: 0, description: 'Messages that were looked at' }),
  matched: Type.Integer({ minimum: 0, description: 'Messages that the rule finds' }),
  samples: Type.Array(
    Type.Object({
      channel_id: ChannelId,
      id: Type.String(),
      seq: Type.Integer({ minimum: 1 }),
      author: ref('Person'),
      content: Type.String({ description: 'Its first 500 characters' }),
      timestamp: Type.Integer({ description: 'ms since the epoch' }),
    }),
    { description: 'The newest of them, at most 20, oldest first' },
  ),
});

type AutomodDeps = Pick<HttpDeps, 'authenticator' | 'rateLimiter' | 'automod' | 'clientAddress' | 'mono'>;

/** Rules by which messages are judged, for staff. */
export function automodRoutes(app: App, deps: AutomodDeps): void {
  const { automod } = deps;
  // Rules are about all channels; so are those who make them.
  const onRequest = identified(deps, isStaffOfAll);

  app.get(
    '/automod/rules',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'All rules of automod',
        description: 'In the order in which they were made.',
        response: responses({ 200: RuleList }),
      },
      onRequest,
    },
    async (_request, reply) => {
      const rules = await automod.list();
      if (!rules.ok) return sendProblem(reply, rules.failure);
      return reply.send({ items: rules.value, has_more: false });
    },
  );

  app.post(
    '/automod/rules',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Make a rule',
        description:
          'It holds for messages that are sent from then on, and for edits, on every server within a second.',
        body: AutomodRuleInput,
        response: responses({ 201: ref('AutomodRule') }, [409]),
      },
      onRequest,
    },
    async (request, reply) => {
      const made = await automod.create(request.body, actorOf(request));
      if (!made.ok) return sendProblem(reply, made.failure);
      return reply.code(201).send(made.value);
    },
  );

  app.patch(
    '/automod/rules/:id',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Change a rule',
        description: 'What is left out stays; null takes `channels` or `exempt` away.',
        params: RuleId,
        body: RuleChange,
        response: responses({ 200: ref('AutomodRule') }, [404, 409]),
      },
      onRequest,
    },
    async (request, reply) => {
      const changed = await automod.change(request.params.id, request.body, actorOf(request));
      if (!changed.ok) return sendProblem(reply, changed.failure);
      return reply.send(changed.value);
    },
  );

  app.delete(
    '/automod/rules/:id',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Take a rule away',
        params: RuleId,
        response: responses({ 204: Type.Null({ description: 'Taken away' }) }, [404]),
      },
      onRequest,
    },
    async (request, reply) => {
      const removed = await automod.remove(request.params.id, actorOf(request));
      if (!removed.ok) return sendProblem(reply, removed.failure);
      return reply.code(204).send();
    },
  );

  app.post(
    '/automod/dry-run',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Try a rule over stored messages',
        description:
          'The newest messages of all channels, or of those that are named, as if nobody were exempt. One at a time: another is 503. Who closes the connection ends it.',
        body: DryRunRequest,
        response: responses({ 200: DryRunAnswer }),
      },
      onRequest,
    },
    async (request, reply) => {
      const gone = new AbortController();
      reply.raw.once('close', () => {
        gone.abort();
      });
      const run = await automod.dryRun(request.body, gone.signal);
      if (!run.ok) return sendProblem(reply, run.failure);
      const { scanned, matched, samples } = run.value;
      const told = samples.map(({ channelId, ...sample }) => ({ channel_id: channelId, ...sample }));
      return reply.send({ scanned, matched, samples: told });
    },
  );
}
