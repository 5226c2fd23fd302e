/** What every part of a simulation shares: time, chance, the database, what happened, and what went wrong. */
import type { StoredEvent } from '../../src/shard/ports/channel-log.ts';
import { MemoryHeld } from '../../src/storage/memory/memory-held.ts';
import { MemoryInboxes } from '../../src/storage/memory/memory-inboxes.ts';
import { MemoryChannelRecords } from '../../src/storage/memory/memory-channel-records.ts';
import { MemoryReports } from '../../src/storage/memory/memory-reports.ts';
import { MemoryReadMarks } from '../../src/storage/memory/memory-read-marks.ts';
import { MemoryLogStore } from '../../src/storage/memory-log-store.ts';
import { Random } from './random.ts';
import { SimClock } from './sim-clock.ts';

/** What may go wrong in a run. */
export interface Profile {
  /** Shards die and are replaced. */
  readonly crashes: boolean;
  /** The log refuses, is away, or leaves outcomes unknown. */
  readonly faults: boolean;
  /** One gateway brings every request to the wrong shard. */
  readonly misrouted: boolean;
}

export class SimWorld {
  readonly seed: number;
  readonly profile: Profile;
  readonly random: Random;
  readonly clock: SimClock;
  readonly store = new MemoryLogStore('epoch-1');
  readonly inboxes = new MemoryInboxes(this.store);
  readonly reads = new MemoryReadMarks(this.store);
  readonly held = new MemoryHeld(this.store);
  readonly reports = new MemoryReports(this.store);
  readonly channels = new MemoryChannelRecords(this.store);
  /** There are several: one may be a moment behind, and each tells on what it was told. */
  servers = 1;
  /** Deaths of shards so far, and when each died last, ms. */
  crashes = 0;
  readonly diedAt = new Map<number, number>();
  readonly #notes: string[] = [];
  #violation: string | null = null;
  #ids = 0;

  constructor(seed: number, profile: Profile) {
    this.seed = seed;
    this.profile = profile;
    this.random = new Random(seed);
    this.clock = new SimClock(() => {
      if (this.#violation !== null) throw new Error(this.report(this.#violation));
    });
  }

  /** What happened, for the report of a failure. */
  note(text: string): void {
    this.#notes.push(`${String(Math.round(this.clock.mono())).padStart(6)} ${text}`);
  }

  /** A rule is broken: the run ends after this event. Thrown here it might end in someone's catch. */
  broken(text: string): void {
    this.#violation ??= text;
    this.note(`BROKEN ${text}`);
  }

  /** An id that sorts behind all earlier ones, as UUIDv7 does. */
  newId(): string {
    this.#ids += 1;
    return `00000000-0000-7000-8000-${this.#ids.toString(16).padStart(12, '0')}`;
  }

  events(channelId: string): readonly StoredEvent[] {
    return this.store.log(`channel:${channelId}`).events;
  }

  /** The failure with all that led to it. */
  report(what: string): string {
    const { seed, profile } = this;
    const on = Object.entries(profile).filter(([, is]) => is === true);
    return [
      what,
      `seed ${seed}, profile ${on.map(([name]) => name).join(' ') || 'calm'}`,
      ...this.#notes,
    ].join('\n');
  }
}
