/** {@link ApiKeyStore} in memory, for tests; the same contract suite runs over it and PostgreSQL. */
import type { ApiKey, ApiKeyChange, ApiKeyStore, HashedApiKey } from '../../auth/api-key-store.ts';
import type { AuditAct } from '../../protocol/audit-act.ts';
import { ok } from '../../protocol/result.ts';
import type { Result } from '../../protocol/result.ts';
import { MemoryAuditLog } from './memory-audit-log.ts';

/** Keys in a map. */
export class MemoryApiKeys implements ApiKeyStore {
  readonly #keys = new Map<string, ApiKey>();
  readonly #hashes = new Map<string, string>();
  readonly #audit: MemoryAuditLog;

  constructor(audit = new MemoryAuditLog()) {
    this.#audit = audit;
  }

  async create({ hash, ...key }: HashedApiKey, most: number, act: AuditAct): Promise<Result<boolean>> {
    if (this.#keys.size >= most) return ok(false);
    this.#keys.set(key.id, key);
    this.#hashes.set(key.id, hash);
    this.#audit.add(act);
    return ok(true);
  }

  async list(): Promise<Result<readonly ApiKey[]>> {
    return ok([...this.#keys.values()].sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1)));
  }

  async find(id: string): Promise<Result<HashedApiKey | null>> {
    const [key, hash] = [this.#keys.get(id), this.#hashes.get(id)];
    return ok(key === undefined || hash === undefined ? null : { ...key, hash });
  }

  async used(id: string, at: number, everyMs: number): Promise<Result<void>> {
    const key = this.#keys.get(id);
    if (key !== undefined && (key.lastUsedAt === null || key.lastUsedAt <= at - everyMs)) {
      this.#keys.set(id, { ...key, lastUsedAt: at });
    }
    return ok(undefined);
  }

  async change(id: string, change: ApiKeyChange, act: AuditAct): Promise<Result<ApiKey | null>> {
    const key = this.#keys.get(id);
    if (key === undefined) return ok(null);
    const changed = { ...key, ...change };
    this.#keys.set(id, changed);
    this.#audit.add({ ...act, before: shown(key) });
    return ok(changed);
  }

  async remove(id: string, act: AuditAct): Promise<Result<boolean>> {
    const key = this.#keys.get(id);
    if (key === undefined) return ok(false);
    this.#keys.delete(id);
    this.#hashes.delete(id);
    this.#audit.add({ ...act, before: shown(key) });
    return ok(true);
  }
}

/** As acts have it. */
function shown({ name, scopes, requestsPerSecond }: ApiKey): object {
  return { name, scopes, requests_per_second: requestsPerSecond };
}
