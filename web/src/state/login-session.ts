/**
 * A login that is kept, of an account or with an issuer: its tokens, renewed in time.
 *
 * A refresh token is good for one use, and a second use ends the login for everyone who came of it. So tabs of one
 * browser take turns, and each looks first whether another one has renewed already.
 */
import type { Answer } from './server-requests.ts';
import type { AccountApi, LoginTokens } from './account-api.ts';
import type { IssuerApi } from './issuer-api.ts';
import type { NewestLogin } from './newest-login.ts';
import type { SavedLogin, SavedSession } from './saved-session.ts';

/** What the session needs. */
export interface LoginSessionOptions {
  readonly accounts: AccountApi;
  readonly issuers: IssuerApi;
  readonly saved: SavedSession;
  readonly newest: NewestLogin;
  /** Makes a loginId. */
  readonly newId: () => string;
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

  /** Keeps the tokens of a new login. */
  async begin(tokens: LoginTokens, origin: LoginOrigin = OWN_ACCOUNT): Promise<void> {
    const { kind, issuer, issuerName } = origin;
    await this.#keep(tokens, { kind, issuer, issuerName, loginId: this.#options.newId() });
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
      const answer = await change(await this.#token());
      if (answer.ok) await this.begin(answer.value, this.#login() ?? OWN_ACCOUNT);
      return answer;
    });
  }

  /** Ends the login here and, for accounts, on the server; a renewal that is under way comes to its end first. */
  async end(): Promise<void> {
    const { accounts, saved, newest, exclusively } = this.#options;
    await exclusively(async () => {
      const login = await this.#newest();
      saved.forgetIdentity();
      await newest.forget();
      this.#given = null;
      if (login?.kind === 'account' && login.refreshToken !== null) await accounts.logOut(login.refreshToken);
    });
  }

  async #token(): Promise<string> {
    const { now } = this.#options;
    const margin = Math.min(RENEW_BEFORE_MS, this.#lifetimeMs * RENEW_BEFORE_PART);
    const lasts = ({ expiresAt, refreshToken }: SavedLogin): boolean =>
      expiresAt - now() > margin || refreshToken === null;
    const known = this.#login();
    // Another tab has signed out.
    if (known === null) return '';
    if (lasts(known)) return this.#give(known.token);
    const login = (await this.#newest()) ?? known;
    if (login.refreshToken === null || lasts(login)) return this.#give(login.token);
    const answer = await this.#renew(login, login.refreshToken);
    if (answer.ok) {
      await this.#keep(answer.value, login);
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

  async #keep(tokens: LoginTokens, login: LoginOrigin & Pick<SavedLogin, 'loginId'>): Promise<void> {
    const { saved, newest, now } = this.#options;
    const { kind, issuer, issuerName, loginId } = login;
    const { token, refreshToken, expiresInMs } = tokens;
    this.#lifetimeMs = expiresInMs;
    const kept = { kind, issuer, issuerName, loginId, token, refreshToken, expiresAt: now() + expiresInMs };
    saved.keepIdentity(kept);
    await newest.keep(kept);
  }

  /** The login with the tokens that nobody has used up yet; what another tab has renewed may not have come here. */
  async #newest(): Promise<SavedLogin | null> {
    const { saved, newest } = this.#options;
    const known = this.#login();
    const other = known === null ? null : await newest.read();
    if (known === null || other === null || other.loginId !== known.loginId) return known;
    if (other.refreshToken === known.refreshToken || other.expiresAt <= known.expiresAt) return known;
    saved.keepIdentity(other);
    return other;
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
