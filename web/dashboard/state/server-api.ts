/** Requests of whoever is logged in. */
import type { LoginSession } from '../../src/state/login-session.ts';
import type { Answer, ServerRequests } from '../../src/state/server-requests.ts';

/** What goes into a query; undefined and empty texts are left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** What it needs. */
export interface ServerApiOptions {
  readonly requests: ServerRequests;
  readonly session: Pick<LoginSession, 'token'>;
  /** The server takes the login's token no more. */
  readonly onEnded: () => void;
}

/** Talks to the server as the one who is logged in; nothing here rejects. */
export class ServerApi {
  readonly #options: ServerApiOptions;

  constructor(options: ServerApiOptions) {
    this.#options = options;
  }

  /** `T` is what the server's own description says of the answer: page and server are of one build. */
  async get<T>(path: string, query: Query = {}): Promise<Answer<T>> {
    return this.#send<T>('GET', path + queryText(query));
  }

  /** Changes something; what comes back is of no interest, unless it is said to be `T`. */
  async send<T = unknown>(
    method: 'POST' | 'PATCH' | 'DELETE',
    path: string,
    parts: { readonly body?: object; readonly query?: Query } = {},
  ): Promise<Answer<T>> {
    return this.#send<T>(method, path + queryText(parts.query ?? {}), parts.body);
  }

  async #send<T>(method: string, path: string, body?: object): Promise<Answer<T>> {
    const { requests, session, onEnded } = this.#options;
    let token: string;
    try {
      token = await session.token();
    } catch {
      return {
        ok: false,
        problem: 'The login could not be renewed. Try again in a moment.',
        final: false,
        status: 0,
      };
    }
    const answer = await requests.send(method, path, { token, ...(body === undefined ? {} : { body }) });
    if (!answer.ok && answer.status === 401) onEnded();
    return answer as Answer<T>;
  }
}

/** With `?`, or nothing. */
export function queryText(query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}
