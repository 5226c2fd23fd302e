/**
 * Brings events to webhooks, behind the messages and out of their way: looks through logs for what is new, puts it into the queue of
 * each hook, and tries what is due, a few at a time for each hook, so that one that is slow holds up no other. Any number of
 * servers may do it at once: what one took the others leave for a while.
 */
import { restData } from '../rest-data.ts';
import { dataFor } from '../../protocol/shadow.ts';
import type { DueDelivery, SigningWebhook, Tried, WebhookStore } from '../ports/webhook-store.ts';
import { pauseAfter } from './backoff.ts';
import type { Posted, SignedPost } from './post-signed.ts';

/** Between two looks, ms. */
const LOOK_MS = 500;
/** A look at very many channels takes long: it is never more than this share of the time. */
const LOOK_SHARE = 0.05;
/** Looks for what is new, one after the other where there is much of it. */
const MOST_LOOKS = 20;
/** Without hooks, ms. */
const IDLE_MS = 1_000;
/** Deliveries of one hook that are under way at the same time. */
const AT_ONCE = 4;
/** What was taken is left to who took it for so long, ms: longer than a try takes. */
export const LEFT_ALONE_MS = 60_000;
const FORGET_EVERY_MS = 3_600_000;
const DELIVERED_KEPT_MS = 24 * 3_600_000;
const DEAD_KEPT_MS = 30 * 24 * 3_600_000;

/** What a courier needs. `now` gives ms since the epoch, `random` from 0 to 1. */
export interface WebhookCourierDeps {
  readonly store: Pick<WebhookStore, 'list' | 'queueNew' | 'take' | 'tried' | 'forget'>;
  readonly post: (post: SignedPost) => Promise<Posted>;
  readonly allowsPrivate: boolean;
  readonly now: () => number;
  readonly random: () => number;
  /** Counts what came of each try: `failed` is tried again. */
  readonly counted: (outcome: 'delivered' | 'failed' | 'given_up') => void;
  readonly logger: { error(fields: object, message: string): void };
}

/** See the head of the file. */
export class WebhookCourier {
  readonly #deps: WebhookCourierDeps;
  /** Deliveries under way, by hook. */
  readonly #underWay = new Map<string, Set<Promise<void>>>();
  /** Hooks that had as many due deliveries as were taken, or more. */
  readonly #full = new Set<string>();
  #hooks: readonly SigningWebhook[] = [];
  #taking: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> = Promise.resolve();
  #forgottenAt = 0;
  readonly #stopping = new AbortController();

