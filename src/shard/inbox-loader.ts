/** Reads inboxes from the store: those that are asked for while one read is under way are read together. */
import { failure, type Failure } from '../protocol/errors.ts';
import type { InboxStore, LoadedInbox } from './ports/inbox-store.ts';
import type { ShardPorts } from './ports/shard-ports.ts';

/** Inboxes in one read. */
const BATCH = 500;

type Settle = (outcome: LoadedInbox | Failure) => void;

export class InboxLoader {
  readonly #store: Pick<InboxStore, 'load'>;
  readonly #logger: ShardPorts['logger'];
  /** By owner, in the order of asking. */
  readonly #waiting = new Map<string, Settle[]>();
  #isRunning = false;

  constructor(store: Pick<InboxStore, 'load'>, logger: ShardPorts['logger']) {
    this.#store = store;
    this.#logger = logger;
  }

  /** The inbox as the store has it from now on, or why it can't be read. */
  async load(owner: string): Promise<LoadedInbox | Failure> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(owner);
      if (waiting === undefined) this.#waiting.set(owner, [resolve]);
      else waiting.push(resolve);
      if (!this.#isRunning) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    // Who connects in the same tick is read in the same query.
    await Promise.resolve();
    while (this.#waiting.size > 0) {
      const batch = [...this.#waiting].slice(0, BATCH);
      for (const [owner] of batch) this.#waiting.delete(owner);
      const outcomes = await this.#read(batch.map(([owner]) => owner));
      for (const [index, [, settles]] of batch.entries()) {
        const outcome = 'code' in outcomes ? outcomes : outcomes[index];
        if (outcome === undefined)
          throw new Error('the store answered with fewer inboxes than it was asked for');
        for (const settle of settles) settle(outcome);
      }
    }
    this.#isRunning = false;
  }

  async #read(owners: readonly string[]): Promise<readonly LoadedInbox[] | Failure> {
    try {
      const loaded = await this.#store.load(owners);
      return loaded.ok ? loaded.value : loaded.failure;
    } catch (error) {
      this.#logger.error({ err: error }, 'inboxes could not be read');
      return failure('internal', 'the inbox can not be read');
    }
  }
}
