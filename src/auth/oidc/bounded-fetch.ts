/** `fetch` that a stranger at the other end can't hold up, fill the memory with, or send elsewhere. */

/** Asks for `url`; rejects when no answer comes. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Largest answer, bytes once unpacked, and longest time until all of it is there, ms. */
export const MAX_ANSWER_BYTES = 512 * 1024;
export const ANSWER_TIMEOUT_MS = 5_000;

/** `fetch` within those bounds; a redirect is an answer like any other. The body of what it resolves with is there. */
export function boundedFetch(fetch: Fetch): Fetch {
  return async (url, init) => {
    const timeout = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    const signal = init.signal == null ? timeout : AbortSignal.any([timeout, init.signal]);
    const response = await fetch(url, { ...init, redirect: 'manual', signal });
    const body = await bytesOf(response);
    const { status, headers } = response;
    return new Response(body.length === 0 ? null : body, { status, headers });
  };
}

async function bytesOf(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop cancels what is still to come.
  for await (const part of response.body ?? []) {
    size += part.byteLength;
    if (size > MAX_ANSWER_BYTES) throw new Error(`an answer of more than ${MAX_ANSWER_BYTES} bytes`);
    parts.push(part);
  }
  return Uint8Array.from(Buffer.concat(parts));
}

/** Why there is no answer, for logs. */
export function fetchProblem(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer in ${ANSWER_TIMEOUT_MS / 1000} s`;
  // Node's fetch hides what happened ("fetch failed") in the cause.
  const { cause } = error;
  if (cause instanceof AggregateError) return cause.errors.map(fetchProblem).join('; ');
  return cause instanceof Error ? cause.message : error.message;
}
