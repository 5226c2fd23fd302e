/** An issuer that answers from a table, for {@link IssuerKeys} without a network. */
import type { Fetch } from '../../src/auth/oidc/bounded-fetch.ts';
import type { TokenKey } from './token-signer.ts';

/** An answer: a document, a status, a problem of the network, or whatever it makes. */
export type FakeAnswer = object | number | Error | Response | (() => Promise<Response>);

export class FakeIssuer {
  readonly issuer: string;
  /** By path. */
  readonly answers = new Map<string, FakeAnswer>();
  /** Addresses that were asked for, in their order. */
  readonly asked: string[] = [];
  #held: Promise<undefined> | null = null;

  constructor(issuer: string, ...keys: readonly TokenKey[]) {
    this.issuer = issuer;
    this.publish(...keys);
  }

  /** What its discovery document says. */
  discovery(change: Readonly<Record<string, unknown>> = {}): void {
    const base = this.issuer.replace(/\/$/, '');
    this.answers.set(`${base}/.well-known/openid-configuration`, {
      issuer: this.issuer,
      jwks_uri: `${base}/keys`,
      authorization_endpoint: `${base}/auth`,
      token_endpoint: `${base}/token`,
      id_token_signing_alg_values_supported: ['ES256'],
      ...change,
    });
  }

  /** The keys of its set, with a discovery document in front. */
  publish(...keys: readonly TokenKey[]): void {
    this.discovery();
    this.answers.set(`${this.issuer.replace(/\/$/, '')}/keys`, { keys: keys.map(({ jwk }) => jwk) });
  }

  /** Answers nothing any more until {@link publish}. */
  goDown(problem: number | Error = new Error('connect ECONNREFUSED')): void {
    for (const url of this.answers.keys()) this.answers.set(url, problem);
  }

  /** Answers wait until the returned function is called. */
  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#held = promise;
    return () => {
      this.#held = null;
      resolve(undefined);
    };
  }

  readonly fetch: Fetch = async (url, { signal }) => {
    this.asked.push(url);
    await this.#held;
    signal?.throwIfAborted();
    const answer = this.answers.get(url) ?? 404;
    if (answer instanceof Error) throw answer;
    if (answer instanceof Response) return answer.clone();
    if (typeof answer === 'function') return answer();
    return typeof answer === 'number' ? new Response('no', { status: answer }) : Response.json(answer);
  };
}
