/** {@link LogHeads} in memory. */
import type { LogKey } from '../../log/entry.ts';
import { ok } from '../../protocol/result.ts';
import type { Result } from '../../protocol/result.ts';
import type { KnownLog, LogHeads } from '../../shard/ports/log-heads.ts';
import type { MemoryLogStore } from '../memory-log-store.ts';

export class MemoryLogHeads implements LogHeads {
  /** Names of other processes, as a test has them. */
  servers: readonly string[] = [];
  readonly #store: MemoryLogStore;

  constructor(store: MemoryLogStore) {
    this.#store = store;
  }

  async others(): Promise<Result<readonly string[]>> {
    return ok(this.servers);
  }

  async moved(
    logs: readonly KnownLog[],
  ): Promise<Result<readonly (readonly [log: LogKey, head: number | null])[]>> {
    return ok(
      logs.flatMap((known): (readonly [LogKey, number | null])[] => {
        const { epoch, head } = this.#store.log(known.log);
        const isOther = head < known.head || (known.epoch !== null && head > 0 && epoch !== known.epoch);
        if (isOther || (head === 0 && known.exists && this.#isGone(known.log))) return [[known.log, null]];
        return head === known.head ? [] : [[known.log, head]];
      }),
    );
  }

  #isGone(log: LogKey): boolean {
    if (!log.startsWith('channel:')) return false;
    const record = this.#store.channel(log.slice('channel:'.length));
    return record === null || record.deleted === true;
  }
}
