/**
 * A channel's state. One actor owns it alone and the machine changes it in place; given the same commands and contexts
 * it comes to the same state and effects, because clock and ids come in the context.
 */
import type { Automod } from '../automod/verdict.ts';
import { RecentTexts } from '../automod/recent-texts.ts';
import { Flights } from '../log/flights.ts';
import { EventRing, type RingBounds } from '../log/ring.ts';
import type { ChatPolicy } from '../protocol/permissions.ts';
import { type ChannelTables, NO_TABLES } from '../log/channel-tables.ts';
import { type ChannelSettings, DEFAULT_SETTINGS } from '../protocol/channel-settings.ts';
import type { ChannelRole, Principal, UserRef } from '../protocol/entities.ts';
import type { Effect, ReadPurpose } from './effects.ts';
import type { AppendEntry, LogKey, Sanction } from '../log/entry.ts';
import type { ConnectionKey, Waiter } from '../log/waiter.ts';
import type { DatedPage } from '../log/committed-event.ts';
import type { HeldQuote } from '../protocol/shadow.ts';
import type { MessageChanged } from './changes-shown.ts';
import type { WrittenText } from './mentions.ts';
import type { Draft } from './draft.ts';
import type { PageTexts } from './page-texts.ts';
import type { Purge, PurgeOrder } from './purge.ts';
import type { Search } from './searches.ts';

/** A user with at least one connection in the channel, or within the grace after the last one broke. */
export interface PresentUser {
  user: UserRef;
  /** When they came, ms since the epoch. */
  readonly since: number;
  readonly connections: Set<ConnectionKey>;
}

/** What a connection's frames say of who sends them. */
export interface Sender {
  readonly connection: ConnectionKey;
  readonly user: Principal;
}

/** Everything that a decision may depend on beside the state. */
export interface Context {
  /** Wall clock, ms since the epoch: for timestamps that people see. */
  readonly now: number;
  /** Monotonic clock, ms: for everything that ends by itself; a wall clock may step. */
  readonly mono: number;
  readonly policy: ChatPolicy;
  /** Judges what is written. */
  readonly automod: Automod;
  /** Spares work and changes no answer. */
  readonly pageTexts: PageTexts;
  /** A new event id (UUIDv7). */
  newId(): string;
}

/** The channel as an actor holds it. Only commits move `head` and what the log decides. */
export interface ChannelState {
  readonly id: string;
  readonly log: LogKey;
  name: string;
  topic: string | undefined;
  description: string | undefined;
  private: boolean;
  /** It is nobody's any more, until staff brings it back. */
  readonly deleted: boolean;
  /** Whether it has a record: someone created it or wrote in it. */
  exists: boolean;
  /** The message on its way that is the first in a channel without a record. */
  founding: AppendEntry | null;
  epoch: string;
  /** `seq` of the newest committed event that was published; 0 before the first. */
  head: number;
  /** The first event that is shown: what lies below is past, or was removed. Beyond the head: nothing is left. */
  floor: number;
  readonly ring: EventRing;
  /** By user id, in the order of coming. */
  readonly present: Map<string, PresentUser>;
  /** Ids of those by their names, as `nameKey` has them. */
  readonly presentNames: Map<string, string>;
  /** Whose a connection in the channel is; those that are never shown are here too. */
  readonly userOf: Map<ConnectionKey, Principal>;
  settings: ChannelSettings;
  /** Whoever belongs here or has a role, by user id. */
  readonly members: Map<string, Member>;
  /** By kind and user id. What is over by its time may still stand there. */
  readonly sanctions: Readonly<Record<Sanction['kind'], Map<string, Sanction>>>;
  /** Ids of pinned messages, the oldest pin first. */
  readonly pins: Set<string>;
  /** While there is a slow mode: when users wrote last, ms since the epoch. */
  readonly wroteAt: Map<string, number>;
  /** Connections whose join was answered: the others are on their way in. */
  readonly listening: Set<ConnectionKey>;
  /** Users whose last connection broke → when they count as gone (monotonic ms). */
  readonly leaving: Map<string, number>;
  /** Users who type → when it ends (monotonic ms). */
  readonly typing: Map<string, number>;
  /** Those of them who do so in another program, and may not be here. */
  readonly typists: Map<string, UserRef>;
  /**
   * In a large channel, when the next `presence:count` may go out, and when the last one did; in others, up to when
   * telling of comings and goings at once is used up (monotonic ms).
   */
  readonly presence: { countDue: number | null; countedAt: number; paidUntil: number };
  /** Sends, edits and deletions that haven't come to an end. */
  readonly inFlight: Flights<AppendEntry, Waiter>;
  /** Deletions in flight that belong to a purge. */
  readonly purging: Map<AppendEntry, Purge>;
  /** Bans in flight, and what is purged when they are committed. */
  readonly purgeAfter: Map<AppendEntry, PurgeOrder>;
  /** Messages of users of whom it is being asked whether they ever wrote here, by user id in the order of sending. */
  readonly firsts: Map<string, Draft[]>;
  /** Whether they did, as far as it was asked while first messages wait for moderators. */
  readonly speakers: Map<string, boolean>;
  /** By the id of a held message: who approves it, while that is under way, or null while it is being rejected. */
  readonly reviews: Map<string, Principal | null>;
  /** What was written lately, where a rule asks for it. */
  readonly recentTexts: RecentTexts;
  /** By the id of a message that is being looked for: what is to be done with it, in the order of asking. */
  readonly searches: Map<string, Search[]>;
  /** By the id of a reply on its way: the head of what it replies to, as that is now. */
  readonly quotes: Map<string, HeldQuote>;
  /** By author, what waits to be told whom it mentions, in the order of writing: names of the first are looked for. */
  readonly naming: Map<string, WrittenText[]>;
  /** Pages and messages that are being read, and what was changed while any was, in that order. */
  reads: number;
  readonly changedMeanwhile: MessageChanged[];
  /** Pages that were read ahead of what was shown. */
  ahead: readonly { readonly purpose: ReadPurpose; readonly page: DatedPage }[];
}

