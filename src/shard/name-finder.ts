/** Finds who has which names: in the store, and for a few seconds in what that said. */
import type { UserRef } from '../protocol/entities.ts';
import type { Failure } from '../protocol/errors.ts';
import type { InboxStore } from './ports/inbox-store.ts';
import type { ShardPorts } from './ports/shard-ports.ts';

/** How long what the store said counts, ms: names change hands. */
const KEPT_MS = 5_000;
/** Names that are remembered. */
const MAX_KEPT = 10_000;

interface Known {
  /** Null: nobody has it. */
  readonly user: UserRef | null;
  /** Monotonic ms. */
  readonly until: number;
}

/** Names are given and told as `nameKey` has them. */
export class NameFinder {
  readonly #store: Pick<InboxStore, 'findNames'>;
  readonly #timers: Pick<ShardPorts['timers'], 'mono'>;
  /** In the order of ending. */
  readonly #known = new Map<string, Known>();

  constructor(store: Pick<InboxStore, 'findNames'>, timers: Pick<ShardPorts['timers'], 'mono'>) {
    this.#store = store;
    this.#timers = timers;
  }

  /** By the name; those that nobody has are left out. */
  async find(names: readonly string[]): Promise<ReadonlyMap<string, UserRef> | Failure> {
    this.#forgetOld();
    const found = new Map<string, UserRef>();
    const unknown: string[] = [];
    for (const name of names) {
      const known = this.#known.get(name);
      if (known === undefined) unknown.push(name);
      else if (known.user !== null) found.set(name, known.user);
    }
    if (unknown.length === 0) return found;
    const people = await this.#store.findNames(unknown);
    if (!people.ok) return people.failure;
    const until = this.#timers.mono() + KEPT_MS;
    for (const { key, id, name } of people.value) found.set(key, { id, name });
    for (const name of unknown) {
      this.#known.delete(name);
      this.#known.set(name, { user: found.get(name) ?? null, until });
    }
    return found;
  }

  #forgetOld(): void {
    const now = this.#timers.mono();
    for (const [name, { until }] of this.#known) {
      if (until > now && this.#known.size <= MAX_KEPT) break;
      this.#known.delete(name);
    }
  }
}
