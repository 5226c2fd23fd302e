/** Whom one blocks: asked for once it is wanted, and followed from then on. */
import type { UserRef } from '../protocol/entities.ts';
import type { Person } from './inbox-news.ts';

/** What the list needs. */
export interface BlockListOptions {
  readonly choose: (type: 'user:block' | 'user:unblock', user: Person) => Promise<unknown>;
  readonly fetch: () => Promise<readonly UserRef[]>;
  readonly onChange: (ids: ReadonlySet<string>) => void;
}

type Choice = readonly ['user:block' | 'user:unblock', string];

/** See the head of the file. */
export class BlockList {
  readonly #options: BlockListOptions;
  #ids: ReadonlySet<string> | null = null;
  #wanted = false;
  /** What was chosen while lists are under way, which may not hold it yet; one array for each of them. */
  readonly #chosenMeanwhile = new Set<Choice[]>();

  constructor(options: BlockListOptions) {
    this.#options = options;
  }

  /** Null before a list was there. */
  get ids(): ReadonlySet<string> | null {
    return this.#ids;
  }

  /** Gets the list, which is kept from then on. */
  async load(): Promise<readonly UserRef[]> {
    this.#wanted = true;
    const meanwhile: Choice[] = [];
    this.#chosenMeanwhile.add(meanwhile);
    try {
      const people = await this.#options.fetch();
      this.#set(meanwhile.reduce(after, new Set(people.map(({ id }) => id))));
      return people;
    } finally {
      this.#chosenMeanwhile.delete(meanwhile);
    }
  }

  /** Gets the list again, if it is kept: something may have been missed. */
  reload(): void {
    // Offline again, say: the next connection asks anew.
    if (this.#wanted) this.load().catch(() => undefined);
  }

  /** Blocks somebody, or no longer does. */
  async choose(type: 'user:block' | 'user:unblock', person: Person): Promise<void> {
    await this.#options.choose(type, person);
    if ('id' in person) this.chosen(type, person.id);
    else this.reload();
  }

  /** One has blocked somebody, or no longer does, on this connection or another. */
  chosen(type: 'user:block' | 'user:unblock', userId: string): void {
    for (const meanwhile of this.#chosenMeanwhile) meanwhile.push([type, userId]);
    if (this.#ids !== null && this.#ids.has(userId) !== (type === 'user:block')) {
      this.#set(after(this.#ids, [type, userId]));
    }
  }

  /** Another user's list begins. */
  clear(): void {
    this.#ids = null;
    for (const meanwhile of this.#chosenMeanwhile) meanwhile.length = 0;
  }

  #set(ids: ReadonlySet<string>): void {
    const before = this.#ids;
    this.#ids = ids;
    if (before === null || before.size !== ids.size || [...ids].some((id) => !before.has(id))) {
      this.#options.onChange(ids);
    }
  }
}

function after(ids: ReadonlySet<string>, [type, userId]: Choice): ReadonlySet<string> {
  const changed = new Set(ids);
  if (type === 'user:block') changed.add(userId);
  else changed.delete(userId);
  return changed;
}
