/** Accounts of this server over HTTP: making one, logging in and out, and changing what it says of one. */
import { fieldsOf, NOT_UNDERSTOOD, type Answer, type ServerRequests } from './server-requests.ts';

/** Tokens of a login. `expiresInMs`: how long `token` is good from now on. */
export interface LoginTokens {
  readonly token: string;
  readonly expiresInMs: number;
  /** Good for one renewal; some issuers give none. */
  readonly refreshToken: string | null;
}

/** What an account may change of itself; `avatar` null removes the picture. */
export interface ProfileChange {
  readonly name?: string;
  readonly avatar?: string | null;
}

/** What an account says of its owner. */
export interface Profile {
  readonly name: string;
  readonly avatar: string | null;
}

/** Talks to the server that the page came from. */
export class AccountApi {
  readonly #requests: ServerRequests;

  constructor(requests: ServerRequests) {
    this.#requests = requests;
  }

  /** Signs in with a user name, or an e-mail address. */
  async logIn(name: string, password: string): Promise<Answer<LoginTokens>> {
    const who = name.includes('@') ? { email: name } : { username: name };
    return readLoginTokens(await this.#requests.send('POST', 'login', { body: { ...who, password } }));
  }

  /** Makes an account; signing in is another step. */
  async register(username: string, password: string, email: string): Promise<Answer<unknown>> {
    const body = { username, password, ...(email === '' ? {} : { email }) };
    return this.#requests.send('POST', 'register', { body });
  }

  /** New tokens for old; the old refresh token is used up. */
  async refresh(refreshToken: string): Promise<Answer<LoginTokens>> {
    const body = { refresh_token: refreshToken };
    return readLoginTokens(await this.#requests.send('POST', 'refresh', { body }));
  }

  /** Ends the login on the server. */
  async logOut(refreshToken: string): Promise<Answer<unknown>> {
    return this.#requests.send('POST', 'logout', { body: { refresh_token: refreshToken } });
  }

  /** Changes the account's name or picture; resolves with what it says now. */
  async changeProfile(token: string, change: ProfileChange): Promise<Answer<Profile>> {
    const answer = await this.#requests.send('PATCH', 'me', { token, body: change });
    if (!answer.ok) return answer;
    const { name, avatar } = fieldsOf(fieldsOf(answer.value)['user']);
    if (typeof name !== 'string') return NOT_UNDERSTOOD;
    return { ok: true, value: { name, avatar: typeof avatar === 'string' ? avatar : null } };
  }

  /** Begins an export of everything about oneself; its id. */
  async beginExport(token: string): Promise<Answer<string>> {
    const answer = await this.#requests.send('POST', 'me/export', { token, body: { format: 'ndjson' } });
    if (!answer.ok) return answer;
    const { id } = fieldsOf(answer.value);
    return typeof id === 'string' ? { ok: true, value: id } : NOT_UNDERSTOOD;
  }

  /** How far it is: `queued`, `running`, `done`, or else what stood against it. */
  async exportState(token: string, id: string): Promise<Answer<{ state: string; problem: string | null }>> {
    const answer = await this.#requests.send('GET', `exports/${encodeURIComponent(id)}`, { token });
    if (!answer.ok) return answer;
    const { state, problem } = fieldsOf(answer.value);
    if (typeof state !== 'string') return NOT_UNDERSTOOD;
    return { ok: true, value: { state, problem: typeof problem === 'string' ? problem : null } };
  }

  /** The file of one that is done. */
  async exportFile(token: string, id: string): Promise<Answer<Blob>> {
    return this.#requests.file(`exports/${encodeURIComponent(id)}/file`, token);
  }

  /** Sets another password. All logins end, and the tokens of a new one come back. */
  async changePassword(token: string, current: string, next: string): Promise<Answer<LoginTokens>> {
    const body = { current_password: current, new_password: next };
    return readLoginTokens(await this.#requests.send('POST', 'change-password', { token, body }));
  }
}

/** Reads the answer of any request that gives tokens. */
export function readLoginTokens(answer: Answer<unknown>): Answer<LoginTokens> {
  if (!answer.ok) return answer;
  const { token, expires_in: expiresIn, refresh_token: refreshToken } = fieldsOf(answer.value);
  if (typeof token !== 'string' || typeof expiresIn !== 'number') return NOT_UNDERSTOOD;
  const refresh = typeof refreshToken === 'string' ? refreshToken : null;
  return { ok: true, value: { token, refreshToken: refresh, expiresInMs: expiresIn * 1000 } };
}
