/**
 * Keeps one channel joined: joins again after each reconnect, resumes, and has the sequencing machine's fetches done.
 *
 * A membership begins with the user's `join` and ends with `leave`, with a refusal that trying again can't change, or
 * when the client stops. `joined` is true between the answer to a join and the end of that connection.
 */
import type { ResumePoint, UserRef } from '../protocol/entities.ts';
import type { Failure } from '../protocol/errors.ts';
import type { LogEvent, Replies } from '../protocol/events.ts';
import { MAX_PAGE_LIMIT } from '../protocol/limits.ts';
import { retryDelay } from './backoff.ts';
import { ChannelSession, type GapReason, type SessionEffect } from './channel-session.ts';
import { ChatError, isRetryable } from './chat-error.ts';
import type { PresenceChange } from './client-events.ts';
import type { Answer, Ask } from './requests.ts';
import { afterPresence, type Roster } from './roster.ts';
import type { Cancel, Timers } from './timers.ts';

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
}

/** Places of a channel that are passed over. */
export interface Gap {
  readonly channelId: string;
  readonly from: number;
  readonly to: number;
  readonly reason: GapReason;
}

/** What a membership needs. */
export interface MembershipOptions {
  readonly ask: Ask;
  readonly timers: Timers;
  readonly random: () => number;
  readonly answerTimeoutMs: number;
  readonly online: () => boolean;
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
  readonly #session: ChannelSession;
  #joined = false;
  #ended = false;
  /** Withdraws the request, or the delay before it, that a join or a fetch waits for. One of them at a time. */
  #cancelPending: Cancel | null = null;
  #view: ChannelView | null = null;
  #caughtUp = false;
  #told: ResumePoint | null;
  #waiters: Waiter[] = [];
  readonly #effects: SessionEffect[] = [];
  #applying = false;

  constructor(channelId: string, join: JoinOptions, options: MembershipOptions) {
    this.channelId = channelId;
    this.#limit = join.limit;
    this.#told = join.recover ?? null;
    this.#session = new ChannelSession(this.#told);
    this.#options = options;
  }

  get joined(): boolean {
    return this.#joined;
  }

  /** Up to where listeners were told everything; the machine is ahead of it while it has more to tell. */
  get resumePoint(): ResumePoint | null {
    return this.#told;
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
    if (!this.#joined && this.#cancelPending === null) this.#join(0);
  }

  /** The connection is gone. */
  away(): void {
    this.#cancelPending?.();
    this.#cancelPending = null;
    this.#joined = false;
    this.#caughtUp = false;
    this.#session.away();
  }

  /** Takes a durable event of this channel. */
  take(event: LogEvent): void {
    this.#apply(this.#session.live(event));
  }

  /** Ends the membership; who waits for the join hears why. */
  end(failure: Failure): void {
    this.away();
    this.#ended = true;
    const error = new ChatError(failure, { channelId: this.channelId });
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
  }

  #join(refusals: number): void {
    const recover = this.#session.resumePoint;
    // A page to resume with is as large as the server gives: the user's limit is about what to see first.
    const data = recover === null ? (this.#limit === undefined ? {} : { limit: this.#limit }) : { recover };
    this.#request('channel:join', data, refusals, {
      again: (count) => {
        this.#join(count);
      },
      reply: (reply) => {
        this.#onJoined(reply as Replies['channel:joined']);
      },
      refused: (failure) => {
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
    };
    const effects = this.#session.joined(data);
    this.#options.onJoined(this.#view);
    this.#apply(effects);
  }

  /** Effects queue up behind those that are being told, so that a listener that causes more can't reorder them. */
  #apply(effects: readonly SessionEffect[]): void {
    this.#effects.push(...effects);
    if (this.#applying) return;
    this.#applying = true;
    for (let effect = this.#effects.shift(); effect !== undefined; effect = this.#effects.shift()) {
      if (this.#ended) break;
      this.#tell(effect);
    }
    this.#applying = false;
  }

  #tell(effect: SessionEffect): void {
    switch (effect.kind) {
      case 'deliver':
        this.#toldUpTo(effect.event.seq);
        this.#options.onEvent(effect.event);
        return;
      case 'gap':
        this.#toldUpTo(effect.reason === 'rewound' ? effect.from - 1 : effect.to);
        this.#options.onGap({
          channelId: this.channelId,
          from: effect.from,
          to: effect.to,
          reason: effect.reason,
        });
        return;
      case 'fetch':
        this.#fetch(effect.afterSeq, effect.turn, 0);
        return;
      case 'caught-up':
        this.#caughtUp = true;
        this.#told = this.#session.resumePoint;
        if (this.#view === null) return;
        for (const waiter of this.#waiters.splice(0)) waiter.resolve(this.#view);
    }
  }

  #toldUpTo(seq: number): void {
    const epoch = this.#session.resumePoint?.epoch;
    if (epoch !== undefined) this.#told = { epoch, seq };
  }

  #fetch(afterSeq: number, turn: number, refusals: number): void {
    this.#request('history:get', { afterSeq, limit: MAX_PAGE_LIMIT }, refusals, {
      again: (count) => {
        this.#fetch(afterSeq, turn, count);
      },
      reply: (reply) => {
        this.#apply(this.#session.page(turn, (reply as Replies['history']).events));
      },
      // Who may not read the history gets what is said from now on; the machine tells the gap.
      refused: () => {
        this.#apply(this.#session.page(turn, []));
      },
    });
  }

  #request(
    type: string,
    data: object,
    refusals: number,
    then: {
      readonly again: (refusals: number) => void;
      readonly reply: (data: unknown) => void;
      readonly refused: (failure: Failure) => void;
    },
  ): void {
    if (this.#ended || !this.#options.online()) return;
    const settle = (answer: Answer): void => {
      this.#cancelPending = null;
      if (answer.kind === 'reply') {
        then.reply(answer.frame.data);
      } else if (answer.kind === 'interrupted') {
        if (answer.why !== 'disconnected') then.again(refusals);
      } else if (isRetryable(answer.failure)) {
        this.#cancelPending = this.#options.timers.after(
          retryDelay(answer.failure, refusals, this.#options.random),
          () => {
            this.#cancelPending = null;
            then.again(refusals + 1);
          },
        );
      } else {
        then.refused(answer.failure);
      }
    };
    this.#cancelPending = this.#options.ask(
      { type, channelId: this.channelId, data },
      this.#options.answerTimeoutMs,
      settle,
    );
  }
}
