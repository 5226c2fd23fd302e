/** {@link NameStore} in memory, for tests; the same contract suite runs over it and PostgreSQL. */
import type { NameStore } from '../../auth/ports.ts';
import { failure } from '../../protocol/errors.ts';
import { nameLooks } from '../../protocol/name-look.ts';
import { fail, ok } from '../../protocol/result.ts';
import type { Result } from '../../protocol/result.ts';
import { nameKey } from '../../protocol/text.ts';
import { MAX_NAME_ATTEMPTS, nameCandidate, randomSuffix } from '../name-suffix.ts';
import type { SuffixSource } from '../name-suffix.ts';

interface Claim {
  readonly name: string;
  readonly wantedKey: string;
  readonly guest: boolean;
}

/** Names of everyone. Hand the same one to MemoryAccounts, so that accounts' names are taken too. */
export class MemoryNames implements NameStore {
  readonly #owners = new Map<string, string>();
  readonly #claims = new Map<string, Claim>();
  readonly #suffix: SuffixSource;

  constructor(suffix: SuffixSource = randomSuffix) {
    this.#suffix = suffix;
  }

  async claim(userId: string, wanted: string, guest = false): Promise<Result<string>> {
    const wantedKey = nameKey(wanted);
    const own = this.#claims.get(userId);
    if (own !== undefined && (own.wantedKey === wantedKey || nameKey(own.name) === wantedKey))
      return ok(own.name);
    for (let attempt = 0; attempt < MAX_NAME_ATTEMPTS; attempt += 1) {
      const name = nameCandidate(wanted, attempt, this.#suffix);
      if (this.take(userId, name, wantedKey, guest)) return ok(name);
    }
    return fail(failure('conflict', `No free name was found for ${JSON.stringify(wanted)}.`));
  }

  /**
   * Gives `userId` exactly `name` and frees the one it had; false when someone else has it, or one that looks like it.
   */
  take(userId: string, name: string, wantedKey = nameKey(name), guest = false): boolean {
    const signs = signsOf(name);
    const free = signs.every((sign) => (this.#owners.get(sign) ?? userId) === userId);
    if (!free) return false;
    this.release(userId);
    for (const sign of signs) this.#owners.set(sign, userId);
    this.#claims.set(userId, { name, wantedKey, guest });
    return true;
  }

  /** Frees the name of `userId`. */
  release(userId: string): void {
    const own = this.#claims.get(userId);
    if (own !== undefined) for (const sign of signsOf(own.name)) this.#owners.delete(sign);
    this.#claims.delete(userId);
  }

  isGuest(userId: string): boolean {
    return this.#claims.get(userId)?.guest === true;
  }

  /** Everybody who has one. */
  all(): readonly { readonly id: string; readonly name: string; readonly guest: boolean }[] {
    return [...this.#claims].map(([id, { name, guest }]) => ({ id, name, guest }));
  }
}

/** What a name may share with no other one. */
function signsOf(name: string): string[] {
  const { look, foldedLook } = nameLooks(name);
  return [`key:${nameKey(name)}`, `look:${look}`, `folded:${foldedLook}`];
}
