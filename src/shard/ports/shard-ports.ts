/** What a shard is given: clocks, timers, ids, a place for figures and a logger. The simulation gives its own. */
import type { ChatPolicy } from '../../protocol/permissions.ts';
import type { ReportStore } from '../../protocol/reports.ts';
import type { DeadlineTimers } from '../../threads/deadline-queue.ts';
import type { Defer } from '../../threads/outbox.ts';
import type { RingBounds } from '../../log/ring.ts';
import type { ChannelLog } from './channel-log.ts';
import type { ChannelRecords } from './channel-records.ts';
import type { HeldStore } from './held-store.ts';
import type { InboxStore } from './inbox-store.ts';
import type { LogHeads } from './log-heads.ts';
import type { OtherServers } from './other-servers.ts';
import type { ReadMarkStore } from './read-mark-store.ts';
import type { ShardTraces } from '../shard-traces.ts';
import { MARK_BOUNDS, type MarkBounds } from '../joined-marks.ts';

/** Counts what happens; calls are frequent and must be cheap. */
export interface ShardRecorder {
  /** A batch was committed: its entries, and how long it took (ms). */
  committed(entries: number, durationMs: number): void;
  /** A batch was not committed, or nobody knows. */
  uncommitted(): void;
  /** A join or a page was answered from the ring, or needed the log. */
  page(from: 'ring' | 'log'): void;
  /** A request of this type was taken in. */
  request(type: string): void;
  /** A request was answered with an error. */
  refused(code: string): void;
}

/** Writes structured lines. */
export interface ShardLogger {
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  info(fields: object, message: string): void;
}

/** Everything that a shard doesn't make itself. */
export interface ShardPorts {
  readonly log: ChannelLog;
  readonly channels: ChannelRecords;
  readonly inboxes: InboxStore;
  readonly reads: ReadMarkStore;
  readonly held: HeldStore;
  readonly reports: ReportStore;
  /** Where logs stand in which other servers may have written; absent: there are none. */
  readonly heads?: LogHeads;
  /** Absent: there is no way for words to other servers. */
  readonly others?: OtherServers | undefined;
  readonly timers: DeadlineTimers & {
    /** Wall clock, ms since the epoch. */
    now(): number;
  };
  /** When batches go to gateways: at the end of the tick, or a little later when there is much. */
  readonly defer: Defer;
  /** When messages go to other shards. */
  readonly endOfTick: Defer;
  /** A new event id (UUIDv7). */
  readonly newId: () => string;
  readonly policy: ChatPolicy;
  /** Whether somebody (an id) is banned from everywhere, as far as this thread knows: within a second. */
  readonly isBanned: (userId: string) => boolean;
  readonly recorder: ShardRecorder;
  /** Records some of the requests; absent: none. */
  readonly traces?: ShardTraces | undefined;
  readonly logger: ShardLogger;
}

/** Sizes that bound a shard. Times in ms. */
export interface ShardBounds {
  /** Entries and code units of data in one batch. */
  readonly batchEntries: number;
  readonly batchSize: number;
  /** Entries and code units that may wait for a commit: those of channels, and again those of inboxes. */
  readonly heldEntries: number;
  readonly heldSize: number;
  /** After so long without a commit a send is answered `unavailable`. */
  readonly giveUpMs: number;
  /** Ring of one channel. */
  readonly ringEvents: number;
  readonly ringSize: number;
  /** All rings together, code units. */
  readonly ringsSize: number;
  /** Ring of one inbox, and all of those together, code units. */
  readonly inboxRing: RingBounds;
  readonly inboxRingsSize: number;
  readonly marks: MarkBounds;
  /** Texts of pages that were told lately, all together, code units. */
  readonly pagesSize: number;
  /** Requests that may wait while a channel or an inbox loads. */
  readonly mailbox: number;
  /** A channel, or the state of an inbox, that nobody touched for so long is dropped. */
  readonly coldMs: number;
  /** Bytes that a gateway may be behind before requests wait. */
  readonly gatewayBacklog: number;
}

/** What production runs with. */
export const SHARD_BOUNDS: ShardBounds = {
  batchEntries: 400,
  batchSize: 1024 * 1024,
  heldEntries: 20_000,
  heldSize: 32 * 1024 * 1024,
  giveUpMs: 5_000,
  ringEvents: 512,
  ringSize: 512 * 1024,
  ringsSize: 128 * 1024 * 1024,
  inboxRing: { events: 128, size: 128 * 1024 },
  inboxRingsSize: 32 * 1024 * 1024,
  marks: MARK_BOUNDS,
  pagesSize: 8 * 1024 * 1024,
  mailbox: 10_000,
  coldMs: 60_000,
  gatewayBacklog: 32 * 1024 * 1024,
};
