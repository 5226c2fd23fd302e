/** How statements of stores keep an act in the audit log. */
import type { AuditAct } from '../protocol/audit-act.ts';
import { auditTexts } from './audit-chain.ts';

/** A call of `append_audit` for a list of columns, and its parameters. */
export interface AuditCall {
  readonly sql: string;
  readonly values: readonly (string | number | null)[];
}

/**
 * The call that keeps `act`; without one `null`. Its parameters are `$first` and those behind. `before` is an expression
 * of the statement: a JSON object that says what it was before, for an act with texts of its own.
 *
 * It is to be the last that the statement does (see the migration 0014_audit.sql): stand in the outer `select`, from the
 * CTE that makes the change and `returning` what it changed. So where nothing changes nothing is kept.
 */
export function auditCall(act: AuditAct | undefined, first: number, before?: string): AuditCall {
  if (act === undefined) return { sql: 'null', values: [] };
  const { at, actor, action, target, channel } = act;
  const values = [
    ...[at, actor, action, target?.kind ?? null, target?.id ?? null, channel ?? null, auditTexts(act)],
  ];
  const places = values.map((_, index) => `$${first + index}`);
  const texts = places.pop() ?? '';
  // As text: it may hold what jsonb can't, and is never empty here.
  const whole =
    before === undefined ? texts : `'{"before":' || (${before})::text || ',' || substr(${texts}, 2)`;
  return { sql: `append_audit(${places.join(', ')}, ${whole})`, values };
}
