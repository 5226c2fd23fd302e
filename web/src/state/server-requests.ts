/** Requests over HTTP to the server that the page came from. */

/** What came of a request. `problem` is for people to read; `final`: the same request would fail again. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      readonly problem: string;
      readonly final: boolean;
      /** HTTP status; 0: no answer came. */
      readonly status: number;
    };

/** What goes with a request. */
export interface RequestParts {
  readonly body?: object;
  /** Who asks. */
  readonly token?: string;
}

/** Longest time to wait for an answer, ms. Hashing a password takes its time on a busy server. */
const TIMEOUT_MS = 20_000;

/** Sends requests; nothing here rejects. */
export class ServerRequests {
  readonly #base: string;

  /** `base`: the address of the page. */
  constructor(base: string) {
    this.#base = base;
  }

  /** A file, however long it takes. */
  async file(path: string, token: string): Promise<Answer<Blob>> {
    try {
      const response = await fetch(new URL(path, this.#base), {
        headers: { authorization: `Bearer ${token}` },
      });
      const { status } = response;
      if (!response.ok) return refusal(problemText(parsed(await response.text()), status), status);
      return { ok: true, value: await response.blob() };
    } catch {
      return refusal('The file could not be fetched. Try again in a moment.', 0);
    }
  }

  /** `path` is relative to the page, so that the page works behind a path. */
  async send(method: string, path: string, parts: RequestParts = {}): Promise<Answer<unknown>> {
    const { body, token } = parts;
    try {
      const response = await fetch(new URL(path, this.#base), {
        method,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const text = await response.text();
      const { status } = response;
      if (!response.ok) return refusal(problemText(parsed(text), status), status);
      return { ok: true, value: text === '' ? null : JSON.parse(text) };
    } catch {
      return refusal('The server cannot be reached. Try again in a moment.', 0);
    }
  }
}

/** An answer that doesn't say what this page needs to know. */
export const NOT_UNDERSTOOD: Answer<never> = {
  ok: false,
  problem: 'The server gave an answer that this page does not understand.',
  final: true,
  status: 200,
};

/** The fields of an answer; none when it is no object. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function refusal(problem: string, status: number): Answer<never> {
  const final = status >= 400 && status < 500 && status !== 408 && status !== 429;
  return { ok: false, problem, final, status };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

/** What an RFC 9457 problem document says to people. */
function problemText(problem: unknown, status: number): string {
  const { detail, title } = fieldsOf(problem);
  if (typeof detail === 'string' && detail !== '') return detail;
  if (typeof title === 'string' && title !== '') return title;
  return `The server answered with status ${status}.`;
}
