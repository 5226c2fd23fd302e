/**
 * Follows the log of the user's inbox: where it stands at each connection, what was missed, what comes.
 *
 * There is nothing to join. Where nothing was seen before, the place that the server tells is the beginning. Otherwise
 * `hello` has asked for what was missed: until the answer is here, live events wait; when it doesn't come, because
 * the shard was replaced say, the client asks itself. A place that the server tells beyond what came is asked for too.
 */
import type { ResumePoint } from '../protocol/entities.ts';
import type { InboxSummary } from '../protocol/inbox-events.ts';
import { MAX_PAGE_LIMIT } from '../protocol/limits.ts';
import type { InboxEvent } from './inbox-news.ts';
import { type LogGap, LogTeller } from './log-teller.ts';
import { Question, type QuestionOptions } from './question.ts';
import type { Cancel } from './timers.ts';

/** `data` of `inbox:resumed`. */
export interface ResumedInbox extends InboxSummary {
  readonly recovered: boolean | null;
  readonly hasMore: boolean;
  readonly events: readonly InboxEvent[];
}

/** What it needs. */
export interface InboxLogOptions {
  readonly question: QuestionOptions;
  /** Where the inbox stood when an answer was given: told before its events. */
  readonly onSummary: (summary: InboxSummary) => void;
  readonly onEvent: (event: InboxEvent) => void;
  readonly onGap: (gap: LogGap) => void;
}

/** See the head of the file. */
export class InboxLog {
  readonly #options: InboxLogOptions;
  readonly #log: LogTeller<InboxEvent>;
  readonly #question: Question;
  /** Of the wait for the answer to `hello`; null: nothing is waited for. */
  #cancelWait: Cancel | null = null;

  constructor(options: InboxLogOptions) {
    this.#options = options;
    this.#question = new Question(options.question);
    this.#log = new LogTeller<InboxEvent>(null, {
      onEvent: options.onEvent,
      onGap: options.onGap,
      onFetch: (afterSeq, turn) => {
        this.#fetch(afterSeq, turn);
      },
      onCaughtUp: () => undefined,
    });
  }

  /** Up to where listeners were told everything; null: nothing was told of this inbox yet. */
  get told(): ResumePoint | null {
    return this.#log.told;
  }

  /** What the next `hello` asks to go on from. */
  get resumePoint(): ResumePoint | null {
    return this.#log.resumePoint;
  }

  /** A connection begins. `isResuming`: its `hello` had the {@link resumePoint}. */
  welcomed(summary: InboxSummary | undefined, isResuming: boolean): void {
    const { timers, answerTimeoutMs } = this.#options.question;
    if (isResuming) {
      this.#cancelWait = timers.after(answerTimeoutMs, () => {
        this.resume();
      });
    } else if (summary !== undefined) {
      this.stands(summary);
    }
  }

  /** The server tells where the log stands. */
  stands({ epoch, seq }: ResumePoint): void {
    if (this.#cancelWait !== null) return;
    const seen = this.#log.resumePoint;
    const recovered = seen === null ? null : seen.epoch === epoch && seen.seq <= seq;
    this.#log.joined({ epoch, seq, recovered, events: [] });
  }

  /** An `inbox:resumed` that answers no request of ours: that to `hello`. */
  resumed(data: ResumedInbox): void {
    const isAnswer = this.#cancelWait !== null;
    this.#endWait();
    if (isAnswer) this.#log.joined(data);
    else this.stands(data);
  }

  /** The shard of the inbox was replaced: what `hello` asked gets no answer any more. */
  restarted(): void {
    if (this.#cancelWait !== null) this.resume();
  }

  /** An event that came by itself. */
  live(event: InboxEvent): void {
    this.#log.live(event);
  }

  /** The log holds something up to `seq`, which didn't come with the news of it. */
  reaches(seq: number): void {
    this.#log.reaches(seq);
  }

  /** Asks where the inbox stands, unless an answer that tells is on its way. */
  refresh(): void {
    if (this.#cancelWait === null && !this.#question.isOpen) this.resume();
  }

  /** Asks where the inbox stands, and what was missed. */
  resume(): void {
    this.#endWait();
    const recover = this.#log.resumePoint;
    if (recover === null) return;
    this.#ask(recover, {
      onReply: (data) => {
        this.#log.joined(data);
      },
      // Nothing is to be had: what comes live is told, and the machine tells the gap before it.
      onRefused: () => {
        this.#log.joined({ ...recover, recovered: true, events: [] });
      },
    });
  }

  /** The connection is gone. */
  away(): void {
    this.#endWait();
    this.#question.withdraw();
    this.#log.away();
  }

  /** Nothing is told any more. */
  end(): void {
    this.away();
    this.#log.end();
  }

  #fetch(afterSeq: number, turn: number): void {
    const epoch = this.#log.resumePoint?.epoch;
    if (epoch === undefined) return;
    this.#ask(
      { epoch, seq: afterSeq },
      {
        onReply: (data) => {
          if (data.recovered === true) {
            this.#log.reaches(data.seq);
            this.#log.page(turn, data.events);
          } else {
            this.#log.joined(data);
          }
        },
        onRefused: () => {
          this.#log.page(turn, []);
        },
      },
    );
  }

  #ask(
    recover: ResumePoint,
    { onReply, onRefused }: { onReply: (data: ResumedInbox) => void; onRefused: () => void },
  ): void {
    const frame = { type: 'inbox:resume', data: { recover, limit: MAX_PAGE_LIMIT } };
    this.#question.ask(frame, {
      onReply: (reply) => {
        const data = reply as ResumedInbox;
        this.#options.onSummary(data);
        onReply(data);
      },
      onRefused,
    });
  }

  #endWait(): void {
    this.#cancelWait?.();
    this.#cancelWait = null;
  }
}
