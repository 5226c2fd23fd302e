/** Webhooks and the queue of what they are to be told. An outage is `unavailable`, never an exception. Times are ms since the epoch. */
import type { AuditAct } from '../../protocol/audit-act.ts';
import type { UserRef } from '../../protocol/entities.ts';
import type { Result } from '../../protocol/result.ts';

/** An address that is told of events. */
export interface Webhook {
  readonly id: string;
  readonly url: string;
  /** Types, or their beginnings followed by `*`. */
  readonly events: readonly string[];
  readonly enabled: boolean;
  readonly createdAt: number;
  readonly createdBy: UserRef;
}

/** The same with what signs. */
export interface SigningWebhook extends Webhook {
  readonly secret: string;
}

/** What changes of one. */
export type WebhookChange = Partial<Pick<Webhook, 'url' | 'events' | 'enabled'>>;

/** `dead`: it was given up. */
export type DeliveryState = 'waiting' | 'delivered' | 'dead';

/** Something that a hook is, or was, to be told. */
export interface Delivery {
  readonly id: number;
  readonly type: string;
  readonly state: DeliveryState;
  /** Tries so far. */
  readonly attempts: number;
  readonly createdAt: number;
  /** When it is tried (again). */
  readonly nextAt: number;
  /** What the last try was answered with; null: nothing. */
  readonly status: number | null;
  /** Why the last try came to nothing; null: it didn't. */
  readonly problem: string | null;
}

/** One that is to be tried now, with what it tells. */
export interface DueDelivery {
  readonly id: number;
  readonly hookId: string;
  readonly type: string;
  /** This try included. */
  readonly attempts: number;
  readonly createdAt: number;
  /** Of the channel or of the audit log; null where that has none, or it is gone. */
  readonly event: {
    /** Null: of the audit log. */
    readonly channelId: string | null;
    readonly id: string;
    readonly seq: number;
    readonly timestamp: number;
    /** JSON text. */
    readonly data: string;
  } | null;
  /** JSON text of what has no event. */
  readonly body: string | null;
}

/** What came of a try. */
export interface Tried {
  readonly state: DeliveryState;
  readonly nextAt: number;
  readonly status: number | null;
  readonly problem: string | null;
}

/** A method that takes an `act` keeps it in the audit log in the same transaction; where nothing changes, nothing is kept. */
export interface WebhookStore {
  /** Keeps a new one, unless there are `most`: whether it did. It is told of what comes from then on. */
  create(hook: SigningWebhook, most: number, act: AuditAct): Promise<Result<boolean>>;
  /** All, the oldest first. */
  list(): Promise<Result<readonly SigningWebhook[]>>;
  /** The hook as it is then; null when there is none. */
  change(id: string, change: WebhookChange, act: AuditAct): Promise<Result<Webhook | null>>;
  /** Takes it away with its deliveries: whether it was there. */
  remove(id: string, act: AuditAct): Promise<Result<boolean>>;
  /** Deliveries of a hook, the newest first, numbered below `before`. */
  deliveries(
    hookId: string,
    query: { readonly state?: DeliveryState; readonly before?: number; readonly limit: number },
  ): Promise<Result<{ readonly items: readonly Delivery[]; readonly hasMore: boolean }>>;
  /**
   * A delivery that is over is tried again from the beginning, one whose next try is later than `beyond` now: whether there
   * is such a one.
   */
  retry(hookId: string, id: number, now: number, beyond: number): Promise<Result<boolean>>;
  /** Puts a test into the queue; its number, null without such a hook. */
  test(hookId: string, now: number): Promise<Result<number | null>>;
  /** Puts what is new in logs into the queue of those hooks that want it: how many events were looked at. */
  queueNew(now: number): Promise<Result<number>>;
  /** Takes up to so many due deliveries of each hook, which nobody else takes before `until`. */
  take(
    free: ReadonlyMap<string, number>,
    now: number,
    until: number,
  ): Promise<Result<readonly DueDelivery[]>>;
  tried(id: number, tried: Tried): Promise<Result<void>>;
  /** Forgets what was delivered, and what was given up, before these times: a thousand at most, and how many it were. */
  forget(deliveredBefore: number, deadBefore: number): Promise<Result<number>>;
}
