/**
 * Keeps one channel joined: joins again after each reconnect, resumes, and has the sequencing machine's fetches done.
 *
 * A membership begins with the user's `join` and ends with `leave`, with a refusal that trying again can't change, or
 * when the client stops. `joined` is true between the answer to a join and the end of that connection.
 */
import type { ChannelSettings } from '../protocol/channel-settings.ts';
import type { ChannelRole, ResumePoint, UserRef } from '../protocol/entities.ts';
import type { Failure } from '../protocol/errors.ts';
import type { LogEvent, Replies } from '../protocol/events.ts';
import { MAX_PAGE_LIMIT } from '../protocol/limits.ts';
import { ChatError } from './chat-error.ts';
import type { PresenceChange } from './client-events.ts';
import { type LogGap, LogTeller } from './log-teller.ts';
import { Question, type QuestionOptions } from './question.ts';
import { afterPresence, type Roster } from './roster.ts';

/** How to join. */
export interface JoinOptions {
  /** How many of the newest messages to get where nothing was seen before. */
  readonly limit?: number | undefined;
  /** Go on after a place that was seen earlier, by another client of this user. */
  readonly recover?: ResumePoint | undefined;
}

/** A channel as the answer to a join tells of it. */
export interface ChannelView {
  readonly channelId: string;
  readonly epoch: string;
  /** The newest place of the log. */
  readonly seq: number;
  /** Null: nothing was to be resumed. False: it could not be, a `gap` says what is missing. */
  readonly recovered: boolean | null;
  /** Who is present, at most 100; `memberCount` is exact. */
  readonly members: readonly UserRef[];
  readonly memberCount: number;
  /** What moderators decided of the channel; null: nothing. */
  readonly settings: ChannelSettings | null;
  /** What one is in the channel; null: no member. */
  readonly role: ChannelRole | null;
  /** Until when one is muted there, ms since the epoch, or null without end; null: one isn't. */
  readonly muted: { readonly until: number | null } | null;
}

/** Places of a channel that are passed over. */
export interface Gap extends LogGap {
  readonly channelId: string;
}

/** What a membership needs. */
export interface MembershipOptions {
  /** How a join or a fetch is asked. */
  readonly question: QuestionOptions;
  readonly onJoined: (view: ChannelView) => void;
  readonly onEvent: (event: LogEvent) => void;
  readonly onGap: (gap: Gap) => void;
  /** The server doesn't let this user (back) in; the membership is over. */
  readonly onRefused: (failure: Failure, wasJoinedBefore: boolean) => void;
}

interface Waiter {
  readonly resolve: (view: ChannelView) => void;
  readonly reject: (error: ChatError) => void;
}

/** See the head of the file. */
export class Membership {
  readonly channelId: string;
  readonly #options: MembershipOptions;
  readonly #limit: number | undefined;
  readonly #log: LogTeller<LogEvent>;
  readonly #question: Question;
  #joined = false;
  #view: ChannelView | null = null;
  #caughtUp = false;
  #waiters: Waiter[] = [];

  constructor(channelId: string, join: JoinOptions, options: MembershipOptions) {
    this.channelId = channelId;
    this.#limit = join.limit;
    this.#options = options;
    this.#question = new Question(options.question);
    this.#log = new LogTeller(join.recover ?? null, {
      onEvent: options.onEvent,
      onGap: (gap) => {
        options.onGap({ channelId, ...gap });
      },
      onFetch: (afterSeq, turn) => {
        this.#fetch(afterSeq, turn);
      },
      onCaughtUp: () => {
        this.#caughtUp = true;
        if (this.#view === null) return;
        for (const waiter of this.#waiters.splice(0)) waiter.resolve(this.#view);
      },
    });
  }

  get joined(): boolean {
    return this.#joined;
  }

  /** Up to where listeners were told everything. */
  get resumePoint(): ResumePoint | null {
    return this.#log.told;
  }

  /** Who is present, as far as is known; null before the first join. */
  get roster(): Roster | null {
    return this.#view === null ? null : { members: this.#view.members, count: this.#view.memberCount };
  }

  /** Takes news of who is present. */
  presence(change: PresenceChange): void {
    if (this.#view === null || this.roster === null) return;
    const { members, count } = afterPresence(this.roster, change);
    this.#view = { ...this.#view, members, memberCount: count };
  }

  /** Resolves when joined and caught up with what the server had then. */
  whenCaughtUp(): Promise<ChannelView> {
    if (this.#caughtUp && this.#view !== null) return Promise.resolve(this.#view);
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
    });
  }

  /** Joins on a connection that is new; nothing happens when that was done, or while offline. */
  join(): void {
    if (!this.#joined && !this.#question.isOpen) this.#join();
  }

  /** The connection is gone. */
  away(): void {
    this.#question.withdraw();
    this.#joined = false;
    this.#caughtUp = false;
    this.#log.away();
  }

  /** Takes a durable event of this channel. */
  take(event: LogEvent): void {
    this.#log.live(event);
  }

  /** Ends the membership; who waits for the join hears why. */
  end(failure: Failure): void {
    this.away();
    this.#log.end();
    const error = new ChatError(failure, { channelId: this.channelId });
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
  }

  #join(): void {
    const recover = this.#log.resumePoint;
    // A page to resume with is as large as the server gives: the user's limit is about what to see first.
    const data = recover === null ? (this.#limit === undefined ? {} : { limit: this.#limit }) : { recover };
    const frame = { type: 'channel:join', channelId: this.channelId, data };
    this.#question.ask(frame, {
      onReply: (reply) => {
        this.#onJoined(reply as Replies['channel:joined']);
      },
      onRefused: (failure) => {
        this.end(failure);
        this.#options.onRefused(failure, this.#view !== null);
      },
    });
  }

  #onJoined(data: Replies['channel:joined']): void {
    this.#joined = true;
    this.#view = {
      channelId: this.channelId,
      epoch: data.epoch,
      seq: data.seq,
      recovered: data.recovered,
      members: data.members,
      memberCount: data.memberCount,
      settings: data.settings ?? null,
      role: data.role ?? null,
      muted: data.muted ?? null,
    };
    this.#options.onJoined(this.#view);
    this.#log.joined(data);
  }

  #fetch(afterSeq: number, turn: number): void {
    const data = { afterSeq, limit: MAX_PAGE_LIMIT };
    const frame = { type: 'history:get', channelId: this.channelId, data };
    this.#question.ask(frame, {
      onReply: (reply) => {
        this.#log.page(turn, (reply as Replies['history']).events);
      },
      // Who may not read the history gets what is said from now on; the machine tells the gap.
      onRefused: () => {
        this.#log.page(turn, []);
      },
    });
  }
}
