/** {@link SigningKeyStore} in memory, for tests; the same contract suite runs over it and PostgreSQL. */
import type { SigningKey, SigningKeyStore } from '../../auth/ports.ts';
import { ok } from '../../protocol/result.ts';
import type { Result } from '../../protocol/result.ts';

/** The server's keys while the process lives. */
export class MemorySigningKeys implements SigningKeyStore {
  #first: Promise<SigningKey> | undefined;

  async loadOrCreate(candidate: () => Promise<SigningKey>): Promise<Result<readonly SigningKey[]>> {
    this.#first ??= candidate();
    return ok([await this.#first]);
  }
}
