/** What a channel's entries have changed in the tables beside its log, as an actor loads it. */
import type { ChannelSettings } from '../protocol/channel-settings.ts';
import type { ChannelRole } from '../protocol/entities.ts';
import type { Sanction } from './entry.ts';

/** A member as the tables have them. */
export interface MemberRecord {
  readonly user: string;
  readonly name: string;
  readonly role: ChannelRole;
  /** ms since the epoch. */
  readonly joinedAt: number;
}

/** The tables of one channel, up to the head of its log. */
export interface ChannelTables {
  readonly settings: Partial<ChannelSettings>;
  /** Of private channels everyone who belongs there; of public ones those of whom something has to be known. */
  readonly members: readonly MemberRecord[];
  /** Those that nobody ended or replaced; some may be over by their time, and those that were for a day may be left out. */
  readonly sanctions: readonly Sanction[];
  /** Ids of pinned messages, the oldest pin first. */
  readonly pins: readonly string[];
}

/** Tables in which nothing stands. */
export const NO_TABLES: ChannelTables = { settings: {}, members: [], sanctions: [], pins: [] };
