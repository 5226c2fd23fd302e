/** {@link WebhookStore} in PostgreSQL. */
import type {
  Delivery,
  DeliveryState,
  DueDelivery,
  SigningWebhook,
  Tried,
  Webhook,
  WebhookChange,
  WebhookStore,
} from '../admin/ports/webhook-store.ts';
import type { AuditAct } from '../protocol/audit-act.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import { auditCall } from './audit-call.ts';
import type { Database } from './database.ts';

/** Logs of one look, and events of one and of all of them. */
const LOGS = 100;
const EVENTS_A_LOG = 200;
const EVENTS = 500;
const FORGOTTEN_AT_ONCE = 1_000;

const COLUMNS = 'id, url, events, secret, enabled, created_at, created_by, created_by_name';
const SHOWN = `json_build_object('url', url, 'events', events, 'enabled', enabled)`;

// Who makes the first hook puts all marks where logs stand: nobody is told of what was before. The look at logs below is right
// whoever else looks: marks move from where they were read alone, and what was read by one that lost is left.
const MARKS = `
  with everything as (select l.id, l.head from logs as l where l.key >= 'channel:' and l.key < 'channel;'
    union all select 0, seq from audit_head)
  insert into webhook_heads as h (log_id, seq) select id, head from everything where not exists (select from webhooks)
  on conflict (log_id) do update set seq = excluded.seq where h.seq < excluded.seq`;

const QUEUE_NEW = `
  with moved as materialized (
    (
      select l.id, substr(l.key, 9) as channel_id, coalesce(h.seq, 0) as known
      from logs as l left join webhook_heads as h on h.log_id = l.id
      where l.key >= 'channel:' and l.key < 'channel;' and l.head > coalesce(h.seq, 0)
      limit ${LOGS}
    )
    union all
    select 0, null, coalesce(h.seq, 0) from audit_head as a left join webhook_heads as h on h.log_id = 0
    where a.seq > coalesce(h.seq, 0)
  ), fresh as materialized (
    select moved.id as log_id, moved.known, e.seq, e.type, e.timestamp
    from moved cross join lateral (
      (
        select e.seq, e.type, e.timestamp from events as e
        where moved.id > 0 and e.log_id = moved.id and e.seq > moved.known order by e.seq limit ${EVENTS_A_LOG}
      )
      union all
      (
        select a.seq, 'act:' || a.action, a.at from audit_log as a
        where moved.id = 0 and a.seq > moved.known order by a.seq limit ${EVENTS_A_LOG}
      )
    ) as e
    limit ${EVENTS}
  ), reached as (
    select log_id, known, max(seq) as seq from fresh group by log_id, known
  ), marked as (
    insert into webhook_heads as h (log_id, seq) select log_id, seq from reached
    on conflict (log_id) do update set seq = excluded.seq
      where h.seq = (select r.known from reached as r where r.log_id = excluded.log_id)
    returning log_id
  ), queued as (
    insert into webhook_deliveries (hook_id, log_id, seq, type, created_at, next_at)
    select w.id, f.log_id, f.seq, f.type, $1, $1
    from fresh as f join marked using (log_id)
    join webhooks as w on w.enabled and f.timestamp >= w.created_at and webhook_wants(w.events, f.type)
    order by f.timestamp, f.log_id, f.seq
  )
  select count(*)::integer as count from fresh join marked using (log_id)`;

const TAKE = `
  with wanted as (
    select d.id from unnest($1::text[], $2::integer[]) as free (hook_id, count)
    cross join lateral (
      select id from webhook_deliveries as d
      where d.hook_id = free.hook_id and d.state = 'waiting' and d.next_at <= $3::bigint
      order by d.id limit free.count
      for update skip locked
    ) as d
  ), taken as (
    update webhook_deliveries as d set attempts = d.attempts + 1, next_at = $4::bigint from wanted
    where d.id = wanted.id
    returning d.*
  )
  select t.id, t.hook_id, t.type, t.attempts, t.created_at, t.body::text as body, t.log_id, t.seq,
    substr(l.key, 9) as channel_id, e.id as event_id, e.timestamp, e.data::text as data,
    a.at, a.actor_id, a.target_kind, a.target_id, a.channel_id as act_channel, x.text
  from taken as t
  left join logs as l on l.id = t.log_id
  left join events as e on e.log_id = t.log_id and e.seq = t.seq and e.seq >= l.floor
  left join audit_log as a on t.log_id = 0 and a.seq = t.seq
  left join audit_texts as x on x.seq = a.seq
  order by t.id`;

