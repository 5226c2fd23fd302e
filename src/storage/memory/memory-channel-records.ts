/** {@link ChannelRecords} in memory, for tests; the same contract suite runs over it and PostgreSQL. */
import { creationOf } from '../../protocol/channel-directory.ts';
import type { UserRef } from '../../protocol/entities.ts';
import { ok, type Result } from '../../protocol/result.ts';
import type {
  ChannelDeletion,
  ChannelRecords,
  ChannelRestoration,
  NewChannel,
} from '../../shard/ports/channel-records.ts';
import { deletionOf, restorationOf } from '../channel-acts.ts';
import type { MemoryLogStore } from '../memory-log-store.ts';

/** See the head of the file. */
export class MemoryChannelRecords implements ChannelRecords {
  readonly #store: MemoryLogStore;

  constructor(store: MemoryLogStore) {
    this.#store = store;
  }

  async create(channel: NewChannel, by: UserRef, at: number): Promise<Result<boolean>> {
    if (!this.#store.create(channel, by, at)) return ok(false);
    this.#store.audit.add(creationOf(channel, by, at));
    return ok(true);
  }

  async delete(deletion: ChannelDeletion): Promise<Result<boolean>> {
    const isDone = this.#store.deleteChannel(deletion.id, deletion.purge);
    if (isDone) this.#store.audit.add(deletionOf(deletion));
    return ok(isDone);
  }

  async restore(restoration: ChannelRestoration): Promise<Result<boolean>> {
    const isDone = this.#store.restoreChannel(restoration.id);
    if (isDone) this.#store.audit.add(restorationOf(restoration));
    return ok(isDone);
  }
}
