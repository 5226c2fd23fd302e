/** Accounts of this server over HTTP: POST /register, /login, /refresh and /logout. */

/** Tokens of a login. `expiresInMs`: how long `token` is good from now on. */
export interface AccountTokens {
  readonly token: string;
  readonly expiresInMs: number;
  /** Good for one {@link AccountApi.refresh}. */
  readonly refreshToken: string;
}

/** What came of it. `problem` is for people to read; `final`: the same request would fail again. */
export type AccountAnswer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: string; readonly final: boolean };

/** Longest time to wait for an answer, ms. Hashing a password takes its time on a busy server. */
const TIMEOUT_MS = 20_000;

/** Talks to the server that the page came from. */
export class AccountApi {
  readonly #base: string;

  /** `base`: the address of the page. */
  constructor(base: string) {
    this.#base = base;
  }

  /** Signs in with a user name, or an e-mail address. */
  async logIn(name: string, password: string): Promise<AccountAnswer<AccountTokens>> {
    const who = name.includes('@') ? { email: name } : { username: name };
    return readTokens(await this.#post('login', { ...who, password }));
  }

  /** Makes an account; signing in is another step. */
  async register(username: string, password: string, email: string): Promise<AccountAnswer<unknown>> {
    return this.#post('register', { username, password, ...(email === '' ? {} : { email }) });
  }

  /** New tokens for old; the old refresh token is used up. */
  async refresh(refreshToken: string): Promise<AccountAnswer<AccountTokens>> {
    return readTokens(await this.#post('refresh', { refresh_token: refreshToken }));
  }

  /** Ends the login on the server. */
  async logOut(refreshToken: string): Promise<AccountAnswer<unknown>> {
    return this.#post('logout', { refresh_token: refreshToken });
  }

  async #post(path: string, body: object): Promise<AccountAnswer<unknown>> {
    try {
      const response = await fetch(new URL(path, this.#base), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const text = await response.text();
      const value: unknown = text === '' ? null : JSON.parse(text);
      if (response.ok) return { ok: true, value };
      const final = response.status < 500 && response.status !== 429;
      return { ok: false, problem: problemText(value, response.status), final };
    } catch {
      return { ok: false, problem: 'The server cannot be reached. Try again in a moment.', final: false };
    }
  }
}

function readTokens(answer: AccountAnswer<unknown>): AccountAnswer<AccountTokens> {
  if (!answer.ok) return answer;
  const value = (answer.value ?? {}) as Readonly<Record<string, unknown>>;
  const { token, expires_in: expiresIn, refresh_token: refreshToken } = value;
  if (typeof token !== 'string' || typeof expiresIn !== 'number' || typeof refreshToken !== 'string') {
    return {
      ok: false,
      problem: 'The server gave an answer that this page does not understand.',
      final: true,
    };
  }
  return { ok: true, value: { token, refreshToken, expiresInMs: expiresIn * 1000 } };
}

/** What an RFC 9457 problem document says to people. */
function problemText(problem: unknown, status: number): string {
  const { detail, title } = (problem ?? {}) as { detail?: unknown; title?: unknown };
  if (typeof detail === 'string' && detail !== '') return detail;
  if (typeof title === 'string' && title !== '') return title;
  return `The server answered with status ${status}.`;
}
