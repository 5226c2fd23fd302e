/** An account's side of a real server's REST. */

/** What a login brings. */
export interface AccountTokens {
  readonly token: string;
  readonly expires_in: number;
  readonly refresh_token: string;
}

/** Answer of a request: its status, and its JSON (null when there is none). */
export interface RestAnswer<T> {
  readonly status: number;
  readonly body: T;
}

/** Asks `url`; a `payload` goes as JSON. */
export async function rest<T = unknown>(
  url: string,
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  { token, payload }: { readonly token?: string; readonly payload?: object } = {},
): Promise<RestAnswer<T>> {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: {
      connection: 'close',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(payload === undefined ? {} : { body: JSON.stringify(payload) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: (text === '' ? null : JSON.parse(text)) as T };
}

/** Registers an account and gives its id. */
export async function register(url: string, username: string, password: string): Promise<string> {
  const answer = await rest<{ user: { id: string } }>(url, 'POST', '/register', {
    payload: { username, password },
  });
  if (answer.status !== 201) throw new Error(`register: ${JSON.stringify(answer)}`);
  return answer.body.user.id;
}

/** Logs in; rejects when that is refused. */
export async function logIn(url: string, username: string, password: string): Promise<AccountTokens> {
  const answer = await rest<AccountTokens>(url, 'POST', '/login', { payload: { username, password } });
  if (answer.status !== 200) throw new Error(`login: ${JSON.stringify(answer)}`);
  return answer.body;
}
