/** {@link RateLimitSettings} in memory, for tests; the same contract suite runs over it and PostgreSQL. */
import type { LimitScope, MessageLimits, RateLimitChange, RateLimitSettings } from '../../cache/ports.ts';
import type { RateLimit } from '../../cache/rate-limiter.ts';
import type { AuditAct } from '../../protocol/audit-act.ts';
import type { Role } from '../../protocol/entities.ts';
import { MAX_CHANNEL_LIMITS } from '../../protocol/limits.ts';
import { ok } from '../../protocol/result.ts';
import type { Result } from '../../protocol/result.ts';
import { MemoryAuditLog } from './memory-audit-log.ts';

/** The limits while the process lives. */
export class MemoryRateLimitSettings implements RateLimitSettings {
  /** Where acts are kept. */
  readonly audit: MemoryAuditLog;
  #everybody: RateLimit = { limit: 1, windowMs: 1 };
  #isStored = false;
  readonly #mostChannels: number;
  #version = 0;
  readonly #roles = new Map<string, RateLimit>();
  readonly #channels = new Map<string, RateLimit>();

  /** `mostChannels` may have a limit of their own. */
  constructor(audit = new MemoryAuditLog(), mostChannels = MAX_CHANNEL_LIMITS) {
    this.audit = audit;
    this.#mostChannels = mostChannels;
  }

  async load(initial: RateLimit, known: number): Promise<Result<MessageLimits>> {
    if (!this.#isStored) this.#everybody = initial;
    this.#isStored = true;
    if (known === this.#version) return ok({ everybody: this.#everybody, special: null });
    const special = {
      version: this.#version,
      roles: byName(this.#roles).map(([role, limit]) => ({ role: role as Role, ...limit })),
      channels: byName(this.#channels).map(([channelId, limit]) => ({ channelId, ...limit })),
    };
    return ok({ everybody: this.#everybody, special });
  }

  async change(scope: LimitScope, change: RateLimitChange, act: AuditAct): Promise<Result<boolean>> {
    const [limits, name] = this.#place(scope);
    const known = limits === null ? this.#everybody : limits.get(name);
    if (known === undefined && scope.kind === 'channel' && this.#channels.size >= this.#mostChannels) {
      return ok(false);
    }
    const before = known ?? this.#everybody;
    const after = { ...before, ...change };
    if (known !== undefined && after.limit === known.limit && after.windowMs === known.windowMs)
      return ok(true);
    if (limits === null) this.#everybody = after;
    else limits.set(name, after);
    this.#version += 1;
    this.audit.add({ ...act, before: told(before) });
    return ok(true);
  }

  async remove(scope: LimitScope, act: AuditAct): Promise<Result<boolean>> {
    const [limits, name] = this.#place(scope);
    const gone = limits?.get(name);
    if (limits === null || gone === undefined) return ok(false);
    limits.delete(name);
    this.#version += 1;
    this.audit.add({ ...act, before: told(gone) });
    return ok(true);
  }

  /** Where the limit of `scope` is, and by what name; null: everybody's. */
  #place(scope: LimitScope): [Map<string, RateLimit> | null, string] {
    if (scope.kind === 'everybody') return [null, ''];
    return scope.kind === 'role' ? [this.#roles, scope.role] : [this.#channels, scope.channelId];
  }
}

function byName(limits: ReadonlyMap<string, RateLimit>): [string, RateLimit][] {
  return [...limits].sort(([one], [other]) => (one < other ? -1 : 1));
}

function told({ limit, windowMs }: RateLimit): object {
  return { message_limit: limit, window_seconds: windowMs / 1_000 };
}
