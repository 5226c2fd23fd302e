/** {@link WebhookStore} in memory, for tests; the same contract suite runs over it and PostgreSQL. */
import type {
  Delivery,
  DueDelivery,
  DeliveryState,
  SigningWebhook,
  Tried,
  Webhook,
  WebhookChange,
  WebhookStore,
} from '../../admin/ports/webhook-store.ts';
import type { AuditAct } from '../../protocol/audit-act.ts';
import { ok } from '../../protocol/result.ts';
import type { Result } from '../../protocol/result.ts';
import { MemoryAuditLog } from './memory-audit-log.ts';

type Event = NonNullable<DueDelivery['event']> & { readonly type: string };
type Kept = { -readonly [Field in keyof Delivery]: Delivery[Field] } & {
  readonly hookId: string;
  readonly event: Event | null;
  readonly body: string | null;
};

/** Hooks and deliveries in lists, over events that a test adds. */
export class MemoryWebhooks implements WebhookStore {
  readonly #audit: MemoryAuditLog;
  #hooks: readonly SigningWebhook[] = [];
  #deliveries: Kept[] = [];
  readonly #events: Event[] = [];
  #seen = 0;
  #made = 0;

  constructor(audit = new MemoryAuditLog()) {
    this.#audit = audit;
  }

  /** An event that a log holds from now on. */
  add(event: Event): void {
    this.#events.push(event);
  }

  async create(hook: SigningWebhook, most: number, act: AuditAct): Promise<Result<boolean>> {
    if (this.#hooks.length >= most) return ok(false);
    if (this.#hooks.length === 0) this.#seen = this.#events.length;
    this.#hooks = [...this.#hooks, hook];
    this.#audit.add(act);
    return ok(true);
  }

  async list(): Promise<Result<readonly SigningWebhook[]>> {
    return ok([...this.#hooks].sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1)));
  }

  async change(id: string, change: WebhookChange, act: AuditAct): Promise<Result<Webhook | null>> {
    const hook = this.#hooks.find((one) => one.id === id);
    if (hook === undefined) return ok(null);
    const { secret, ...changed } = { ...hook, ...change };
    this.#hooks = this.#hooks.map((one) => (one === hook ? { ...changed, secret } : one));
    this.#audit.add({ ...act, before: shownOf(hook) });
    return ok(changed);
  }

  async remove(id: string, act: AuditAct): Promise<Result<boolean>> {
    const hook = this.#hooks.find((one) => one.id === id);
    if (hook === undefined) return ok(false);
    this.#hooks = this.#hooks.filter((one) => one !== hook);
    this.#deliveries = this.#deliveries.filter(({ hookId }) => hookId !== id);
    this.#audit.add({ ...act, before: shownOf(hook) });
    return ok(true);
  }

  async deliveries(
    hookId: string,
    query: { readonly state?: DeliveryState; readonly before?: number; readonly limit: number },
  ): Promise<Result<{ readonly items: readonly Delivery[]; readonly hasMore: boolean }>> {
    const { state, before = Infinity, limit } = query;
    const found = this.#deliveries
      .filter(
        (one) => one.hookId === hookId && (state === undefined || one.state === state) && one.id < before,
      )
      .sort((a, b) => b.id - a.id)
      .map(({ id, type, state: now, attempts, createdAt, nextAt, status, problem }): Delivery => ({
        ...{ id, type, state: now, attempts, createdAt, nextAt, status, problem },
      }));
    return ok({ items: found.slice(0, limit), hasMore: found.length > limit });
  }

  async retry(hookId: string, id: number, now: number, beyond: number): Promise<Result<boolean>> {
    const kept = this.#deliveries.find((one) => one.hookId === hookId && one.id === id);
    if (kept === undefined) return ok(false);
    if (kept.state === 'waiting') {
      if (kept.nextAt <= beyond) return ok(false);
      kept.nextAt = now;
      return ok(true);
    }
    Object.assign(kept, { state: 'waiting', attempts: 0, createdAt: now, nextAt: now });
    return ok(true);
  }

  async test(hookId: string, now: number): Promise<Result<number | null>> {
    if (!this.#hooks.some(({ id }) => id === hookId)) return ok(null);
    return ok(this.#queue(hookId, 'webhook:test', now, null, '{}'));
  }

  async queueNew(now: number): Promise<Result<number>> {
    const fresh = this.#events.slice(this.#seen);
    this.#seen = this.#events.length;
    for (const event of fresh) {
      for (const { id, enabled, events, createdAt } of this.#hooks) {
        const isWanted = events.some((chosen) =>
          chosen.endsWith('*') ? event.type.startsWith(chosen.slice(0, -1)) : chosen === event.type,
        );
        if (enabled && isWanted && event.timestamp >= createdAt)
          this.#queue(id, event.type, now, event, null);
      }
    }
    return ok(fresh.length);
  }

  async take(
    free: ReadonlyMap<string, number>,
    now: number,
    until: number,
  ): Promise<Result<readonly DueDelivery[]>> {
    const taken = [...free].flatMap(([hookId, count]) =>
      this.#deliveries
        .filter((one) => one.hookId === hookId && one.state === 'waiting' && one.nextAt <= now)
        .slice(0, count),
    );
    return ok(
      taken
        .sort((a, b) => a.id - b.id)
        .map((kept): DueDelivery => {
          Object.assign(kept, { attempts: kept.attempts + 1, nextAt: until });
          const { id, hookId, type, attempts, createdAt, body } = kept;
          return {
            id,
            hookId,
            type,
            attempts,
            createdAt,
            body,
            event: kept.event && withoutType(kept.event),
          };
        }),
    );
  }

  async tried(id: number, tried: Tried): Promise<Result<void>> {
    const kept = this.#deliveries.find((one) => one.id === id);
    if (kept?.state === 'waiting') Object.assign(kept, tried);
    return ok(undefined);
  }

  async forget(deliveredBefore: number, deadBefore: number): Promise<Result<number>> {
    const before = this.#deliveries.length;
    this.#deliveries = this.#deliveries.filter(
      ({ state, createdAt }) =>
        !(state === 'delivered' && createdAt < deliveredBefore) &&
        !(state === 'dead' && createdAt < deadBefore),
    );
    return ok(before - this.#deliveries.length);
  }

  #queue(hookId: string, type: string, now: number, event: Event | null, body: string | null): number {
    this.#made += 1;
    this.#deliveries.push({
      ...{ id: this.#made, hookId, type, state: 'waiting', attempts: 0, createdAt: now, nextAt: now },
      ...{ status: null, problem: null, event, body },
    });
    return this.#made;
  }
}

function shownOf({ url, events, enabled }: Webhook): object {
  return { url, events, enabled };
}

function withoutType({ channelId, id, seq, timestamp, data }: Event): NonNullable<DueDelivery['event']> {
  return { channelId, id, seq, timestamp, data };
}
