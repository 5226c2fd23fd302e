/** One signed POST to a program that an administrator named. */
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { publicLookup, urlProblem } from './address-guard.ts';
import { signatureOf } from './signature.ts';

/** Whoever hasn't answered by then isn't there, ms. */
export const ANSWER_TIMEOUT_MS = 10_000;

/** What is sent, and how. */
export interface SignedPost {
  readonly url: string;
  readonly secret: string;
  /** JSON text. */
  readonly body: string;
  /** ms since the epoch. */
  readonly sentAt: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly allowsPrivate: boolean;
  /** Ends it. */
  readonly signal?: AbortSignal;
}

/** The status of the answer, or why there is none. */
export type Posted = { readonly status: number } | { readonly problem: string };

/** Sends it. No redirect is followed, and nothing of the answer but its status is looked at. Never rejects. */
export async function postSigned(post: SignedPost, timeoutMs = ANSWER_TIMEOUT_MS): Promise<Posted> {
  const { url, secret, body, sentAt, allowsPrivate, signal } = post;
  const refused = urlProblem(url, allowsPrivate);
  if (refused !== null) return { problem: refused };
  const send = url.startsWith('https:') ? requestHttps : requestHttp;
  return new Promise((resolve) => {
    const request = send(url, {
      method: 'POST',
      // Each on a connection of its own: the address is looked at each time.
      agent: false,
      signal:
        signal === undefined
          ? AbortSignal.timeout(timeoutMs)
          : AbortSignal.any([AbortSignal.timeout(timeoutMs), signal]),
      ...(allowsPrivate ? {} : { lookup: publicLookup }),
      headers: {
        ...post.headers,
        'content-type': 'application/json; charset=utf-8',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'hubbub',
        'x-hubbub-signature': signatureOf(secret, body, sentAt),
      },
    });
    request.on('response', (answer) => {
      resolve({ status: answer.statusCode ?? 0 });
      answer.destroy();
    });
    request.on('error', (error) => {
      const isLate = error.name === 'TimeoutError' || error.name === 'AbortError';
      resolve({ problem: isLate ? `no answer within ${timeoutMs} ms` : error.message });
    });
    request.end(body);
  });
}
