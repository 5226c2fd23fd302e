/**
 * Inboxes of which another server says that they have moved, or that something beside their logs is different. What is said
 * within a moment is asked for together: where they stand in one query for many, the rest of each when nothing is under way in it.
 */
import type { ShardPorts } from './ports/shard-ports.ts';

/** Inboxes of one query. */
const AT_ONCE = 1_000;
/** What was changed elsewhere is read so much later, ms, with what is changed until then. */
const RELOAD_MS = 300;

/** What it needs of the inboxes. */
export interface OutdatedHost {
  readonly timers: ShardPorts['timers'];
  /** Asks where these stand, until the store answers, and reads what lies between. */
  lookAt(owners: readonly string[]): Promise<void>;
  /** Reads an inbox anew; false: something is under way in it. */
  reload(owner: string): boolean;
}

export class OutdatedInboxes {
  readonly #host: OutdatedHost;
  readonly #moved = new Set<string>();
  readonly #changed = new Set<string>();
  #isAsking = false;
  #closed = false;
  #cancel: (() => void) | null = null;

  constructor(host: OutdatedHost) {
    this.#host = host;
  }

  /** The inbox's log is said to have moved. */
  moved(owner: string): void {
    this.#moved.add(owner);
    if (!this.#isAsking) void this.#ask();
  }

  /** Marks, blocks or settings of it are said to be different. */
  changed(owner: string): void {
    this.#changed.add(owner);
    this.#reloadLater();
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    while (this.#moved.size > 0 && !this.#closed) {
      const owners = [...this.#moved].slice(0, AT_ONCE);
      for (const owner of owners) this.#moved.delete(owner);
      await this.#host.lookAt(owners);
    }
    this.#isAsking = false;
  }

  #reloadLater(): void {
    if (this.#changed.size === 0 || this.#closed) return;
    this.#cancel ??= this.#host.timers.after(RELOAD_MS, () => {
      this.#cancel = null;
      for (const owner of this.#changed) if (this.#host.reload(owner)) this.#changed.delete(owner);
      this.#reloadLater();
    });
  }
}
