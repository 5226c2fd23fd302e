/** What administrators do to webhooks: each change is checked, and kept with who made it. */
import { actBy, type AuditActor } from '../../protocol/audit-act.ts';
import { failure } from '../../protocol/errors.ts';
import { fail, ok } from '../../protocol/result.ts';
import type { Result } from '../../protocol/result.ts';
import { isStorable } from '../../protocol/text.ts';
import type { SigningWebhook, Webhook, WebhookChange, WebhookStore } from '../ports/webhook-store.ts';
import { urlProblem } from './address-guard.ts';
import { unknownEvent } from './known-events.ts';
import { LEFT_ALONE_MS } from './webhook-courier.ts';

/** Most hooks of a server. */
export const MAX_WEBHOOKS = 50;
const SECRET_BYTES = 32;

/** What {@link WebhookAdmin} needs. `now` gives ms since the epoch. */
export interface WebhookAdminDeps {
  readonly store: Pick<
    WebhookStore,
    'create' | 'list' | 'change' | 'remove' | 'deliveries' | 'retry' | 'test'
  >;
  readonly allowsPrivate: boolean;
  readonly now: () => number;
  readonly newId: () => string;
  readonly random: (bytes: number) => Buffer;
}

const NO_HOOK = failure('not_found', 'There is no such webhook.');

/** See the head of the file. */
export class WebhookAdmin {
  readonly #deps: WebhookAdminDeps;

  constructor(deps: WebhookAdminDeps) {
    this.#deps = deps;
  }

  /** All, the oldest first. */
  async list(): Promise<Result<readonly Webhook[]>> {
    return this.#deps.store.list();
  }

  /** Makes one; its secret is told here and never again. `bad_request` for an address that nothing is sent to and for what is no event, `conflict` for one too many. */
  async create(
    { url, events, enabled }: Pick<Webhook, 'url' | 'events' | 'enabled'>,
    by: AuditActor,
  ): Promise<Result<SigningWebhook>> {
    const problem = this.#problem(url) ?? eventProblem(events);
    if (problem !== null) return fail(problem);
    const { store, now, newId, random } = this.#deps;
    const id = newId();
    const hook: SigningWebhook = {
      ...{ id, url, events: [...new Set(events)], enabled, createdAt: now() },
      createdBy: { id: by.id, name: by.name ?? by.id },
      secret: `whsec_${random(SECRET_BYTES).toString('hex')}`,
    };
    const act = actBy(by, now(), {
      ...{ action: 'webhook:created', target: { kind: 'webhook', id } },
      after: { url, events: hook.events, enabled },
    });
    const made = await store.create(hook, MAX_WEBHOOKS, act);
    if (!made.ok) return made;
    return made.value ? ok(hook) : fail(failure('conflict', `There are ${MAX_WEBHOOKS} webhooks already.`));
  }

  /** Changes one; `not_found`, `bad_request`. */
  async change(id: string, change: WebhookChange, by: AuditActor): Promise<Result<Webhook>> {
    const { store, now } = this.#deps;
    const problem =
      (change.url === undefined ? null : this.#problem(change.url)) ?? eventProblem(change.events ?? []);
    if (problem !== null) return fail(problem);
    const act = actBy(by, now(), {
      ...{ action: 'webhook:updated', target: { kind: 'webhook', id } },
      after: change,
    });
    const changed = await store.change(id, change, act);
    if (!changed.ok) return changed;
    return changed.value === null ? fail(NO_HOOK) : ok(changed.value);
  }

  /** Takes one away, with all that it was to be told; `not_found`. */
  async remove(id: string, by: AuditActor): Promise<Result<void>> {
    const { store, now } = this.#deps;
    const act = actBy(by, now(), { action: 'webhook:deleted', target: { kind: 'webhook', id } });
    const removed = await store.remove(id, act);
    if (!removed.ok) return removed;
    return removed.value ? ok(undefined) : fail(NO_HOOK);
  }

  /** Its deliveries, the newest first; `not_found`. */
  async deliveries(
    id: string,
    query: Parameters<WebhookStore['deliveries']>[1],
  ): ReturnType<WebhookStore['deliveries']> {
    const all = await this.#deps.store.list();
    if (!all.ok) return all;
    if (!all.value.some((hook) => hook.id === id)) return fail(NO_HOOK);
    return this.#deps.store.deliveries(id, query);
  }

  /** Tries one again that was given up, or was delivered, and one that waits for longer now; `not_found`. */
  async retry(id: string, delivery: number): Promise<Result<void>> {
    const { store, now } = this.#deps;
    const retried = await store.retry(id, delivery, now(), now() + LEFT_ALONE_MS);
    if (!retried.ok) return retried;
    return retried.value
      ? ok(undefined)
      : fail(
          failure('not_found', 'There is no such delivery that is over, or waits for more than a minute.'),
        );
  }

  /** Puts a `webhook:test` into its queue: the number of the delivery; `not_found`. */
  async test(id: string): Promise<Result<number>> {
    const { store, now } = this.#deps;
    const made = await store.test(id, now());
    if (!made.ok) return made;
    return made.value === null ? fail(NO_HOOK) : ok(made.value);
  }

  #problem(url: string) {
    const problem = isStorable(url)
      ? urlProblem(url, this.#deps.allowsPrivate)
      : 'the address can’t be stored';
    return problem === null ? null : failure('bad_request', `url: ${problem}`);
  }
}

function eventProblem(events: readonly string[]) {
  const unknown = unknownEvent(events);
  return unknown === undefined ? null : failure('bad_request', `events: nothing is called ${unknown}`);
}
