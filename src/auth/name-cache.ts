/** Names that were claimed lately, so that people who come back need no store. */
import { ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import { nameKey } from '../protocol/text.ts';
import type { NameStore } from './ports.ts';

/** Another server on the same database may have changed it since, so a name is confirmed this often, ms. */
const CONFIRM_MS = 3_600_000;
const MAX_NAMES = 50_000;

interface Claimed {
  readonly wantedKey: string;
  readonly name: string;
  readonly at: number;
}

/**
 * Claims by way of `names`, at most once an hour for each user and name that is wanted. While the store is away, who
 * was here before has the name that they had. The ones that were used longest ago are forgotten first.
 */
export class NameCache implements Pick<NameStore, 'claim'> {
  readonly #names: Pick<NameStore, 'claim'>;
  readonly #most: number;
  /** By user id, the most recently used last. */
  readonly #claimed = new Map<string, Claimed>();

  constructor(names: Pick<NameStore, 'claim'>, most = MAX_NAMES) {
    this.#names = names;
    this.#most = most;
  }

  /** See {@link NameStore.claim}. */
  async claim(userId: string, wanted: string, guest: boolean, now: number): Promise<Result<string>> {
    const wantedKey = nameKey(wanted);
    const known = this.#claimed.get(userId);
    const fits = known?.wantedKey === wantedKey ? known : undefined;
    if (fits !== undefined && now - fits.at < CONFIRM_MS) {
      this.#keep(userId, fits);
      return ok(fits.name);
    }
    const claimed = await this.#names.claim(userId, wanted, guest, now);
    if (claimed.ok) this.#keep(userId, { wantedKey, name: claimed.value, at: now });
    else if (known !== undefined && claimed.failure.code === 'unavailable') return ok(known.name);
    return claimed;
  }

  #keep(userId: string, claimed: Claimed): void {
    this.#claimed.delete(userId);
    this.#claimed.set(userId, claimed);
    if (this.#claimed.size <= this.#most) return;
    const oldest = this.#claimed.keys().next();
    if (oldest.done !== true) this.#claimed.delete(oldest.value);
  }
}