interface HookRow {
  readonly id: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly secret: string;
  readonly enabled: boolean;
  readonly created_at: string;
  readonly created_by: string;
  readonly created_by_name: string;
}

interface DeliveryRow {
  readonly id: string;
  readonly type: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly created_at: string;
  readonly next_at: string;
  readonly status: number | null;
  readonly problem: string | null;
}

interface DueRow {
  readonly id: string;
  readonly hook_id: string;
  readonly type: string;
  readonly attempts: number;
  readonly created_at: string;
  readonly body: string | null;
  readonly log_id: string | null;
  readonly seq: string | null;
  readonly channel_id: string | null;
  readonly event_id: string | null;
  readonly timestamp: string | null;
  readonly data: string | null;
  readonly at: string | null;
  readonly actor_id: string | null;
  readonly target_kind: string | null;
  readonly target_id: string | null;
  readonly act_channel: string | null;
  readonly text: string | null;
}

/** See the head of the file. */
export class PostgresWebhooks implements WebhookStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async create(hook: SigningWebhook, most: number, act: AuditAct): Promise<Result<boolean>> {
    const marked = await this.#database.query(MARKS, []);
    if (!marked.ok) return fail(marked.failure);
    const { id, url, events, secret, enabled, createdAt, createdBy } = hook;
    const values = [id, url, events, secret, enabled, createdAt, createdBy.id, createdBy.name, most];
    const kept = auditCall(act, values.length + 1);
    const made = await this.#database.query(
      `with made as (
         insert into webhooks (${COLUMNS}) select $1, $2, $3, $4, $5, $6, $7, $8
         where (select count(*) from webhooks) < $9::integer returning id
       )
       select ${kept.sql} from made`,
      [...values, ...kept.values],
    );
    return made.ok ? ok(made.rows.length > 0) : fail(made.failure);
  }

  async list(): Promise<Result<readonly SigningWebhook[]>> {
    const found = await this.#database.query<HookRow>(
      `select ${COLUMNS} from webhooks order by created_at, id`,
      [],
    );
    return found.ok
      ? ok(found.rows.map((row) => ({ ...hookOf(row), secret: row.secret })))
      : fail(found.failure);
  }

  async change(
    id: string,
    { url, events, enabled }: WebhookChange,
    act: AuditAct,
  ): Promise<Result<Webhook | null>> {
    const kept = auditCall(act, 5, 'changed.before');
    const changed = await this.#database.query<HookRow>(
      `with old as (select id, ${SHOWN} as before from webhooks where id = $1 for update),
       changed as (
         update webhooks as w set url = coalesce($2, w.url), events = coalesce($3::text[], w.events),
           enabled = coalesce($4::boolean, w.enabled)
         from old where w.id = old.id
         returning w.*, old.before
       )
       select ${COLUMNS}, ${kept.sql} as act from changed`,
      [id, url ?? null, events ?? null, enabled ?? null, ...kept.values],
    );
    if (!changed.ok) return fail(changed.failure);
    const [row] = changed.rows;
    return ok(row === undefined ? null : hookOf(row));
  }

  async remove(id: string, act: AuditAct): Promise<Result<boolean>> {
    const kept = auditCall(act, 2, 'removed.before');
    const removed = await this.#database.query(
      `with removed as (delete from webhooks where id = $1 returning ${SHOWN} as before)
       select ${kept.sql} from removed`,
      [id, ...kept.values],
    );
    return removed.ok ? ok(removed.rows.length > 0) : fail(removed.failure);
  }

  async deliveries(
    hookId: string,
    {
      state,
      before,
      limit,
    }: { readonly state?: DeliveryState; readonly before?: number; readonly limit: number },
  ): Promise<Result<{ readonly items: readonly Delivery[]; readonly hasMore: boolean }>> {
    const found = await this.#database.query<DeliveryRow>(
      `select id, type, state, attempts, created_at, next_at, status, problem from webhook_deliveries
       where hook_id = $1 and ($2::text is null or state = $2) and ($3::bigint is null or id < $3)
       order by id desc limit $4`,
      [hookId, state ?? null, before ?? null, limit + 1],
    );
    if (!found.ok) return fail(found.failure);
    return ok({ items: found.rows.slice(0, limit).map(deliveryOf), hasMore: found.rows.length > limit });
  }

  async retry(hookId: string, id: number, now: number, beyond: number): Promise<Result<boolean>> {
    const retried = await this.#database.query(
      `update webhook_deliveries set state = 'waiting', next_at = $3,
         attempts = case when state = 'waiting' then attempts else 0 end,
         created_at = case when state = 'waiting' then created_at else $3 end
       where hook_id = $1 and id = $2 and (state <> 'waiting' or next_at > $4) returning id`,
      [hookId, id, now, beyond],
    );
    return retried.ok ? ok(retried.rows.length > 0) : fail(retried.failure);
  }

  async test(hookId: string, now: number): Promise<Result<number | null>> {
    const made = await this.#database.query<{ id: string }>(
      `insert into webhook_deliveries (hook_id, type, body, created_at, next_at)
       select id, 'webhook:test', '{}', $2::bigint, $2::bigint from webhooks where id = $1 returning id`,
      [hookId, now],
    );
    if (!made.ok) return fail(made.failure);
    const [row] = made.rows;
    return ok(row === undefined ? null : Number(row.id));
  }

  async queueNew(now: number): Promise<Result<number>> {
    const queued = await this.#database.query<{ count: number }>(QUEUE_NEW, [now]);
    return queued.ok ? ok(queued.rows[0]?.count ?? 0) : fail(queued.failure);
  }

  async take(
    free: ReadonlyMap<string, number>,
    now: number,
    until: number,
  ): Promise<Result<readonly DueDelivery[]>> {
    const taken = await this.#database.query<DueRow>(TAKE, [
      [...free.keys()],
      [...free.values()],
      now,
      until,
    ]);
    return taken.ok ? ok(taken.rows.map(dueOf)) : fail(taken.failure);
  }

  async tried(id: number, { state, nextAt, status, problem }: Tried): Promise<Result<void>> {
    const noted = await this.#database.query(
      `update webhook_deliveries set state = $2, next_at = $3, status = $4, problem = $5
       where id = $1 and state = 'waiting'`,
      [id, state, nextAt, status, problem],
    );
    return noted.ok ? ok(undefined) : fail(noted.failure);
  }

  async forget(deliveredBefore: number, deadBefore: number): Promise<Result<number>> {
    const forgotten = await this.#database.query(
      `delete from webhook_deliveries where id in (
         select id from webhook_deliveries
         where state <> 'waiting' and created_at < case when state = 'dead' then $2::bigint else $1::bigint end
           and created_at < greatest($1::bigint, $2::bigint)
         order by created_at limit ${FORGOTTEN_AT_ONCE}
       ) returning id`,
      [deliveredBefore, deadBefore],
    );
    return forgotten.ok ? ok(forgotten.rows.length) : fail(forgotten.failure);
  }
}

