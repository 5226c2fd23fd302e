/** {@link AutomodStore} in memory, for tests; the same contract suite runs over it and PostgreSQL. */
import type { AutomodStore } from '../../admin/ports/automod-store.ts';
import type { AuditAct } from '../../protocol/audit-act.ts';
import type { AutomodRule, AutomodRuleInput, AutomodRules } from '../../protocol/automod-rules.ts';
import { ok } from '../../protocol/result.ts';
import type { Result } from '../../protocol/result.ts';
import { MemoryAuditLog } from './memory-audit-log.ts';

/** What a rule has beside what staff said of it. */
const OWN = new Set(['id', 'version']);

/** Rules in a list. */
export class MemoryAutomod implements AutomodStore {
  /** Where acts are kept. */
  readonly audit: MemoryAuditLog;
  #version = 0;
  #rules: readonly AutomodRule[] = [];

  constructor(audit = new MemoryAuditLog()) {
    this.audit = audit;
  }

  async rulesAfter(version: number): Promise<Result<AutomodRules | null>> {
    return ok(version === this.#version ? null : { version: this.#version, rules: this.#rules });
  }

  async create(id: string, rule: AutomodRuleInput, _at: number, act: AuditAct): Promise<Result<AutomodRule>> {
    const made = { ...rule, id, version: 1 };
    this.#change([...this.#rules, made], act);
    return ok(made);
  }

  async replace(
    id: string,
    version: number,
    rule: AutomodRuleInput,
    act: AuditAct,
  ): Promise<Result<AutomodRule | null>> {
    if (!this.#rules.some((one) => one.id === id && one.version === version)) return ok(null);
    const replaced = { ...rule, id, version: version + 1 };
    this.#change(
      this.#rules.map((one) => (one.id === id ? replaced : one)),
      act,
    );
    return ok(replaced);
  }

  async remove(id: string, act: AuditAct): Promise<Result<boolean>> {
    const gone = this.#rules.find((one) => one.id === id);
    if (gone === undefined) return ok(false);
    const before = Object.fromEntries(Object.entries(gone).filter(([key]) => !OWN.has(key)));
    this.#change(
      this.#rules.filter((one) => one !== gone),
      { ...act, before },
    );
    return ok(true);
  }

  #change(rules: readonly AutomodRule[], act: AuditAct): void {
    this.#rules = rules;
    this.#version += 1;
    this.audit.add(act);
  }
}
