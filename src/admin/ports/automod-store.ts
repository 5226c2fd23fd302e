/** Rules of automod as they are kept. An outage is `unavailable`, never an exception. */
import type { AuditAct } from '../../protocol/audit-act.ts';
import type { AutomodRule, AutomodRuleInput, AutomodRules } from '../../protocol/automod-rules.ts';
import type { Result } from '../../protocol/result.ts';

/** A method that takes an `act` keeps it in the audit log in the same transaction; where nothing changes, nothing is kept. */
export interface AutomodStore {
  /** All rules in the order in which they were made; null: nothing changed behind `version`. -1: everything. */
  rulesAfter(version: number): Promise<Result<AutomodRules | null>>;
  /** Adds a rule, whose version is 1. `at`: ms since the epoch. */
  create(id: string, rule: AutomodRuleInput, at: number, act: AuditAct): Promise<Result<AutomodRule>>;
  /** Replaces the rule as it stands at `version`; null where it is gone, or another change was faster. */
  replace(
    id: string,
    version: number,
    rule: AutomodRuleInput,
    act: AuditAct,
  ): Promise<Result<AutomodRule | null>>;
  /** Takes a rule away: whether it was there. `act` says what it was before. */
  remove(id: string, act: AuditAct): Promise<Result<boolean>>;
}