  constructor(deps: WebhookCourierDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#timer = setTimeout(() => {
      this.#looking = this.#look();
    }, IDLE_MS);
  }

  /** Ends what is under way: it is tried again by whoever comes next. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#looking;
    await this.settled();
  }

  async #look(): Promise<void> {
    let restMs = IDLE_MS;
    try {
      const began = performance.now();
      if (await this.pass()) restMs = Math.max(LOOK_MS, (performance.now() - began) / LOOK_SHARE);
    } catch (error) {
      this.#deps.logger.error({ err: error }, 'webhooks could not be looked after');
    }
    if (this.#stopping.signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.#looking = this.#look();
    }, restMs);
  }

  /** One look: whether there is any hook to look after. */
  async pass(): Promise<boolean> {
    const { store, now } = this.#deps;
    const found = await store.list();
    if (!found.ok || found.value.length === 0) return false;
    const hooks = found.value.filter(({ enabled }) => enabled);
    // Also where none is enabled, so that what happens meanwhile is nobody's later.
    for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
      const queued = await store.queueNew(now());
      if (!queued.ok || queued.value === 0) break;
    }
    this.#hooks = hooks;
    await this.#takeDue();
    if (now() - this.#forgottenAt > FORGET_EVERY_MS) {
      // A portion a look, until nothing is left.
      const forgotten = await store.forget(now() - DELIVERED_KEPT_MS, now() - DEAD_KEPT_MS);
      if (!forgotten.ok || forgotten.value === 0) this.#forgottenAt = now();
    }
    return true;
  }

  /** Resolves when what was taken so far was tried. */
  async settled(): Promise<void> {
    await Promise.all([...this.#underWay.values()].flatMap((those) => [...those]));
    await this.#taking;
  }

  async #takeDue(): Promise<void> {
    const { store, now } = this.#deps;
    const free = new Map<string, number>();
    for (const { id } of this.#hooks) {
      const count = AT_ONCE - (this.#underWay.get(id)?.size ?? 0);
      if (count > 0) free.set(id, count);
    }
    if (free.size === 0) return;
    const taken = await store.take(free, now(), now() + LEFT_ALONE_MS);
    if (!taken.ok) return;
    for (const [id, count] of free) {
      if (taken.value.filter(({ hookId }) => hookId === id).length === count) this.#full.add(id);
      else this.#full.delete(id);
    }
    for (const due of taken.value) this.#begin(this.#hooks, due);
  }

  /** The deliveries of a hook that had as many as go on at a time came to their end: the next ones follow at once. */
  #takeMore(): void {
    if (this.#stopping.signal.aborted) return;
    this.#taking = this.#taking
      .then(() => this.#takeDue())
      .catch((error: unknown) => {
        this.#deps.logger.error({ err: error }, 'webhooks could not be looked after');
      });
  }

  #begin(hooks: readonly SigningWebhook[], due: DueDelivery): void {
    const hook = hooks.find(({ id }) => id === due.hookId);
    if (hook === undefined) return;
    const those = this.#underWay.get(hook.id) ?? new Set();
    this.#underWay.set(hook.id, those);
    const trying = this.#try(hook, due)
      .catch((error: unknown) => {
        this.#deps.logger.error({ err: error, webhook: hook.id }, 'a webhook could not be told');
      })
      .finally(() => {
        those.delete(trying);
        if (those.size > 0) return;
        this.#underWay.delete(hook.id);
        if (this.#full.has(hook.id)) this.#takeMore();
      });
    those.add(trying);
  }

  async #try(hook: SigningWebhook, due: DueDelivery): Promise<void> {
    const { store, post, allowsPrivate, now, random, counted } = this.#deps;
    const body = bodyOf(due);
    const posted = await post({
      ...{ url: hook.url, secret: hook.secret, body, sentAt: now(), allowsPrivate },
      signal: this.#stopping.signal,
      headers: {
        'x-hubbub-delivery': String(due.id),
        'x-hubbub-event': due.type,
        'x-hubbub-attempt': String(due.attempts),
      },
    });
    const came = outcomeOf(due, posted, now(), random());
    const isCutShort = this.#stopping.signal.aborted && came.state !== 'delivered';
    if (!isCutShort) counted(OUTCOMES[came.state]);
    await store.tried(due.id, isCutShort ? { ...came, state: 'waiting', nextAt: now() } : came);
  }
}

const OUTCOMES = { delivered: 'delivered', waiting: 'failed', dead: 'given_up' } as const;

function outcomeOf(due: DueDelivery, posted: Posted, now: number, random: number): Tried {
  const status = 'status' in posted ? posted.status : null;
  if (status !== null && status >= 200 && status < 300) {
    return { state: 'delivered', nextAt: now, status, problem: null };
  }
  const problem = 'problem' in posted ? posted.problem : `answered ${posted.status}`;
  const pause = pauseAfter(due.attempts, now - due.createdAt, random);
  return pause === null
    ? { state: 'dead', nextAt: now, status, problem }
    : { state: 'waiting', nextAt: now + pause, status, problem };
}

/** What a receiver reads: the event as it stands now, in full, as moderators see it. */
function bodyOf({ id, type, createdAt, event, body }: DueDelivery): string {
  const own = body === null ? {} : (JSON.parse(body) as object);
  if (event === null) return JSON.stringify({ id: `delivery-${id}`, type, timestamp: createdAt, data: own });
  const { channelId, seq, timestamp } = event;
  const data = channelId === null ? event.data : dataFor(type, event.data, { id: '', seesAll: true });
  return JSON.stringify({
    ...{ id: event.id, type, timestamp },
    ...(channelId === null ? {} : { channel_id: channelId }),
    seq,
    data: restData(data ?? '{}'),
  });
}
