/** {@link ServerNameStore} in memory, for tests; the same contract suite runs over it and PostgreSQL. */
import type { ServerNameStore } from '../../admin/ports/server-name.ts';
import type { AuditAct } from '../../protocol/audit-act.ts';
import { ok } from '../../protocol/result.ts';
import type { Result } from '../../protocol/result.ts';
import { MemoryAuditLog } from './memory-audit-log.ts';

/** The name while the process lives. */
export class MemoryServerName implements ServerNameStore {
  readonly #audit: MemoryAuditLog;
  #name: string | null = null;

  constructor(audit = new MemoryAuditLog()) {
    this.#audit = audit;
  }

  get name(): string | null {
    return this.#name;
  }

  async load(): Promise<Result<string | null>> {
    return ok(this.#name);
  }

  async change(name: string | null, act: AuditAct): Promise<Result<void>> {
    const before = this.#name;
    if (before === name) return ok(undefined);
    this.#name = name;
    this.#audit.add({ ...act, before: { name: before } });
    return ok(undefined);
  }
}
