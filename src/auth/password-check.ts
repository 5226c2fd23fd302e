/** Whether a password is an account's: slowly enough for who guesses, and without a hint what was wrong. */
import { failure } from '../protocol/errors.ts';
import type { Failure } from '../protocol/errors.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import { AttemptThrottle } from './attempt-throttle.ts';
import type { PasswordHasher } from './password-hasher.ts';
import type { Account } from './ports.ts';

/** Someone says that a password is an account's. */
export interface PasswordAttempt {
  /** The client's. */
  readonly address: string;
  /**
   * What the account was named by, in one spelling, whether there is one or not: a key that told of the account itself
   * would tell who shares attempts, and so whose an e-mail address is.
   */
  readonly namedBy: string;
  readonly password: string;
  /** Looks the account up; null when there is none. */
  readonly find: () => Promise<Result<Account | null>>;
}

/** See the head of the file. `mono` gives ms on a clock that nobody sets. */
export class PasswordCheck {
  readonly #hasher: PasswordHasher;
  readonly #mono: () => number;
  readonly #attempts = new AttemptThrottle({ burst: 60, intervalMs: 1_000 });
  /** Failures only: who knows the password can log in as often as the address may. */
  readonly #failures = new AttemptThrottle({ burst: 10, intervalMs: 30_000 });

  constructor(hasher: PasswordHasher, mono: () => number) {
    this.#hasher = hasher;
    this.#mono = mono;
  }

  /**
   * The account when the password is its own, else null, after the same work whether there is one. `rate_limited`,
   * `overloaded`, `unavailable`; the latter two count as no failure.
   */
  async account(attempt: PasswordAttempt): Promise<Result<Account | null>> {
    const { address, namedBy, password, find } = attempt;
    const byAddress = this.#attempts.take(address, this.#mono());
    if (byAddress > 0) return fail(tooManyAttempts(byAddress));
    const byName = this.#failures.take(namedBy, this.#mono());
    if (byName > 0) return fail(tooManyAttempts(byName));
    const found = await find();
    const matches = found.ok ? await this.#hasher.verify(found.value?.passwordHash, password) : found;
    if (!matches.ok || matches.value) this.#failures.giveBack(namedBy);
    if (!found.ok) return found;
    if (!matches.ok) return matches;
    return ok(matches.value ? found.value : null);
  }
}

/** The answer to who tries too often; `waitMs` until the next try. */
export function tooManyAttempts(waitMs: number): Failure {
  return failure('rate_limited', 'Too many attempts.', waitMs);
}
