/** What a channel wants done. The state machine only says it; the shard's interpreter does it, in order. */
import type { AppendEntry, ReadRange, SentRange } from '../log/entry.ts';
import type { ConnectionKey, Waiter } from '../log/waiter.ts';
import type { Principal, UserRef } from '../protocol/entities.ts';
import type { ErrorCode, Failure } from '../protocol/errors.ts';
import type { PersonKey } from '../protocol/person.ts';
import type { ChannelUnread } from '../protocol/unread.ts';
import type {
  HandledReport,
  NewReport,
  ReportPage,
  ReportQuery,
  ReportResolution,
  ReportWork,
} from '../protocol/reports.ts';
import type { PendingAct } from './acts.ts';
import type { Apart } from './shadows.ts';
import type { RecordOrder } from './deletion.ts';
import type { Purge } from './purge.ts';
import type { HeldAsk } from './held-asks.ts';
import type { Mentioned } from './mention-entries.ts';

/** What a page from the log is for; comes back with the page. */
export type ReadPurpose =
  | {
      readonly kind: 'join';
      readonly waiter: Waiter;
      readonly range: ReadRange;
      /** Whether the page begins right behind the point that was asked for; null when none was. */
      readonly recovered: boolean | null;
    }
  | { readonly kind: 'history'; readonly waiter: Waiter; readonly range: ReadRange }
  | {
      readonly kind: 'thread';
      readonly waiter: Waiter;
      readonly selection: Extract<Selection, { kind: 'thread' }>;
    }
  | {
      readonly kind: 'pins';
      readonly waiter: Waiter;
      readonly after: string | undefined;
      /** Those that are read. */
      readonly ids: readonly string[];
    };

/** Certain events of the channel: those of `ids`, or of the thread that a message is in, before the number `before`. */
export type Selection =
  | { readonly kind: 'events'; readonly ids: readonly string[] }
  | { readonly kind: 'thread'; readonly id: string; readonly before?: number; readonly limit: number };

/** Who asks for the earlier texts of which message. */
export interface VersionsAsked {
  readonly id: string;
  /** The newest, or those before one. */
  readonly range: { readonly before?: number; readonly limit: number };
  readonly waiter: Waiter;
}

/** Something about reports, and who waits for what came of it. */
export interface ReportRequest {
  readonly from: Principal;
  readonly waiter: Waiter;
  readonly task: ReportTask;
}

/** What the store is to do. */
export type ReportTask =
  | { readonly do: 'file'; readonly report: NewReport }
  | { readonly do: 'list'; readonly query: ReportQuery }
  | { readonly do: 'claim'; readonly work: ReportWork }
  | { readonly do: 'resolve'; readonly resolution: ReportResolution };

/** What came of it. */
export type ReportAnswer = HandledReport | ReportPage | Failure;

/** What a mark was set for. */
export interface MarkPurpose {
  readonly user: string;
  readonly waiter: Waiter;
}

/** What a user hasn't read of the channel, and what lets them read it. */
export interface MarkedHere extends ChannelUnread {
  readonly private: boolean;
  readonly isMember: boolean;
}

/** An effect, carried out in the order in which a machine gives them. */
export type Effect =
  /** Commit `entry`; its outcome comes back as `settle`. */
  | { readonly kind: 'append'; readonly entry: AppendEntry }
  /** Read from the log; the page comes back as `pageRead`. */
  | { readonly kind: 'read'; readonly range: ReadRange; readonly purpose: ReadPurpose }
  /** Look for certain events; they come back as `pageRead`. */
  | { readonly kind: 'select'; readonly selection: Selection; readonly purpose: ReadPurpose }
  /** Read earlier texts of a message; they come back as `versionsRead`. */
  | ({ readonly kind: 'versions' } & VersionsAsked)
  /** Who is this? It comes back as `personFound`. */
  | { readonly kind: 'findPerson'; readonly person: PersonKey; readonly pending: PendingAct }
  /** Who has these names (as `nameKey` has them)? It comes back as `namesFound`. */
  | { readonly kind: 'findNames'; readonly names: readonly string[]; readonly author: string }
  /** Who of these people blocks the author? It comes back as `blockersFound`. */
  | {
      readonly kind: 'findBlockers';
      readonly among: readonly string[];
      readonly author: string;
      readonly mentioned: Mentioned;
    }
  /** An ephemeral frame to all connections of a user but `except`, wherever they are. */
  | {
      readonly kind: 'tell';
      readonly user: string;
      readonly frame: string;
      readonly except?: ConnectionKey;
      /** What it tells of the channel that the user hasn't read. */
      readonly marked?: MarkedHere;
      /** It tells that they belong to the channel from now on. */
      readonly belongs?: true;
    }
  /** A frame that moderators who are here were told, but one: to those who are in the channel elsewhere. */
  | { readonly kind: 'moderators'; readonly frame: string; readonly but?: string }
  /** Somebody types here, or no longer: to whoever holds the channel elsewhere. */
  | { readonly kind: 'typing'; readonly user: UserRef; readonly isOn: boolean }
  /** The same connection asks this, and is answered by whoever that is for: another channel, an inbox. */
  | { readonly kind: 'request'; readonly waiter: Waiter; readonly type: string; readonly data: object }
  /** Read messages of one sender from the log; the page comes back as `sentFound`. */
  | { readonly kind: 'findSent'; readonly range: SentRange; readonly purge: Purge }
  /** The purge that whoever carries out effects gave this number has ended; `problem`: not all of it could be done. */
  | { readonly kind: 'purged'; readonly key: number; readonly problem: Failure | null }
  /** Ask the store of held messages; what it says comes back as held-asks.ts tells. */
  | { readonly kind: 'held'; readonly ask: HeldAsk }
  /** Make, delete or restore the channel's record, when nothing is under way; it comes back as `recordChanged`. */
  | { readonly kind: 'record'; readonly order: RecordOrder }
  /** Look in the channel's log for the event `id`; it comes back as `messageFound`. */
  | { readonly kind: 'find'; readonly id: string }
  /** Commit that the user has read the channel up to `seq`, joined with other marks; it comes back as `readMarked`. */
  | { readonly kind: 'mark'; readonly seq: number; readonly purpose: MarkPurpose }
  /** Keep, list or work on reports; it comes back as `reportsAnswered`. */
  | { readonly kind: 'reports'; readonly request: ReportRequest }
  /** One frame to one connection; `refused`: it answers a request with this error. */
  | {
      readonly kind: 'send';
      readonly to: ConnectionKey;
      readonly frame: string;
      readonly refused?: ErrorCode;
    }
  /** A durable event to all subscribers; `apart`: some get another frame in its place. */
  | {
      readonly kind: 'publish';
      readonly seq: number;
      readonly frame: string;
      readonly apart?: readonly Apart[];
    }
  /** An ephemeral event to all subscribers but `except`; it may wait `patienceMs` for others to go out with. */
  | {
      readonly kind: 'broadcast';
      readonly frame: string;
      readonly except: readonly ConnectionKey[];
      readonly patienceMs: number;
    }
  | { readonly kind: 'subscribe'; readonly connection: ConnectionKey }
  | { readonly kind: 'unsubscribe'; readonly connection: ConnectionKey };
