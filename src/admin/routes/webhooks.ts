/** `/webhooks`: addresses that are told of events, for administrators. */
import Type from 'typebox';
import type { App } from '../app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { actorOf, identified, isAdmin, type IdentificationDeps } from '../identification.ts';
import type { Delivery, Webhook } from '../ports/webhook-store.ts';
import { sendProblem } from '../problem.ts';
import { Limit, ref, responses, TOKEN_NEEDED } from '../schemas.ts';

const Url = Type.String({ minLength: 1, maxLength: 2_048, description: 'http or https' });
const Events = Type.Array(Type.String({ pattern: '^(?:[a-z]+(?::[a-z]+)*(?::\\*)?|\\*)$', maxLength: 64 }), {
  minItems: 1,
  maxItems: 50,
  description:
    'Types of a channel’s events (`message:created`, …), `report:created`, `act:` and an action of the audit log (`act:user:banned`); or their beginnings with `:*`, or `*` for all',
});

const Hook = {
  id: Type.String(),
  url: Type.String(),
  events: Type.Array(Type.String()),
  enabled: Type.Boolean(),
  created_at: Type.Integer({ description: 'ms since the epoch' }),
  created_by: ref('Person'),
};
const HookList = Type.Object({ items: Type.Array(Type.Object(Hook)), has_more: Type.Boolean() });
const MadeHook = Type.Object({
  ...Hook,
  secret: Type.String({ description: 'Signs what is sent. It is shown here and never again.' }),
});
const NewHook = Type.Object({ url: Url, events: Events, enabled: Type.Optional(Type.Boolean()) });
const HookChange = Type.Partial(Type.Object({ url: Url, events: Events, enabled: Type.Boolean() }));

const State = Type.Union([Type.Literal('waiting'), Type.Literal('delivered'), Type.Literal('dead')]);
const DeliveryId = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });
const Deliveries = Type.Object({
  items: Type.Array(
    Type.Object({
      id: DeliveryId,
      type: Type.String(),
      state: State,
      attempts: Type.Integer({ minimum: 0 }),
      created_at: Type.Integer({ description: 'ms since the epoch' }),
      next_at: Type.Integer({ description: 'When it is tried again, while it waits' }),
      status: Type.Union([Type.Integer(), Type.Null()], { description: 'The last answer’s' }),
      problem: Type.Union([Type.String(), Type.Null()], { description: 'Why the last try came to nothing' }),
    }),
  ),
  has_more: Type.Boolean(),
  next: Type.Optional(DeliveryId),
});

const HookId = Type.Object({ id: Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$' }) });

/** Making, changing and looking after webhooks. */
export function webhookRoutes(app: App, deps: IdentificationDeps & Pick<HttpDeps, 'webhooks'>): void {
  const { webhooks } = deps;
  const onRequest = identified(deps, isAdmin);

  app.get(
    '/webhooks',
    {
      schema: { security: TOKEN_NEEDED, summary: 'All webhooks', response: responses({ 200: HookList }) },
      onRequest,
    },
    async (_request, reply) => {
      const hooks = await webhooks.list();
      if (!hooks.ok) return sendProblem(reply, hooks.failure);
      return reply.send({ items: hooks.value.map(shown), has_more: false });
    },
  );

  app.post(
    '/webhooks',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Make a webhook',
        description:
          'What happens from then on is sent to `url` as JSON, signed in `X-Hubbub-Signature`: `t=<seconds>,v1=<HMAC-SHA256 of "<seconds>.<body>", hex>`. Private addresses are refused unless the server is set to allow them.',
        body: NewHook,
        response: responses({ 201: MadeHook }, [409]),
      },
      onRequest,
    },
    async (request, reply) => {
      const { url, events, enabled = true } = request.body;
      const made = await webhooks.create({ url, events, enabled }, actorOf(request));
      if (!made.ok) return sendProblem(reply, made.failure);
      return reply.code(201).send({ ...shown(made.value), secret: made.value.secret });
    },
  );

  app.patch(
    '/webhooks/:id',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Change a webhook',
        description: 'What is left out stays. Nothing is kept for one that isn’t enabled.',
        params: HookId,
        body: HookChange,
        response: responses({ 200: Type.Object(Hook) }, [404]),
      },
      onRequest,
    },
    async (request, reply) => {
      const { url, events, enabled } = request.body;
      const change = {
        ...(url === undefined ? {} : { url }),
        ...(events === undefined ? {} : { events }),
        ...(enabled === undefined ? {} : { enabled }),
      };
      const changed = await webhooks.change(request.params.id, change, actorOf(request));
      return changed.ok ? reply.send(shown(changed.value)) : sendProblem(reply, changed.failure);
    },
  );

  app.delete(
    '/webhooks/:id',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Take a webhook away',
        params: HookId,
        response: responses({ 204: Type.Null({ description: 'Taken away' }) }, [404]),
      },
      onRequest,
    },
    async (request, reply) => {
      const removed = await webhooks.remove(request.params.id, actorOf(request));
      return removed.ok ? reply.code(204).send() : sendProblem(reply, removed.failure);
    },
  );

  app.get(
    '/webhooks/:id/deliveries',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'What a webhook was told, waits for, and was never told',
        description:
          'The newest first. What was delivered stands for a day, what was given up (`dead`) for 30.',
        params: HookId,
        querystring: Type.Object({
          state: Type.Optional(State),
          before: Type.Optional({ ...DeliveryId, description: '`next` of the page before' }),
          limit: Limit,
        }),
        response: responses({ 200: Deliveries }, [404]),
      },
      onRequest,
    },
    async (request, reply) => {
      const { state, before, limit } = request.query;
      const page = await webhooks.deliveries(request.params.id, {
        limit,
        ...(state === undefined ? {} : { state }),
        ...(before === undefined ? {} : { before }),
      });
      if (!page.ok) return sendProblem(reply, page.failure);
      const { items, hasMore } = page.value;
      const next = hasMore ? items.at(-1)?.id : undefined;
      return reply.send({
        items: items.map(shownDelivery),
        has_more: hasMore,
        ...(next === undefined ? {} : { next }),
      });
    },
  );

  app.post(
    '/webhooks/:id/deliveries/:delivery/retry',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Tell a webhook something again',
        description: 'What was given up, or was delivered.',
        params: Type.Object({ ...HookId.properties, delivery: DeliveryId }),
        response: responses({ 202: Type.Object({ id: DeliveryId }) }, [404]),
      },
      onRequest,
    },
    async (request, reply) => {
      const { id, delivery } = request.params;
      const retried = await webhooks.retry(id, delivery);
      return retried.ok ? reply.code(202).send({ id: delivery }) : sendProblem(reply, retried.failure);
    },
  );

  app.post(
    '/webhooks/:id/test',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Send a webhook:test',
        description: 'What comes of it stands among the deliveries.',
        params: HookId,
        response: responses({ 202: Type.Object({ id: DeliveryId }) }, [404]),
      },
      onRequest,
    },
    async (request, reply) => {
      const made = await webhooks.test(request.params.id);
      return made.ok ? reply.code(202).send({ id: made.value }) : sendProblem(reply, made.failure);
    },
  );
}

function shown({ id, url, events, enabled, createdAt, createdBy }: Webhook) {
  return { id, url, events: [...events], enabled, created_at: createdAt, created_by: createdBy };
}

function shownDelivery({ createdAt, nextAt, ...rest }: Delivery) {
  return { ...rest, created_at: createdAt, next_at: nextAt };
}