function hookOf({
  id,
  url,
  events,
  enabled,
  created_at: at,
  created_by: by,
  created_by_name: name,
}: HookRow): Webhook {
  return { id, url, events, enabled, createdAt: Number(at), createdBy: { id: by, name } };
}

function deliveryOf(row: DeliveryRow): Delivery {
  const { type, state, attempts, status, problem } = row;
  const [id, createdAt, nextAt] = [Number(row.id), Number(row.created_at), Number(row.next_at)];
  return { id, type, state, attempts, createdAt, nextAt, status, problem };
}

function dueOf(row: DueRow): DueDelivery {
  const { type, attempts, body } = row;
  const due = {
    id: Number(row.id),
    hookId: row.hook_id,
    type,
    attempts,
    createdAt: Number(row.created_at),
    body,
  };
  return { ...due, event: row.log_id === '0' ? actOf(row) : eventOf(row) };
}

function eventOf({
  channel_id: channelId,
  event_id: id,
  seq,
  timestamp,
  data,
}: DueRow): DueDelivery['event'] {
  if (channelId === null || id === null || data === null) return null;
  return { channelId, id, seq: Number(seq), timestamp: Number(timestamp), data };
}

/** An act of the audit log; its texts may be erased by now. */
function actOf(row: DueRow): DueDelivery['event'] {
  if (row.at === null) return null;
  const data = JSON.stringify({
    actor_id: row.actor_id,
    ...(row.target_id === null ? {} : { target: { kind: row.target_kind, id: row.target_id } }),
    ...(row.act_channel === null ? {} : { channel_id: row.act_channel }),
    ...(row.text === null ? {} : { details: JSON.parse(row.text) as object }),
  });
  return {
    channelId: null,
    id: `act-${row.seq ?? ''}`,
    seq: Number(row.seq),
    timestamp: Number(row.at),
    data,
  };
}
