/**
 * The keys of one issuer, kept up to date.
 *
 * There is at most one request under way, and everybody who needs its outcome waits for the same one. It is made
 * - at the start, and 10 minutes after one that succeeded;
 * - after one that failed, at first a second later, then twice as late each time, at most a minute;
 * - when a token names a key that isn't among those held, unless such a request was made less than 30 s ago.
 *
 * What holds in between:
 * - `none`: no request has succeeded yet. Tokens wait for the one under way; without one they are `unavailable`.
 * - `held`: one succeeded less than 24 hours ago. Its keys decide. While requests fail since, an unknown key is
 *   `unavailable`, because it may be one of the issuer's; else it is `unauthorized`.
 * - `lost`: none succeeded for 24 hours. Everything is as in `none`: nobody knows what the issuer took back meanwhile.
 * A request that succeeds leads to `held` from everywhere; time alone leads from `held` to `lost`.
 */
import { errors } from 'jose';
import type { CryptoKey } from 'jose';
import type { Logger } from 'pino';
import { failure } from '../../protocol/errors.ts';
import { fail, ok } from '../../protocol/result.ts';
import type { Result } from '../../protocol/result.ts';
import type { KeyWish } from '../foreign-token.ts';
import { refused } from '../signed-token.ts';
import { boundedFetch } from './bounded-fetch.ts';
import type { Fetch } from './bounded-fetch.ts';
import { askIssuer } from './issuer-metadata.ts';
import type { IssuerMetadata, KeySet } from './issuer-metadata.ts';

const REFRESH_MS = 10 * 60_000;
const KEEP_MS = 24 * 3_600_000;
const COOLDOWN_MS = 30_000;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;
/** Keys that are tried where a token doesn't say which one. */
const MOST_CANDIDATES = 4;

/** A clock that never goes back, ms, and timers of it; `after` answers what calls the timer off. */
export interface IssuerTimers {
  mono(): number;
  after(delayMs: number, callback: () => void): () => void;
}

/** What {@link IssuerKeys} need. */
export interface IssuerKeysDeps {
  readonly issuer: string;
  readonly fetch: Fetch;
  readonly timers: IssuerTimers;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
}

interface Held {
  readonly keys: KeySet;
  readonly metadata: IssuerMetadata | null;
  /** By the clock of the timers. */
  readonly since: number;
}

/** See the head of the file. */
export class IssuerKeys {
  readonly #deps: IssuerKeysDeps;
  readonly #fetch: Fetch;
  readonly #ending = new AbortController();
  #held: Held | null = null;
  #underWay: Promise<void> | null = null;
  /** Requests that failed since the last one that succeeded. */
  #failures = 0;
  #problem: string | null = null;
  /** When the next request is due, by the clock of the timers. */
  #nextAt = 0;
  #callOff: (() => void) | null = null;
  #askedForUnknownAt = -Infinity;

  constructor(deps: IssuerKeysDeps) {
    this.#deps = deps;
    this.#fetch = boundedFetch(deps.fetch);
  }

  /** Begins to ask; answers at once. */
  start(): void {
    void this.#ask();
  }

  /** Ends all of it, the request under way included. */
  async stop(): Promise<void> {
    this.#ending.abort();
    this.#callOff?.();
    await this.#underWay;
  }

  /** What the issuer tells of itself; null while that isn't known. */
  get metadata(): IssuerMetadata | null {
    return this.#current()?.metadata ?? null;
  }

  /** What people who run the server should know, as a sentence; null: all is well. */
  get warning(): string | null {
    const { issuer, timers } = this.#deps;
    if (this.#problem === null) return null;
    const current = this.#current();
    if (current === null) return `Nobody can log in with ${issuer}: ${this.#problem}.`;
    const minutes = Math.floor((timers.mono() - current.since) / 60_000);
    return `The keys of ${issuer} are those of ${minutes} minutes ago: ${this.#problem}.`;
  }

  /** The keys that may have signed such a token; `unauthorized` for a key of nobody's, `unavailable` while it can't be told. */
  async find(wish: KeyWish): Promise<Result<readonly CryptoKey[]>> {
    if (this.#current() === null) await this.#underWay;
    const current = this.#current();
    if (current === null) return this.#away();
    const keys = await matching(current.keys, wish);
    if (keys.length > 0) return ok(keys);
    const newer = await this.#newerThan(current);
    const found = newer === null ? [] : await matching(newer.keys, wish);
    if (found.length > 0) return ok(found);
    return this.#failures > 0 ? this.#away() : refused();
  }

  /** Null when there is nothing newer, and no right to ask for it yet. */
  async #newerThan(known: Held): Promise<Held | null> {
    const now = this.#deps.timers.mono();
    if (this.#underWay === null && now - this.#askedForUnknownAt >= COOLDOWN_MS) {
      this.#askedForUnknownAt = now;
      void this.#ask();
    }
    await this.#underWay;
    const current = this.#current();
    return current === known ? null : current;
  }

  #current(): Held | null {
    const held = this.#held;
    return held !== null && this.#deps.timers.mono() - held.since < KEEP_MS ? held : null;
  }

  async #ask(): Promise<void> {
    this.#underWay ??= this.#load().finally(() => {
      this.#underWay = null;
    });
    return this.#underWay;
  }

  async #load(): Promise<void> {
    const { issuer, timers } = this.#deps;
    const { signal } = this.#ending;
    this.#callOff?.();
    const answer = await askIssuer(issuer, this.#fetch, signal);
    if (signal.aborted) return;
    if (answer.ok) {
      this.#held = { keys: answer.keys, metadata: answer.metadata, since: timers.mono() };
      this.#succeeded();
      this.#schedule(REFRESH_MS);
    } else {
      this.#failed(answer.problem);
      this.#schedule(Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.#failures - 1)));
    }
  }

  #succeeded(): void {
    if (this.#failures > 0) this.#deps.logger.info({ issuer: this.#deps.issuer }, 'the issuer answers again');
    this.#failures = 0;
    this.#problem = null;
  }

  // Once for each kind of trouble, not for each time.
  #failed(problem: string): void {
    this.#failures += 1;
    if (this.#problem === problem) return;
    this.#problem = problem;
    this.#deps.logger.warn({ issuer: this.#deps.issuer, problem }, 'the keys of an issuer could not be had');
  }

  #schedule(delayMs: number): void {
    this.#nextAt = this.#deps.timers.mono() + delayMs;
    this.#callOff = this.#deps.timers.after(delayMs, () => void this.#ask());
  }

  #away() {
    const wait = Math.max(FIRST_RETRY_MS, Math.ceil(this.#nextAt - this.#deps.timers.mono()));
    return fail(failure('unavailable', 'The issuer of this token does not answer at the moment.', wait));
  }
}

async function matching(keys: KeySet, wish: KeyWish): Promise<readonly CryptoKey[]> {
  try {
    return [await keys({ ...wish })];
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) return [];
    const candidates: CryptoKey[] = [];
    for await (const key of error) {
      if (candidates.push(key) === MOST_CANDIDATES) break;
    }
    return candidates;
  }
}
