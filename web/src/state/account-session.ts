/**
 * An account that is signed in: its tokens, kept and renewed.
 *
 * A refresh token is good for one use, and a second use ends the login for everyone who came of it. So tabs of one
 * browser take turns, and each looks first whether another one has renewed already.
 */
import type { AccountApi, AccountTokens } from './account-api.ts';
import type { SavedSession } from './saved-session.ts';

/** What the session needs. */
export interface AccountSessionOptions {
  readonly accounts: AccountApi;
  readonly saved: SavedSession;
  /** ms since the epoch. */
  readonly now: () => number;
  /** Runs `work` while no other tab runs its own. */
  readonly exclusively: <T>(work: () => Promise<T>) => Promise<T>;
}

/** A token that ends sooner than this is renewed before it is used, ms. */
const RENEW_BEFORE_MS = 60_000;

/** See the head of the file. */
export class AccountSession {
  readonly #options: AccountSessionOptions;

  constructor(options: AccountSessionOptions) {
    this.#options = options;
  }

  /** Keeps the tokens of a login. */
  begin({ token, refreshToken, expiresInMs }: AccountTokens): void {
    const { saved, now } = this.#options;
    saved.keepIdentity({ kind: 'account', token, refreshToken, expiresAt: now() + expiresInMs });
  }

  /**
   * A token to connect with, renewed where need be. Rejects when the server can't be asked now. A login that is over
   * gives its last token: the server then says that it is over.
   */
  readonly token = (): Promise<string> =>
    this.#options.exclusively(async () => {
      const { accounts, saved, now } = this.#options;
      const identity = saved.identity();
      // Another tab has signed out.
      if (identity?.kind !== 'account') return '';
      if (identity.expiresAt - now() > RENEW_BEFORE_MS) return identity.token;
      const answer = await accounts.refresh(identity.refreshToken);
      if (answer.ok) {
        this.begin(answer.value);
        return answer.value.token;
      }
      if (answer.final) return identity.token;
      throw new Error(answer.problem);
    });

  /** Ends the login here and on the server; a renewal that is under way comes to its end first. */
  async end(): Promise<void> {
    const { accounts, saved, exclusively } = this.#options;
    await exclusively(async () => {
      const identity = saved.identity();
      saved.forgetIdentity();
      if (identity?.kind === 'account') await accounts.logOut(identity.refreshToken);
    });
  }
}
