/** Accounts of this server over HTTP: POST /register and /login. */

/** A signed-in account. `expiresInMs` counts from now. */
export interface AccountToken {
  readonly token: string;
  readonly expiresInMs: number;
}

/** What came of it; `problem` is for people to read. */
export type AccountAnswer<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

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
  async logIn(name: string, password: string): Promise<AccountAnswer<AccountToken>> {
    const who = name.includes('@') ? { email: name } : { username: name };
    const answer = await this.#post('login', { ...who, password });
    if (!answer.ok) return answer;
    const { token, expires_in: expiresIn } = answer.value as { token?: unknown; expires_in?: unknown };
    if (typeof token !== 'string' || typeof expiresIn !== 'number') {
      return { ok: false, problem: 'The server gave an answer that this page does not understand.' };
    }
    return { ok: true, value: { token, expiresInMs: expiresIn * 1000 } };
  }

  /** Makes an account; signing in is another step. */
  async register(username: string, password: string, email: string): Promise<AccountAnswer<unknown>> {
    return this.#post('register', { username, password, ...(email === '' ? {} : { email }) });
  }

  async #post(path: string, body: object): Promise<AccountAnswer<unknown>> {
    try {
      const response = await fetch(new URL(path, this.#base), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const value: unknown = await response.json();
      return response.ok ? { ok: true, value } : { ok: false, problem: problemText(value, response.status) };
    } catch {
      return { ok: false, problem: 'The server cannot be reached. Try again in a moment.' };
    }
  }
}

/** What an RFC 9457 problem document says to people. */
function problemText(problem: unknown, status: number): string {
  const { detail, title } = (problem ?? {}) as { detail?: unknown; title?: unknown };
  if (typeof detail === 'string' && detail !== '') return detail;
  if (typeof title === 'string' && title !== '') return title;
  return `The server answered with status ${status}.`;
}
