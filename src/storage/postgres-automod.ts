/** {@link AutomodStore} in PostgreSQL. */
import type { AutomodStore } from '../admin/ports/automod-store.ts';
import type { AuditAct } from '../protocol/audit-act.ts';
import type { AutomodRule, AutomodRuleInput, AutomodRules } from '../protocol/automod-rules.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import { auditCall } from './audit-call.ts';
import type { Database } from './database.ts';

// Asked for four times a second by each server, so nothing new is one row to read.
const RULES = `
  select version, coalesce((
    select json_agg(json_build_object('id', id, 'version', r.version, 'rule', rule) order by made_at, id)
    from automod_rules as r
  ), '[]') as rules
  from automod_head where version <> $1`;

// Whoever changes rules takes the head first, so that numbers tell the order of commits.
const HEAD = 'head as (update automod_head set version = version + 1 returning version)';

interface RulesRow {
  readonly version: string;
  readonly rules: readonly {
    readonly id: string;
    readonly version: number;
    readonly rule: AutomodRuleInput;
  }[];
}

/** Rules as JSON. */
export class PostgresAutomod implements AutomodStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async rulesAfter(version: number): Promise<Result<AutomodRules | null>> {
    const found = await this.#database.query<RulesRow>(RULES, [version]);
    if (!found.ok) return fail(found.failure);
    const [row] = found.rows;
    if (row === undefined) return ok(null);
    return ok({
      version: Number(row.version),
      rules: row.rules.map((one) => ({ ...one.rule, id: one.id, version: one.version })),
    });
  }

  async create(id: string, rule: AutomodRuleInput, at: number, act: AuditAct): Promise<Result<AutomodRule>> {
    const kept = auditCall(act, 4);
    const made = await this.#database.query(
      `with ${HEAD},
       made as (
         insert into automod_rules (id, rule, made_at) select $1, $2::json, $3::bigint from head returning id
       )
       select ${kept.sql} from made`,
      [id, JSON.stringify(rule), at, ...kept.values],
    );
    return made.ok ? ok({ ...rule, id, version: 1 }) : fail(made.failure);
  }

  async replace(
    id: string,
    version: number,
    rule: AutomodRuleInput,
    act: AuditAct,
  ): Promise<Result<AutomodRule | null>> {
    const kept = auditCall(act, 4);
    const replaced = await this.#database.query(
      `with ${HEAD},
       replaced as (
         update automod_rules as r set rule = $2::json, version = r.version + 1 from head
         where r.id = $1 and r.version = $3::integer
         returning r.id
       )
       select ${kept.sql} from replaced`,
      [id, JSON.stringify(rule), version, ...kept.values],
    );
    if (!replaced.ok) return fail(replaced.failure);
    return ok(replaced.rows.length === 0 ? null : { ...rule, id, version: version + 1 });
  }

  async remove(id: string, act: AuditAct): Promise<Result<boolean>> {
    const kept = auditCall(act, 2, 'removed.rule');
    const removed = await this.#database.query(
      `with ${HEAD},
       removed as (delete from automod_rules as r using head where r.id = $1 returning r.rule)
       select ${kept.sql} from removed`,
      [id, ...kept.values],
    );
    return removed.ok ? ok(removed.rows.length > 0) : fail(removed.failure);
  }
}
