/**
 * A login that is kept, of an account or with an issuer: its tokens, renewed in time.
 *
 * A refresh token is good for one use, and a second use ends the login for everyone who came of it. So tabs of one
 * browser take turns, and each looks first whether another one has renewed already.
 */
import type { Answer } from './server-requests.ts';
import type { AccountApi, LoginTokens } from './account-api.ts';
import type { IssuerApi } from './issuer-api.ts';
import type { SavedLogin, SavedSession } from './saved-session.ts';

/** What the session needs. */
export interface LoginSessionOptions {
  readonly accounts: AccountApi;
  readonly issuers: IssuerApi;
  readonly saved: SavedSession;
  /** ms since the epoch. */
  readonly now: () => number;
  /** Runs `work` while no other tab runs its own. */
  readonly exclusively: <T>(work: () => Promise<T>) => Promise<T>;
}

/** Who gave the tokens: this server, or an issuer. */
export type LoginOrigin = Pick<SavedLogin, 'kind' | 'issuer' | 'issuerName'>;

/** A token that ends sooner than this is renewed before it is used, ms: the chat client asks two minutes before. */
const RENEW_BEFORE_MS = 150_000;
/** Of a token that is short-lived, this part of its time. */
const RENEW_BEFORE_PART = 0.25;

const OWN_ACCOUNT: LoginOrigin = { kind: 'account', issuer: '', issuerName: '' };

/** See the head of the file. */
export class LoginSession {
  readonly #options: LoginSessionOptions;
  /** The token that was given out last. */
  #given: string | null = null;
  /** How long the newest token was good when it came, ms; unknown after a reload. */
  #lifetimeMs = Infinity;

  constructor(options: LoginSessionOptions) {
    this.#options = options;
  }

  /** Keeps the tokens of a login. */
  begin(tokens: LoginTokens, origin: LoginOrigin = OWN_ACCOUNT): void {
    const { token, refreshToken, expiresInMs } = tokens;
    const { saved, now } = this.#options;
    this.#lifetimeMs = expiresInMs;
    saved.keepIdentity({ ...origin, token, refreshToken, expiresAt: now() + expiresInMs });
  }

  /**
   * A token to connect with, renewed where need be. Rejects when the server can't be asked now. A login that is over
   * gives its last token: the server then says that it is over.
   */
  readonly token = (): Promise<string> => this.#options.exclusively(() => this.#token());

  /** Whether another token is kept than the one given out last; waits for a change of tokens that is under way. */
  async hasNewer(): Promise<boolean> {
    return this.#options.exclusively(async () => {
      const login = this.#login();
      return login !== null && this.#given !== null && login.token !== this.#given;
    });
  }

  /** Changes the login by what `change` makes of its token: no other tab uses or renews it meanwhile. */
  async replace(change: (token: string) => Promise<Answer<LoginTokens>>): Promise<Answer<LoginTokens>> {
    return this.#options.exclusively(async () => {
      const origin = this.#login() ?? OWN_ACCOUNT;
      const { kind, issuer, issuerName } = origin;
      const answer = await change(await this.#token());
      if (answer.ok) this.begin(answer.value, { kind, issuer, issuerName });
      return answer;
    });
  }

  /** Ends the login here and, for accounts, on the server; a renewal that is under way comes to its end first. */
  async end(): Promise<void> {
    const { accounts, saved, exclusively } = this.#options;
    await exclusively(async () => {
      const login = this.#login();
      saved.forgetIdentity();
      this.#given = null;
      if (login?.kind === 'account' && login.refreshToken !== null) await accounts.logOut(login.refreshToken);
    });
  }

  async #token(): Promise<string> {
    const { now } = this.#options;
    const login = this.#login();
    // Another tab has signed out.
    if (login === null) return '';
    const margin = Math.min(RENEW_BEFORE_MS, this.#lifetimeMs * RENEW_BEFORE_PART);
    if (login.expiresAt - now() > margin || login.refreshToken === null) return this.#give(login.token);
    const answer = await this.#renew(login, login.refreshToken);
    if (answer.ok) {
      const { kind, issuer, issuerName } = login;
      this.begin(answer.value, { kind, issuer, issuerName });
      return this.#give(answer.value.token);
    }
    // While it lasts the token is of use, whatever became of its renewal.
    if (answer.final || login.expiresAt > now()) return this.#give(login.token);
    throw new Error(answer.problem);
  }

  #renew(login: SavedLogin, refreshToken: string): Promise<Answer<LoginTokens>> {
    const { accounts, issuers } = this.#options;
    return login.kind === 'account'
      ? accounts.refresh(refreshToken)
      : issuers.renew(login.issuer, refreshToken);
  }

  #give(token: string): string {
    this.#given = token;
    return token;
  }

  #login(): SavedLogin | null {
    const identity = this.#options.saved.identity();
    return identity === null || identity.kind === 'guest' ? null : identity;
  }
}