/** A member of the channel. */
export interface Member {
  readonly name: string;
  readonly role: ChannelRole;
  /** ms since the epoch. */
  readonly joinedAt: number;
}

/** What the log says of a channel when its actor loads. */
export interface LoadedState {
  readonly id: string;
  readonly exists: boolean;
  readonly name: string;
  readonly topic?: string;
  readonly description?: string;
  readonly private: boolean;
  readonly deleted?: true;
  readonly epoch: string;
  readonly head: number;
  /** Absent: the first, 1. */
  readonly floor?: number;
  /** Absent: nothing stands in them. */
  readonly tables?: ChannelTables;
}

/** A channel with nobody in it. */
export function createChannelState(loaded: LoadedState, bounds: RingBounds): ChannelState {
  const { settings, members, sanctions, pins } = loaded.tables ?? NO_TABLES;
  const those = (kind: Sanction['kind']): Map<string, Sanction> =>
    new Map(sanctions.filter((one) => one.kind === kind).map((one) => [one.user, one]));
  return {
    id: loaded.id,
    log: `channel:${loaded.id}`,
    name: loaded.name,
    topic: loaded.topic,
    description: loaded.description,
    private: loaded.private,
    deleted: loaded.deleted === true,
    exists: loaded.exists,
    founding: null,
    epoch: loaded.epoch,
    head: loaded.head,
    floor: loaded.floor ?? 1,
    ring: new EventRing(bounds),
    present: new Map(),
    presentNames: new Map(),
    userOf: new Map(),
    settings: { ...DEFAULT_SETTINGS, ...settings },
    members: new Map(members.map(({ user, name, role, joinedAt }) => [user, { name, role, joinedAt }])),
    sanctions: {
      ...{ mute: those('mute'), ban: those('ban'), kick: those('kick') },
      shadow: those('shadow'),
    },
    pins: new Set(pins),
    wroteAt: new Map(),
    listening: new Set(),
    leaving: new Map(),
    typing: new Map(),
    typists: new Map(),
    presence: {
      countDue: null,
      countedAt: Number.NEGATIVE_INFINITY,
      paidUntil: Number.NEGATIVE_INFINITY,
    },
    inFlight: new Flights(),
    purging: new Map(),
    purgeAfter: new Map(),
    firsts: new Map(),
    speakers: new Map(),
    reviews: new Map(),
    recentTexts: new RecentTexts(),
    searches: new Map(),
    naming: new Map(),
    reads: 0,
    quotes: new Map(),
    changedMeanwhile: [],
    ahead: [],
  };
}

/** Whether the connection is in the channel. */
export function isJoined(state: ChannelState, connection: ConnectionKey): boolean {
  return state.userOf.has(connection);
}

/** Effects that a step gave, in order. */
export type Effects = readonly Effect[];
