/** What staff does to the limits of messages: each change is kept with who made it, and holds when it is answered. */
import type { LimitScope, RateLimitChange, RateLimitSettings, SpecialRateLimits } from '../cache/ports.ts';
import type { RateLimit } from '../cache/rate-limiter.ts';
import { actBy, type AuditActor, type AuditTarget } from '../protocol/audit-act.ts';
import { failure } from '../protocol/errors.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';

const NO_VERSION = -1;

/** What {@link RateLimitsAdmin} needs. `now` gives ms since the epoch. */
export interface RateLimitsAdminDeps {
  readonly store: RateLimitSettings;
  /** For everybody, before the database has a value. */
  readonly initial: RateLimit;
  /** Resolves when what was stored holds on all threads of this process; other servers follow within a second. */
  readonly applied: () => Promise<void>;
  readonly now: () => number;
}

/** All limits of messages. */
export interface AllLimits extends Omit<SpecialRateLimits, 'version'> {
  readonly everybody: RateLimit;
}

/** See the head of the file. */
export class RateLimitsAdmin {
  readonly #deps: RateLimitsAdminDeps;

  constructor(deps: RateLimitsAdminDeps) {
    this.#deps = deps;
  }

  /** As they stand in the database. */
  async list(): Promise<Result<AllLimits>> {
    const found = await this.#deps.store.load(this.#deps.initial, NO_VERSION);
    if (!found.ok) return found;
    const { everybody, special } = found.value;
    return ok({ everybody, roles: special?.roles ?? [], channels: special?.channels ?? [] });
  }

  /** Changes a limit, or gives a role or a channel one; `conflict` for a channel too many. */
  async change(scope: LimitScope, change: RateLimitChange, by: AuditActor): Promise<Result<AllLimits>> {
    const { store, now, applied } = this.#deps;
    // So that there is one for everybody.
    const there = await this.list();
    if (!there.ok) return there;
    const { limit, windowMs } = change;
    const after = {
      ...(limit === undefined ? {} : { message_limit: limit }),
      ...(windowMs === undefined ? {} : { window_seconds: windowMs / 1_000 }),
    };
    const act = actBy(by, now(), { action: 'ratelimit:updated', ...about(scope), after });
    const changed = await store.change(scope, change, { ...act, ...placeOf(scope) });
    if (!changed.ok) return changed;
    if (!changed.value) return fail(failure('conflict', 'No more channels can have a limit of their own.'));
    await applied();
    return this.list();
  }

  /** Takes the limit of a role or of a channel away: everybody's holds again; `not_found`. */
  async remove(scope: LimitScope, by: AuditActor): Promise<Result<void>> {
    const { store, now, applied } = this.#deps;
    const act = actBy(by, now(), { action: 'ratelimit:deleted', ...about(scope) });
    const removed = await store.remove(scope, { ...act, ...placeOf(scope) });
    if (!removed.ok) return removed;
    if (!removed.value) return fail(failure('not_found', 'There is no such limit.'));
    await applied();
    return ok(undefined);
  }
}

function about(scope: LimitScope): { readonly target: AuditTarget } {
  const id = scope.kind === 'role' ? `ratelimits:${scope.role}` : 'ratelimits';
  return { target: { kind: 'settings', id } };
}

function placeOf(scope: LimitScope): { readonly channel?: string } {
  return scope.kind === 'channel' ? { channel: scope.channelId } : {};
}
