/** What the log tells of an entry, and what it holds of an event. */
import type { Shadow } from '../protocol/shadow.ts';
import type { ChannelChange } from './entry.ts';

/** Where an entry stands in the log. */
export interface Placed {
  readonly id: string;
  readonly seq: number;
  readonly duplicate: boolean;
}

/** What the log holds of an event. */
export interface CommittedEvent {
  readonly id: string;
  readonly type: string;
  readonly sender: string;
  readonly seq: number;
  readonly timestamp: number;
  readonly data: string;
  /** As the entry tells it (entry.ts). */
  readonly correspondent?: string;
  /** As the entry tells it; null: it isn't hidden, but not all of it may be for everyone. In what was read `data` alone has it. */
  readonly shadow?: Shadow | null;
  /** As the entry tells it; absent in what was read. */
  readonly changes?: readonly ChannelChange[];
}

/** A stretch of the log as it was read, oldest first. */
export interface ReadPage {
  readonly events: readonly CommittedEvent[];
  /** Whether more lies in the direction of reading, beyond `events`. */
  readonly hasMore: boolean;
}

/** The same, with the head that the log had then. */
export interface DatedPage extends ReadPage {
  readonly head: number;
  /** The first event that the log still showed then. Absent: that was its first, 1. */
  readonly floor?: number;
}
