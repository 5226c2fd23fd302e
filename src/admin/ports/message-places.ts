/** Where messages are, by their ids alone. */
import type { Result } from '../../protocol/result.ts';

/** Finds messages that were sent to channels, deleted ones too. */
export interface MessagePlaces {
  /** The channel of each that is there, by the message's id; `unavailable`. */
  channelsOf(ids: readonly string[]): Promise<Result<ReadonlyMap<string, string>>>;
}
