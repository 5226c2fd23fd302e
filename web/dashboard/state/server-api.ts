/** Requests of whoever is logged in. */
import type { LoginSession } from '../../src/state/login-session.ts';
import type { Answer, ServerRequests } from '../../src/state/server-requests.ts';

/** What goes into a query; undefined and empty texts are left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** What it needs. */
export interface ServerApiOptions {
  readonly requests: ServerRequests;
  readonly session: Pick<LoginSession, 'token'>;
  /** The address of the page, to which paths are relative. */
  readonly base: string;
  /** The server takes the login's token no more. */
  readonly onEnded: () => void;
}

const RENEWAL_FAILED = 'The login could not be renewed. Try again in a moment.';

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

  /** Lets the browser save a file; resolves with why not, in words. */
  async download(path: string, name: string): Promise<string | null> {
    const { base, session } = this.#options;
    const token = await session.token().catch(() => null);
    if (token === null) return RENEWAL_FAILED;
    try {
      const answer = await fetch(new URL(path, base), { headers: { authorization: `Bearer ${token}` } });
      if (!answer.ok) return `The server answered with status ${answer.status}.`;
      const link = document.createElement('a');
      link.href = URL.createObjectURL(await answer.blob());
      link.download = name;
      link.click();
      URL.revokeObjectURL(link.href);
      return null;
    } catch {
      return 'The file could not be fetched. Try again in a moment.';
    }
  }

  async #send<T>(method: string, path: string, body?: object): Promise<Answer<T>> {
    const { requests, session, onEnded } = this.#options;
    let token: string;
    try {
      token = await session.token();
    } catch {
      return {
        ok: false,
        problem: RENEWAL_FAILED,
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
