/** How long messages of channels are kept, and what becomes of those that are past (docs/adr/0032). */
import type { ChannelSettings } from './channel-settings.ts';
import type { Result } from './result.ts';

/** What a channel says of it. */
export type ChannelRetention = Pick<ChannelSettings, 'retentionDays' | 'retentionMessages'>;

/** What holds where a channel says nothing; absent: for ever. */
export interface RetentionDefaults {
  readonly days?: number;
  /** How many of the newest messages. */
  readonly messages?: number;
}

/** Where a log of that epoch begins: nothing below is shown any more. */
export interface LogFloor {
  readonly epoch: string;
  readonly floor: number;
}

/** The same, of a channel's log. */
export interface ChannelFloor extends LogFloor {
  readonly channelId: string;
}

/** What one step over logs came to. */
export interface FloorStep {
  /** Where the next step goes on; null: that was the last log. */
  readonly next: string | null;
  readonly moved: ChannelFloor | null;
  /** Of the logs that were looked at one is known to have more that is past, or that has to be counted. */
  readonly isBusy: boolean;
}

/** Moves floors, and removes what lies below them: each call is one short transaction, whichever server makes it. */
export interface RetentionStore {
  /**
   * Looks at some logs behind `after` (null: from the first on), and moves the floor of the first that has something past, by
   * a bounded number of events. `at` is the time, ms since the epoch.
   */
  moveFloor(after: string | null, at: number, defaults: RetentionDefaults): Promise<Result<FloorStep>>;
  /** Floors that moved within the last minute. */
  movedFloors(): Promise<Result<readonly ChannelFloor[]>>;
  /** Removes a bounded number of rows: how many; 0: there is nothing to remove for now. */
  removeRows(at: number): Promise<Result<number>>;
}

/** Younger messages than that leave their ids behind for those who send them again, ms. */
export const REMEMBERED_MS = 86_400_000;
/** By their count no younger events go than that, ms. */
export const SETTLED_MS = 10_000;
