/** {@link SigningKeyStore} in memory, for tests; the same contract suite runs over it and PostgreSQL. */
import type { SigningKey, SigningKeyStore } from '../../auth/ports.ts';
import type { AuditAct } from '../../protocol/audit-act.ts';
import { ok } from '../../protocol/result.ts';
import type { Result } from '../../protocol/result.ts';
import { MemorySecurity } from './memory-security.ts';

interface Stored {
  readonly key: SigningKey;
  readonly createdAt: number;
}

/** The server's keys while the process lives. */
export class MemorySigningKeys implements SigningKeyStore {
  readonly #security: MemorySecurity;
  #first: Promise<void> | undefined;
  /** Newest first. */
  #keys: readonly Stored[] = [];

  constructor(security: MemorySecurity = new MemorySecurity()) {
    this.#security = security;
  }

  async loadOrCreate(
    candidate: () => Promise<SigningKey>,
    replacedBefore: number,
    now: number,
  ): Promise<Result<readonly SigningKey[]>> {
    this.#first ??= candidate().then((key) => {
      this.#keys = [{ key, createdAt: now }];
    });
    await this.#first;
    this.#keys = this.#keys.filter((_, index) => {
      const newer = this.#keys[index - 1];
      return newer === undefined || newer.createdAt >= replacedBefore;
    });
    return ok(this.#keys.map(({ key }) => key));
  }

  async rotate(key: SigningKey, now: number, act?: AuditAct): Promise<Result<void>> {
    this.#security.audit.keep(act);
    const newest = this.#keys[0]?.createdAt ?? 0;
    this.#keys = [{ key, createdAt: Math.max(now, newest + 1) }, ...this.#keys];
    this.#security.keysChanged();
    return ok(undefined);
  }
}
