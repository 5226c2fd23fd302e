/** Names by id of people whom the inbox has told of, the newest of each. */
import type { UserRef } from '../protocol/entities.ts';

const MAX_PEOPLE = 1_000;

/** Forgets those first who were told of first. */
export class KnownPeople {
  readonly #names = new Map<string, string>();

  /** Somebody is called so now. */
  add({ id, name }: UserRef): void {
    this.#names.delete(id);
    this.#names.set(id, name);
    for (const oldest of this.#names.keys()) {
      if (this.#names.size <= MAX_PEOPLE) break;
      this.#names.delete(oldest);
    }
  }

  /** The person with `id`; null for one who isn't known. */
  find(id: string): UserRef | null {
    const name = this.#names.get(id);
    return name === undefined ? null : { id, name };
  }
}
