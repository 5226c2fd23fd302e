/** {@link AuditLog} in PostgreSQL: see the migration 0014_audit.sql. */
import type { AuditLog, AuditPage, AuditQuery } from '../admin/ports/audit-log.ts';
import type { AuditAct } from '../protocol/audit-act.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import { auditCall } from './audit-call.ts';
import type { AuditHead, AuditRow, CheckedRow } from './audit-chain.ts';
import type { AuditChain } from './audit-chain-reader.ts';
import { auditEntryOf } from './audit-entry.ts';
import type { Database } from './database.ts';

interface Row {
  readonly seq: string;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly targetKind: string | null;
  readonly targetId: string | null;
  readonly channel: string | null;
  readonly details: string;
  readonly previous: string;
  readonly hash: string;
  readonly salt: string | null;
  readonly text: string | null;
}

const ROWS = `
  select l.seq, l.at, l.actor_id as actor, l.action, l.target_kind as "targetKind", l.target_id as "targetId",
    l.channel_id as channel, encode(l.details, 'hex') as details, encode(l.previous, 'hex') as previous,
    encode(l.hash, 'hex') as hash, encode(t.salt, 'hex') as salt, t.text
  from audit_log as l left join audit_texts as t on t.seq = l.seq`;

const LIST = `${ROWS}
  where ($1::text is null or l.actor_id = $1) and ($2::text is null or l.target_id = $2)
    and ($3::text is null or l.action = $3) and ($4::text is null or l.channel_id = $4)
    and ($5::bigint is null or l.at >= $5) and ($6::bigint is null or l.at < $6)
    and ($7::bigint is null or l.seq < $7)
  order by l.seq desc limit $8`;

const CHAIN = `${ROWS} where l.seq > $1 order by l.seq limit $2`;

/** See the head of the file. */
export class PostgresAuditLog implements AuditLog, AuditChain {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async append(act: AuditAct): Promise<Result<void>> {
    const { sql, values } = auditCall(act, 1);
    const appended = await this.#database.query(`select ${sql}`, values);
    return appended.ok ? ok(undefined) : fail(appended.failure);
  }

  async list(query: AuditQuery): Promise<Result<AuditPage>> {
    const { actor = null, target = null, action = null, channel = null, limit } = query;
    const { since = null, until = null, before = null } = query;
    // No id holds U+0000, and PostgreSQL takes none.
    if ([actor, target, action, channel].some((id) => id?.includes('\0') === true)) {
      return ok({ items: [], hasMore: false });
    }
    const values = [actor, target, action, channel, since, until, before, limit + 1];
    const found = await this.#database.query<Row>(LIST, values);
    if (!found.ok) return fail(found.failure);
    return ok({
      items: found.rows.slice(0, limit).map((row) => auditEntryOf(rowOf(row), row.text)),
      hasMore: found.rows.length > limit,
    });
  }

  async erase(seq: number, act: AuditAct): Promise<Result<boolean>> {
    const { sql, values } = auditCall(act, 2);
    const erased = await this.#database.query(
      `with erased as (delete from audit_texts where seq = $1 returning seq) select ${sql} from erased`,
      [seq, ...values],
    );
    return erased.ok ? ok(erased.rows.length === 1) : fail(erased.failure);
  }

  async head(): Promise<Result<AuditHead>> {
    const found = await this.#database.query<{ seq: string; hash: string }>(
      "select seq, encode(hash, 'hex') as hash from audit_head",
      [],
    );
    if (!found.ok) return fail(found.failure);
    const [row] = found.rows;
    // Without its row nothing can be appended any more, and no chain ends there.
    return ok(row === undefined ? { seq: 0, hash: '' } : { seq: Number(row.seq), hash: row.hash });
  }

  async rows(after: number, limit: number): Promise<Result<readonly CheckedRow[]>> {
    const found = await this.#database.query<Row>(CHAIN, [after, limit]);
    if (!found.ok) return fail(found.failure);
    return ok(
      found.rows.map((row) => ({
        ...rowOf(row),
        text: row.salt === null || row.text === null ? null : { salt: row.salt, text: row.text },
      })),
    );
  }
}

function rowOf({
  seq,
  at,
  actor,
  action,
  targetKind,
  targetId,
  channel,
  details,
  previous,
  hash,
}: Row): AuditRow {
  return {
    ...{ seq: Number(seq), at: Number(at), actor, action, targetKind, targetId, channel },
    ...{ details, previous, hash },
  };
}
