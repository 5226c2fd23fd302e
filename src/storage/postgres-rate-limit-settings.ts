/** {@link RateLimitSettings} in PostgreSQL. */
import type { LimitScope, MessageLimits, RateLimitChange, RateLimitSettings } from '../cache/ports.ts';
import type { RateLimit } from '../cache/rate-limiter.ts';
import type { AuditAct } from '../protocol/audit-act.ts';
import type { Role } from '../protocol/entities.ts';
import { MAX_CHANNEL_LIMITS } from '../protocol/limits.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import { auditCall } from './audit-call.ts';
import type { Database } from './database.ts';

// The row that exists wins. It is asked for four times a second, so the common case must not write.
const LOAD = `
  with stored as (select max_requests, window_ms from rate_limits where class = 'message'),
  made as (
    insert into rate_limits (class, max_requests, window_ms)
    select 'message', $1::integer, $2::bigint where not exists (select from stored)
    on conflict (class) do nothing
    returning max_requests, window_ms
  )
  select everybody.max_requests, everybody.window_ms, head.version,
    case when head.version <> $3::bigint then (
      select coalesce(json_agg(json_build_object(
        'kind', kind, 'name', name, 'limit', s.max_requests, 'windowMs', s.window_ms) order by kind, name), '[]')
      from special_rate_limits as s
    ) end as special
  from (select * from stored union all select * from made) as everybody, rate_limit_head as head`;

interface LimitsRow {
  readonly max_requests: number;
  readonly window_ms: number;
  readonly version: string;
  readonly special: (RateLimit & { readonly kind: 'role' | 'channel'; readonly name: string })[] | null;
}

/** The limits in force, the same for every server on the database. */
export class PostgresRateLimitSettings implements RateLimitSettings {
  readonly #database: Database;
  readonly #mostChannels: number;

  /** `mostChannels` may have a limit of their own. */
  constructor(database: Database, mostChannels = MAX_CHANNEL_LIMITS) {
    this.#database = database;
    this.#mostChannels = mostChannels;
  }

  async load(initial: RateLimit, known: number): Promise<Result<MessageLimits>> {
    const values = [initial.limit, initial.windowMs, known];
    const stored = await this.#database.query<LimitsRow>(LOAD, values);
    if (!stored.ok) return fail(stored.failure);
    const [row] = stored.rows;
    // Another server made the row between this statement's look and its insert: the next look finds it.
    if (row === undefined) return this.load(initial, known);
    const everybody = { limit: row.max_requests, windowMs: row.window_ms };
    if (row.special === null) return ok({ everybody, special: null });
    const of = (wanted: 'role' | 'channel') => row.special?.filter(({ kind }) => kind === wanted) ?? [];
    const special = {
      version: Number(row.version),
      roles: of('role').map(({ name, limit, windowMs }) => ({ role: name as Role, limit, windowMs })),
      channels: of('channel').map(({ name, limit, windowMs }) => ({ channelId: name, limit, windowMs })),
    };
    return ok({ everybody, special });
  }

  async change(scope: LimitScope, change: RateLimitChange, act: AuditAct): Promise<Result<boolean>> {
    const kept = auditCall(act, 6, 'limits.before');
    const values = [
      scope.kind,
      nameOf(scope),
      change.limit ?? null,
      change.windowMs ?? null,
      this.#mostChannels,
    ];
    const changed = await this.#database.query(
      `select case when limits.moved then ${kept.sql} end
       from change_rate_limit($1, $2, $3::integer, $4::integer, $5::integer) as limits`,
      [...values, ...kept.values],
    );
    return changed.ok ? ok(changed.rows.length > 0) : fail(changed.failure);
  }

  async remove(scope: LimitScope, act: AuditAct): Promise<Result<boolean>> {
    const kept = auditCall(
      act,
      3,
      `json_build_object('message_limit', removed.max_requests, 'window_seconds', removed.window_ms / 1000.0)`,
    );
    const removed = await this.#database.query(
      `with head as (update rate_limit_head set version = version + 1 returning version),
       removed as (
         delete from special_rate_limits as s using head where s.kind = $1 and s.name = $2
         returning s.max_requests, s.window_ms
       )
       select ${kept.sql} from removed`,
      [scope.kind, nameOf(scope), ...kept.values],
    );
    return removed.ok ? ok(removed.rows.length > 0) : fail(removed.failure);
  }
}

function nameOf(scope: LimitScope): string {
  switch (scope.kind) {
    case 'everybody':
      return '';
    case 'role':
      return scope.role;
    case 'channel':
      return scope.channelId;
  }
}
