/** Tells what the sequencing machine of one log gives out, and keeps up to where that was told. */
import type { ResumePoint } from '../protocol/entities.ts';
import {
  type GapReason,
  type JoinedPage,
  LogSession,
  type Placed,
  type SessionEffect,
} from './log-session.ts';

/** Places of a log that are passed over. */
export interface LogGap {
  readonly from: number;
  readonly to: number;
  readonly reason: GapReason;
}

/** Who is told. */
export interface LogListener<Event extends Placed> {
  readonly onEvent: (event: Event) => void;
  readonly onGap: (gap: LogGap) => void;
  /** Get what is behind `afterSeq`, and give it to {@link LogTeller.page} with the same `turn`. Replaces what was asked before. */
  readonly onFetch: (afterSeq: number, turn: number) => void;
  /** Everything that the log is known to hold was told. */
  readonly onCaughtUp: () => void;
}

/** See the head of the file. */
export class LogTeller<Event extends Placed> {
  readonly #session: LogSession<Event>;
  readonly #listener: LogListener<Event>;
  readonly #effects: SessionEffect<Event>[] = [];
  #told: ResumePoint | null;
  #applying = false;
  #ended = false;

  /** `seen`: where an earlier one of this user ended, to go on from there. */
  constructor(seen: ResumePoint | null, listener: LogListener<Event>) {
    this.#session = new LogSession(seen);
    this.#told = seen;
    this.#listener = listener;
  }

  /** Up to where listeners were told everything; the machine is ahead of it while it has more to tell. */
  get told(): ResumePoint | null {
    return this.#told;
  }

  /** Up to where the machine has everything: what to resume with. */
  get resumePoint(): ResumePoint | null {
    return this.#session.resumePoint;
  }

  /** The connection is gone. */
  away(): void {
    this.#session.away();
  }

  /** Nothing is told any more. */
  end(): void {
    this.#session.away();
    this.#ended = true;
  }

  /** The answer to a join that was asked with {@link resumePoint}. */
  joined(page: JoinedPage<Event>): void {
    this.#apply(this.#session.joined(page));
  }

  /** An event that came by itself. */
  live(event: Event): void {
    this.#apply(this.#session.live(event));
  }

  /** The log holds something up to `seq`, which didn't come with the news of it. */
  reaches(seq: number): void {
    this.#apply(this.#session.reaches(seq));
  }

  /** What the fetch of `turn` brought; empty when the server has nothing there. */
  page(turn: number, events: readonly Event[]): void {
    this.#apply(this.#session.page(turn, events));
  }

  /** Effects queue up behind those that are being told, so that a listener that causes more can't reorder them. */
  #apply(effects: readonly SessionEffect<Event>[]): void {
    this.#effects.push(...effects);
    if (this.#applying) return;
    this.#applying = true;
    for (let effect = this.#effects.shift(); effect !== undefined; effect = this.#effects.shift()) {
      if (this.#ended) break;
      this.#tell(effect);
    }
    this.#applying = false;
  }

  #tell(effect: SessionEffect<Event>): void {
    switch (effect.kind) {
      case 'deliver':
        this.#toldUpTo(effect.event.seq);
        this.#listener.onEvent(effect.event);
        return;
      case 'gap':
        this.#toldUpTo(effect.reason === 'rewound' ? effect.from - 1 : effect.to);
        this.#listener.onGap({ from: effect.from, to: effect.to, reason: effect.reason });
        return;
      case 'fetch':
        this.#listener.onFetch(effect.afterSeq, effect.turn);
        return;
      case 'caught-up':
        this.#told = this.#session.resumePoint;
        this.#listener.onCaughtUp();
    }
  }

  #toldUpTo(seq: number): void {
    const epoch = this.#session.resumePoint?.epoch;
    if (epoch !== undefined) this.#told = { epoch, seq };
  }
}
