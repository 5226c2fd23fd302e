/** argon2id (RFC 9106) in its native pool, a bounded number at a time. */
import { hash, verify } from '@node-rs/argon2';
import { bcryptMatches, isBcrypt } from './bcrypt.ts';
import { failure } from '../protocol/errors.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';

/** The functions that do the work; tests hand in quick ones. */
export interface PasswordFunctions {
  hash(password: string): Promise<string>;
  verify(hash: string, password: string): Promise<boolean>;
  /** The same for a bcrypt hash. Absent: there is none. */
  readonly verifyBcrypt?: (hash: string, password: string) => Promise<boolean>;
}

// Another system may have made it with other parameters, or another kind of argon2.
const READABLE = /^\$argon2(?:id|i|d)\$/;

/** How many may run and wait. */
export interface HashingBounds {
  /** At once: each takes 19 MiB and a thread of libuv's pool, which token checks and file reads share. */
  readonly running: number;
  /** Behind them; one more is `overloaded`. */
  readonly waiting: number;
}

const DEFAULT_BOUNDS: HashingBounds = { running: 2, waiting: 32 };
const RETRY_AFTER_MS = 1_000;

// OWASP's minimum for argon2id: 19 MiB, two passes, one lane.
const OWN_PREFIX = '$argon2id$v=19$m=19456,t=2,p=1$';
const ARGON2ID: PasswordFunctions = {
  hash: (password) => hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 }),
  verify: (stored, password) => verify(stored, password),
  verifyBcrypt: bcryptMatches,
};

/** Hashes and checks passwords; `overloaded` with `retryAfterMs` when too many wait. */
export class PasswordHasher {
  readonly #functions: PasswordFunctions;
  readonly #bounds: HashingBounds;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #dummy: Promise<string> | undefined;

  constructor(bounds: HashingBounds = DEFAULT_BOUNDS, functions: PasswordFunctions = ARGON2ID) {
    this.#bounds = bounds;
    this.#functions = functions;
  }

  /** Whether `hash`, which another system made, is of a kind that {@link verify} can tell of. */
  canVerify(hash: string): boolean {
    return READABLE.test(hash) || isBcrypt(hash);
  }

  /** Whether `hash` isn't what {@link hash} would make of the same password: another system made it. */
  isForeign(hash: string): boolean {
    return isBcrypt(hash) || (READABLE.test(hash) && !hash.startsWith(OWN_PREFIX));
  }

  /** PHC string of `password`. */
  async hash(password: string): Promise<Result<string>> {
    return this.#bounded(() => this.#functions.hash(prepared(password)));
  }

  /** Whether `password` made `stored`. Without `stored` it takes as long, and the answer is no. */
  async verify(stored: string | undefined, password: string): Promise<Result<boolean>> {
    return this.#bounded(async () => {
      // Made for whoever comes first, known or not, so that the first doesn't tell by its time.
      this.#dummy ??= this.#functions.hash('no account has this hash');
      const dummy = await this.#dummy;
      if (stored === undefined) {
        await this.#functions.verify(dummy, prepared(password));
        return false;
      }
      // Other systems hash what was typed, as it was.
      const spellings = new Set(
        this.isForeign(stored) ? [password, prepared(password)] : [prepared(password)],
      );
      for (const spelling of spellings) if (await this.#matches(stored, spelling)) return true;
      return false;
    });
  }

  async #matches(stored: string, password: string): Promise<boolean> {
    const { verifyBcrypt } = this.#functions;
    if (!isBcrypt(stored)) return this.#functions.verify(stored, password);
    return verifyBcrypt !== undefined && (await verifyBcrypt(stored, password));
  }

  async #bounded<T>(work: () => Promise<T>): Promise<Result<T>> {
    if (this.#running >= this.#bounds.running) {
      if (this.#waiting.length >= this.#bounds.waiting) {
        return fail(failure('overloaded', 'Too many people log in at this moment.', RETRY_AFTER_MS));
      }
      // Who ends hands its place over, so `running` stays as it is.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#running += 1;
    }
    try {
      return ok(await work());
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}

// Keyboards write the same characters in different forms (NIST SP 800-63B, section 3.1.1.2).
function prepared(password: string): string {
  return password.normalize('NFKC');
}
