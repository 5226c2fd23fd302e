/**
 * Sequencing of one log, a channel's or the inbox, as a machine without I/O: answers, pages and live events go in, what
 * to do comes out.
 *
 * States: `away` (no valid join; live events wait, because the answer to the join may still be behind them), `filling`
 * (joined, but places up to `target` are missing; live events wait while pages are fetched), `live` (everything up to
 * `last` was delivered, the next event is delivered as it comes). `joined` leads out of `away`; a jump leads from
 * `live` to `filling`; `leave` leads back to `away`. In every state: each place is delivered at most once, in order,
 * and a place that is passed over is told as a gap.
 */
import type { ResumePoint } from '../protocol/entities.ts';

/**
 * Why places are passed over. `too_old`: the server no longer resumes from there. `epoch`: the log was replaced, all
 * that was seen belongs to another one, and the new one begins before what is shown. `rewound`: the log ends before
 * what was seen; the places from `from` to `to` are void and will be given again. `missing`: the server has no events
 * there.
 */
export type GapReason = 'too_old' | 'epoch' | 'rewound' | 'missing';

/** What stands at a place of a log. */
export interface Placed {
  readonly seq: number;
}

/** What the machine asks its owner to do, in this order. */
export type SessionEffect<Event extends Placed> =
  | { readonly kind: 'deliver'; readonly event: Event }
  | { readonly kind: 'gap'; readonly from: number; readonly to: number; readonly reason: GapReason }
  /** Ask for history after `afterSeq`; the answer goes to {@link LogSession.page} with the same `turn`. */
  | { readonly kind: 'fetch'; readonly afterSeq: number; readonly turn: number }
  /** Everything that the server had at the join, or that a live event has told of, is delivered. */
  | { readonly kind: 'caught-up' };

/** What of the answer to a join matters here. */
export interface JoinedPage<Event extends Placed> extends ResumePoint {
  readonly recovered: boolean | null;
  readonly events: readonly Event[];
}

/** Live events kept while pages are fetched; what comes beyond is fetched as well. */
const MAX_HELD = 1_000;

/** One's place in a log. */
export class LogSession<Event extends Placed> {
  #phase: 'away' | 'filling' | 'live' = 'away';
  #epoch: string | null;
  #last: number;
  #target = 0;
  #turn = 0;
  readonly #held = new Map<number, Event>();

  /** `seen`: where an earlier session of this user ended, to go on from there. */
  constructor(seen: ResumePoint | null) {
    this.#epoch = seen?.epoch ?? null;
    this.#last = seen?.seq ?? 0;
  }

  /** Up to where everything was delivered; null before the first join. */
  get resumePoint(): ResumePoint | null {
    return this.#epoch === null ? null : { epoch: this.#epoch, seq: this.#last };
  }

  /** The connection is gone: what waited comes again after the next join. */
  away(): void {
    this.#phase = 'away';
    this.#turn += 1;
    this.#target = 0;
    this.#held.clear();
  }

  /** The answer to a join that was asked with {@link resumePoint}. */
  joined(page: JoinedPage<Event>): SessionEffect<Event>[] {
    const effects: SessionEffect<Event>[] = [];
    this.#turn += 1;
    this.#phase = 'filling';
    const first = page.events[0]?.seq ?? page.seq + 1;
    if (this.#epoch !== null && this.#last === 0) {
      // Joined before anyone had written: whatever epoch the first message brought, nothing of it was seen, and all of
      // it is wanted.
      this.#epoch = page.epoch;
      if (first > 1) for (const event of page.events) this.#hold(event);
    } else if (this.#epoch !== page.epoch) {
      if (this.#epoch !== null) effects.push({ kind: 'gap', from: 1, to: first - 1, reason: 'epoch' });
      this.#epoch = page.epoch;
      this.#last = first - 1;
    } else if (page.recovered !== true && page.seq < this.#last) {
      effects.push({ kind: 'gap', from: page.seq + 1, to: this.#last, reason: 'rewound' });
      this.#last = page.seq;
    } else if (page.recovered !== true && first > this.#last + 1) {
      this.#passOver(first - 1, 'too_old', effects);
    }
    this.#target = Math.max(this.#target, page.seq);
    if (this.#last > 0 || first === 1) this.#accept(page.events, effects);
    this.#settle(effects);
    return effects;
  }

  /** An event that came by itself. */
  live(event: Event): SessionEffect<Event>[] {
    const effects: SessionEffect<Event>[] = [];
    if (this.#phase === 'live') {
      if (event.seq <= this.#last) return effects;
      if (event.seq === this.#last + 1) {
        this.#deliver(event, effects);
        return effects;
      }
    }
    this.#hold(event);
    if (this.#phase === 'live') {
      this.#phase = 'filling';
      this.#settle(effects);
    }
    return effects;
  }

  /** The log holds something up to `seq`, which didn't come with the news of it. */
  reaches(seq: number): SessionEffect<Event>[] {
    const effects: SessionEffect<Event>[] = [];
    if (seq <= this.#last) return effects;
    this.#target = Math.max(this.#target, seq);
    if (this.#phase === 'live') {
      this.#phase = 'filling';
      this.#settle(effects);
    }
    return effects;
  }

  /** The page that the `fetch` of `turn` brought; empty when the server has nothing there. */
  page(turn: number, events: readonly Event[]): SessionEffect<Event>[] {
    const effects: SessionEffect<Event>[] = [];
    if (turn !== this.#turn || this.#phase !== 'filling') return effects;
    const before = this.#last;
    this.#accept(events, effects);
    if (this.#last === before) {
      // Asking again would bring the same: the nearest place that is known goes on.
      let next = this.#target + 1;
      for (const seq of this.#held.keys()) if (seq > this.#last) next = Math.min(next, seq);
      this.#passOver(next - 1, 'missing', effects);
    }
    this.#settle(effects);
    return effects;
  }

  #hold(event: Event): void {
    this.#target = Math.max(this.#target, event.seq);
    if (this.#held.size < MAX_HELD) this.#held.set(event.seq, event);
  }

  #accept(events: readonly Event[], effects: SessionEffect<Event>[]): void {
    for (const event of events) {
      if (event.seq <= this.#last) continue;
      this.#passOver(event.seq - 1, 'missing', effects);
      this.#deliver(event, effects);
    }
  }

  #settle(effects: SessionEffect<Event>[]): void {
    for (const seq of this.#held.keys()) if (seq <= this.#last) this.#held.delete(seq);
    for (
      let next = this.#held.get(this.#last + 1);
      next !== undefined;
      next = this.#held.get(this.#last + 1)
    ) {
      this.#held.delete(next.seq);
      this.#deliver(next, effects);
    }
    if (this.#last >= this.#target) {
      this.#phase = 'live';
      effects.push({ kind: 'caught-up' });
      return;
    }
    this.#turn += 1;
    effects.push({ kind: 'fetch', afterSeq: this.#last, turn: this.#turn });
  }

  #deliver(event: Event, effects: SessionEffect<Event>[]): void {
    this.#last = event.seq;
    effects.push({ kind: 'deliver', event });
  }

  #passOver(to: number, reason: GapReason, effects: SessionEffect<Event>[]): void {
    if (to <= this.#last) return;
    effects.push({ kind: 'gap', from: this.#last + 1, to, reason });
    this.#last = to;
  }
}
