/** {@link RetentionStore} over {@link MemoryLogStore}, for tests; the same contract suite runs over it and PostgreSQL. */
import type { StoredEvent } from '../../shard/ports/channel-log.ts';
import {
  type ChannelFloor,
  type FloorStep,
  REMEMBERED_MS,
  type RetentionDefaults,
  type RetentionStore,
  SETTLED_MS,
} from '../../protocol/retention.ts';
import { ok, type Result } from '../../protocol/result.ts';
import type { MemoryLogStore } from '../memory-log-store.ts';

const DAY_MS = 86_400_000;

/** See the head of the file. Each step looks at all logs that are left. */
export class MemoryRetention implements RetentionStore {
  readonly #store: MemoryLogStore;
  readonly #atOnce: number;
  readonly #moved = new Map<string, ChannelFloor>();

  /** `atOnce`: events a step. */
  constructor(store: MemoryLogStore, atOnce = 1_000) {
    this.#store = store;
    this.#atOnce = atOnce;
  }

  async moveFloor(after: string | null, at: number, defaults: RetentionDefaults): Promise<Result<FloorStep>> {
    for (const { key, channelId, log } of this.#store.retainedLogs()) {
      if (after !== null && key <= after) continue;
      const floor = this.#floorOf(channelId, log, at, defaults);
      if (floor === log.floor) continue;
      this.#store.raiseFloor(channelId, floor);
      const moved = { channelId, epoch: log.epoch, floor };
      this.#moved.set(channelId, moved);
      return ok({ next: key, moved, isBusy: true });
    }
    return ok({ next: null, moved: null, isBusy: false });
  }

  async movedFloors(): Promise<Result<readonly ChannelFloor[]>> {
    return ok([...this.#moved.values()]);
  }

  async removeRows(at: number): Promise<Result<number>> {
    return ok(this.#store.removeBelowFloors(this.#atOnce, at - REMEMBERED_MS));
  }

  #floorOf(
    channelId: string,
    { floor, events }: { readonly floor: number; readonly events: readonly StoredEvent[] },
    at: number,
    defaults: RetentionDefaults,
  ): number {
    const { retentionDays, retentionMessages } = this.#store.tables(channelId).settings;
    const days = retentionDays ?? defaults.days ?? 0;
    const most = retentionMessages ?? defaults.messages ?? 0;
    const oldest = events.slice(0, this.#atOnce);
    const young = oldest.findIndex(({ timestamp }) => timestamp >= at - days * DAY_MS);
    const byAge = days === 0 ? 0 : young === -1 ? oldest.length : young;
    let surplus = most === 0 ? 0 : Math.max(0, events.filter(isMessage).length - most);
    let byCount = 0;
    for (const event of oldest) {
      if (surplus === 0 || event.timestamp > at - SETTLED_MS) break;
      byCount += 1;
      if (isMessage(event)) surplus -= 1;
    }
    return floor + Math.max(byAge, byCount);
  }
}

function isMessage({ type }: StoredEvent): boolean {
  return type === 'message:created';
}
