/**
 * Puts a fresh token in place before the old one ends, so that nobody is disconnected for it.
 *
 * States: `resting` (no connection, no way to get another token, or an end that can't be read); `waiting` for the time to
 * ask; `asking` for a token and presenting it. `begin` leads to `waiting` or `resting`, `end` to `resting`. What fails
 * leads back to `waiting`, ever closer to the end, and at last to `resting`: then the server closes with 4002, and the
 * link asks for a token.
 *
 * The end is counted from the server's own time, which comes with `welcome` and with each answer: a clock that is set
 * wrong here harms nothing.
 */
import { ChatError, isRetryable } from './chat-error.ts';
import type { Answer } from './requests.ts';
import type { Cancel, Timers } from './timers.ts';
import { tokenEnd } from './token-end.ts';

/** What renewal needs. */
export interface TokenRenewalOptions {
  /** Whether `fetch` may bring another token than the one that is in use. */
  readonly canRenew: () => boolean;
  /** Asks whoever has the tokens. */
  readonly fetch: () => Promise<string>;
  /** Presents a token on the live connection. `settle` is never called before it returns. */
  readonly present: (token: string, settle: (answer: Answer) => void) => Cancel;
  readonly onError: (error: ChatError) => void;
  readonly timers: Timers;
  /** Numbers from 0 to below 1, so that clients that came at once don't ask at once. */
  readonly random: () => number;
}

/** How long before the end a token is renewed, ms: browsers let the timers of hidden pages be a minute late. */
const LONGEST_LEAD_MS = 120_000;
/** And for short-lived ones: this part of what is left. */
const LEAD_PART = 0.2;
/** Another try comes after this part of what is left. */
const RETRY_PART = 0.5;
/** Nearer to the end than this nothing is tried again, ms. */
const TOO_LATE_MS = 1_000;

/** See the head of the file. */
export class TokenRenewal {
  readonly #options: TokenRenewalOptions;
  #token = '';
  /** On the client's clock, ms. */
  #endsAt = 0;
  /** Counts changes of state, so that what comes late belongs to none. */
  #turn = 0;
  #cancel: Cancel | null = null;

  constructor(options: TokenRenewalOptions) {
    this.#options = options;
  }

  /** `token` is in use from now on, which is `serverTime` on the server's clock (ms since the epoch). */
  begin(token: string, serverTime: number): void {
    this.end();
    const end = tokenEnd(token);
    if (end === null || !this.#options.canRenew()) return;
    const leftMs = end - serverTime;
    if (leftMs <= 0) return;
    this.#token = token;
    this.#endsAt = this.#options.timers.now() + leftMs;
    this.#wait(leftMs - Math.min(LONGEST_LEAD_MS, leftMs * LEAD_PART) * this.#jitter());
  }

  /** No token is in use any more. */
  end(): void {
    this.#turn += 1;
    this.#cancel?.();
    this.#cancel = null;
  }

  #wait(ms: number): void {
    this.#cancel = this.#options.timers.after(ms, () => {
      this.#cancel = null;
      this.#ask();
    });
  }

  #ask(): void {
    const turn = this.#turn;
    this.#options.fetch().then(
      (token) => {
        if (turn !== this.#turn) return;
        // Who keeps tokens may find this one good enough for now.
        if (token === this.#token) this.#retry();
        else this.#present(token);
      },
      (cause: unknown) => {
        if (turn !== this.#turn) return;
        const message = `the token function failed: ${String(cause)}`;
        this.#options.onError(new ChatError({ code: 'unauthorized', message }));
        this.#retry();
      },
    );
  }

  #present(token: string): void {
    this.#cancel = this.#options.present(token, (answer) => {
      this.#cancel = null;
      if (answer.kind === 'reply') {
        const { timestamp } = answer.frame;
        if (timestamp !== undefined) this.begin(token, timestamp);
      } else if (answer.kind === 'interrupted') {
        // A connection that is gone has called `end`.
        if (answer.why !== 'disconnected') this.#retry();
      } else if (isRetryable(answer.failure)) {
        this.#retry();
      } else {
        this.#options.onError(new ChatError(answer.failure));
      }
    });
  }

  #retry(): void {
    const leftMs = this.#endsAt - this.#options.timers.now();
    const waitMs = Math.max(TOO_LATE_MS, leftMs * RETRY_PART * this.#jitter());
    if (leftMs - waitMs >= TOO_LATE_MS) this.#wait(waitMs);
  }

  /** From one half to one. */
  #jitter(): number {
    return 0.5 + this.#options.random() / 2;
  }
}
