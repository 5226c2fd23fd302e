/**
 * Says up to which whisper of each correspondent one has come: only the newest, and no more often than the pace. A mark
 * that got no answer, or was refused for the moment, is said again unless a newer one takes its place.
 */
import { retryDelay } from './backoff.ts';
import { isRetryable } from './chat-error.ts';
import type { Answer, Ask } from './requests.ts';
import type { Cancel, Timers } from './timers.ts';

/** What marks need. */
export interface WhisperMarksOptions {
  readonly type: 'whisper:delivered' | 'whisper:read';
  /** Least time between two marks, ms; those of several correspondents go together. */
  readonly paceMs: number;
  readonly ask: Ask;
  readonly online: () => boolean;
  readonly timers: Timers;
  readonly random: () => number;
  readonly answerTimeoutMs: number;
  readonly onMarked: (userId: string, data: unknown) => void;
}

interface Mark {
  readonly id: string;
  readonly seq: number;
}

/** See the head of the file. */
export class WhisperMarks {
  readonly #options: WhisperMarksOptions;
  readonly #wanted = new Map<string, Mark>();
  readonly #inFlight = new Map<string, Cancel>();
  /** The newest that was wanted, by correspondent. */
  readonly #newest = new Map<string, number>();
  #refusals = 0;
  #cancelDelay: Cancel | null = null;

  constructor(options: WhisperMarksOptions) {
    this.#options = options;
  }

  /** One has come up to whisper `id` of `userId`, which stands at `seq`. What isn't newer than the last is left out. */
  add(userId: string, id: string, seq: number): void {
    if (seq <= this.#newestOf(userId)) return;
    this.#newest.set(userId, seq);
    this.#wanted.set(userId, { id, seq });
    // Those of one page come in one go: only the last of them is said.
    if (this.#cancelDelay === null) this.#wait(0);
  }

  /** One has said as much of `userId` in another way. */
  skip(userId: string, seq: number): void {
    if (seq < this.#newestOf(userId)) return;
    this.#newest.set(userId, seq);
    this.#wanted.delete(userId);
  }

  /** Says what may be said now. */
  pump(): void {
    const { online, paceMs } = this.#options;
    if (this.#cancelDelay !== null || !online()) return;
    let said = false;
    for (const [userId, mark] of [...this.#wanted]) {
      if (this.#inFlight.has(userId)) continue;
      this.#wanted.delete(userId);
      this.#say(userId, mark);
      said = true;
    }
    if (said) this.#wait(paceMs);
  }

  /** Forgets everything, and what is under way. */
  clear(): void {
    this.#cancelDelay?.();
    this.#cancelDelay = null;
    for (const cancel of this.#inFlight.values()) cancel();
    this.#inFlight.clear();
    this.#wanted.clear();
    this.#newest.clear();
  }

  #newestOf(userId: string): number {
    return this.#newest.get(userId) ?? 0;
  }

  #say(userId: string, mark: Mark): void {
    const { type, ask, answerTimeoutMs } = this.#options;
    const frame = { type, data: { with: { id: userId }, id: mark.id } };
    const settle = (answer: Answer): void => {
      this.#inFlight.delete(userId);
      this.#answered(userId, mark, answer);
      this.pump();
    };
    this.#inFlight.set(userId, ask(frame, answerTimeoutMs, settle));
  }

  #answered(userId: string, mark: Mark, answer: Answer): void {
    const { random, onMarked } = this.#options;
    if (answer.kind === 'reply') {
      this.#refusals = 0;
      onMarked(userId, answer.frame.data);
      return;
    }
    if (answer.kind === 'error' && !isRetryable(answer.failure)) return;
    if (!this.#wanted.has(userId)) this.#wanted.set(userId, mark);
    if (answer.kind === 'interrupted') return;
    this.#cancelDelay?.();
    this.#cancelDelay = null;
    this.#wait(retryDelay(answer.failure, this.#refusals, random));
    this.#refusals += 1;
  }

  #wait(ms: number): void {
    this.#cancelDelay = this.#options.timers.after(ms, () => {
      this.#cancelDelay = null;
      this.pump();
    });
  }
}
