/** Reports of messages, as the wire has them and as a store keeps them. Times are ms since the epoch. */
import type { AuditActor } from './audit-act.ts';
import { encodeEphemeralEvent } from './encode.ts';
import type { Principal, UserRef } from './entities.ts';
import { MAX_PAGE_BYTES } from './limits.ts';
import type { Result } from './result.ts';
import { utf8Length } from './text.ts';

/** How a report ends: something was done, or nothing had to be. */
export type ReportOutcome = 'actioned' | 'dismissed';

/** Where a report stands. */
export type ReportState = 'open' | 'claimed' | 'resolved';

/** A message as it was when it was reported. */
export interface ReportedMessage {
  readonly id: string;
  readonly author: UserRef;
  readonly content: string;
  readonly timestamp: number;
}

/** A report. */
export interface Report {
  readonly id: string;
  readonly channelId: string;
  readonly state: ReportState;
  readonly reporter: UserRef;
  readonly reason: string;
  readonly createdAt: number;
  readonly message: ReportedMessage;
  /** What was said before it, oldest first. */
  readonly context: readonly ReportedMessage[];
  readonly claimedBy?: UserRef;
  readonly resolvedBy?: UserRef;
  readonly resolvedAt?: number;
  readonly outcome?: ReportOutcome;
  readonly note?: string;
}

/** `data` of `report:resolved`: what its reporter is told. */
export interface ReportResolved {
  readonly id: string;
  readonly messageId: string;
  readonly outcome: ReportOutcome;
}

/** A report that is to be kept, with what stands in the log. */
export interface NewReport {
  /** Later ones sort later: a UUIDv7. */
  readonly id: string;
  readonly channelId: string;
  readonly messageId: string;
  readonly reporter: UserRef;
  /** They look after the channel: what a shadow ban hides from others is there for them. */
  readonly seesAll?: boolean;
  readonly reason: string;
  readonly at: number;
}

/** Which reports, the newest first. */
export interface ReportQuery {
  /** Absent: of all channels. */
  readonly channelId?: string;
  readonly state?: ReportState;
  /** Those that are older than the one with this id. */
  readonly after?: string;
  readonly limit: number;
  /** Whoever asks: reports of their own messages are for others. */
  readonly by: string;
}

/** A stretch of the queue. */
export interface ReportPage {
  readonly items: readonly Report[];
  readonly hasMore: boolean;
}

/** A moderator's work on one. */
export interface ReportWork {
  readonly id: string;
  /** Absent: of whichever channel. */
  readonly channelId?: string;
  readonly by: AuditActor & UserRef;
  readonly at: number;
  /** Absent: whoever works on it may. Else it has to be of a channel that they look after. */
  readonly reader?: ReportReader;
}

/** Who may see reports of the channels that they look after: those that they moderate or own, and for staff all. */
export type ReportReader = Pick<Principal, 'id' | 'roles' | 'channels'>;

/** The end of one. */
export interface ReportResolution extends ReportWork {
  readonly outcome: ReportOutcome;
  readonly note?: string;
}

/** A report after something was done; `duplicate`: it stood so before. */
export interface HandledReport {
  readonly report: Report;
  readonly duplicate: boolean;
}

/** Messages before a reported one that are kept with it. */
export const REPORT_CONTEXT = 5;

/** Keeps reports. Outages come back as `unavailable`. */
export interface ReportStore {
  /**
   * Keeps the report with the message and what was said before it. One that the reporter has open of that message is a
   * duplicate; `not_found` where the message isn't in the channel, or was deleted; `bad_request` of one's own.
   */
  file(report: NewReport): Promise<Result<HandledReport>>;
  list(query: ReportQuery): Promise<Result<ReportPage>>;
  /** Those of them that are of channels which the reader looks after at that time (ms since the epoch). */
  listFor(reader: ReportReader, query: ReportQuery, at: number): Promise<Result<ReportPage>>;
  /** Whether somebody who isn't staff looks after any channel at that time. */
  looksAfterAny(reader: ReportReader, at: number): Promise<Result<boolean>>;
  /**
   * Takes the report on, which the audit log has then; `conflict` where somebody else has, or it is resolved. `not_found`
   * also for the message's author.
   */
  claim(work: ReportWork): Promise<Result<HandledReport>>;
  /** Resolves it, whoever took it on, and keeps that in the audit log; `conflict` where it is resolved otherwise. */
  resolve(resolution: ReportResolution): Promise<Result<HandledReport>>;
  /** Deletes those that were made before. */
  deleteBefore(at: number): Promise<Result<void>>;
}

/** What the reporter is told of the end of `report`. */
export function resolvedFrame(
  { id, channelId, message, outcome = 'dismissed' }: Report,
  now: number,
): string {
  return encodeEphemeralEvent('report:resolved', channelId, now, { id, messageId: message.id, outcome });
}

/** As much of the page as goes into one; at least one report. */
export function withinBytes({ items, hasMore }: ReportPage): ReportPage {
  let bytes = 0;
  const fitting = items.findIndex((item, index) => {
    bytes += utf8Length(JSON.stringify(item));
    return index > 0 && bytes > MAX_PAGE_BYTES;
  });
  return fitting < 0 ? { items, hasMore } : { items: items.slice(0, fitting), hasMore: true };
}
