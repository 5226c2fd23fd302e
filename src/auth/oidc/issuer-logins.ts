/**
 * Logging in with an issuer from the chat page or the dashboard: the page sends people there and brings back a code (RFC 6749, section
 * 4.1, with PKCE), and this server changes the code for tokens, so that the page talks to its own origin alone.
 */
import {
  ResponseBodyError,
  clockTolerance,
  processAuthorizationCodeResponse,
  processRefreshTokenResponse,
} from 'oauth4webapi';
import type { AuthorizationServer, Client, TokenEndpointResponse } from 'oauth4webapi';
import type { Logger } from 'pino';
import { failure } from '../../protocol/errors.ts';
import { fail, ok } from '../../protocol/result.ts';
import type { Result } from '../../protocol/result.ts';
import { AttemptThrottle } from '../attempt-throttle.ts';
import { boundedFetch, fetchProblem } from './bounded-fetch.ts';
import type { Fetch } from './bounded-fetch.ts';
import type { IssuerEndpoints } from './issuer-metadata.ts';
import type { OidcIssuer } from './oidc-issuer.ts';

const RETRY_AFTER_MS = 5_000;
const CLOCK_TOLERANCE_SECONDS = 30;
/** RFC 6749, section 5.2: the issuer is in trouble, not the code. */
const PASSING_ERRORS: ReadonlySet<string> = new Set(['server_error', 'temporarily_unavailable', 'slow_down']);
/** What a code or a refresh token that isn't good is answered with; other errors are the operator's to mend. */
const BEARERS_ERRORS: ReadonlySet<string> = new Set([
  'invalid_grant',
  'interaction_required',
  'login_required',
]);

/** What {@link IssuerLogins} need. `now` gives ms since the epoch, `mono` ms on a clock that nobody sets. */
export interface IssuerLoginsDeps {
  readonly issuers: readonly OidcIssuer[];
  /** The client that dashboards log in by; absent: the chat page's. */
  readonly dashboardClient?: string;
  readonly fetch: Fetch;
  readonly logger: Pick<Logger, 'warn'>;
  readonly now: () => number;
  readonly mono: () => number;
}

/** Which page one logs in on. */
export type LoginPage = 'chat' | 'dashboard';

/** An issuer that one can log in with now, and how to ask it. */
export interface LoginIssuer {
  readonly issuer: string;
  /** For people. */
  readonly name: string;
  readonly authorizationEndpoint: string;
  readonly clientId: string;
  readonly scope: string;
  /** Go into the authorization request too. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** What the page brings back. */
export type LoginGrant =
  | {
      readonly grant_type: 'authorization_code';
      readonly code: string;
      readonly code_verifier: string;
      readonly redirect_uri: string;
      /** That of the authorization request, where it had one. */
      readonly nonce?: string;
    }
  | { readonly grant_type: 'refresh_token'; readonly refresh_token: string };

/** `token` is the issuer's access token, which this server takes. */
export interface IssuerTokens {
  readonly token: string;
  readonly expiresIn: number;
  /** Absent: the one that was used, if any, stays good. */
  readonly refreshToken?: string;
}

interface Relation {
  readonly issuer: OidcIssuer;
  readonly clientId: string;
  readonly endpoints: IssuerEndpoints;
}

/** See the head of the file. */
export class IssuerLogins {
  readonly #deps: IssuerLoginsDeps;
  readonly #fetch: Fetch;
  readonly #attempts = new AttemptThrottle({ burst: 60, intervalMs: 1_000 });

  constructor(deps: IssuerLoginsDeps) {
    this.#deps = deps;
    this.#fetch = boundedFetch(deps.fetch);
  }

  /** Issuers with a client id whose endpoints are known at this moment. */
  list(page: LoginPage = 'chat'): readonly LoginIssuer[] {
    return this.#deps.issuers.flatMap((issuer) => {
      const relation = this.#relationTo(issuer, page);
      if (relation === null) return [];
      const { authorizationEndpoint, scopes } = relation.endpoints;
      return {
        issuer: issuer.issuer,
        name: this.#nameOf(issuer.issuer),
        authorizationEndpoint,
        clientId: relation.clientId,
        scope: scopeOf(scopes),
        parameters: parametersOf(issuer.audience),
      };
    });
  }

  /**
   * Tokens for a code or a refresh token of `issuer` that `page` was given; `address` is the client's. `bad_request` for an issuer that
   * nobody can log in with, `unauthorized` when it refuses or its token isn't one that this server takes,
   * `rate_limited`, `unavailable`.
   */
  async exchange(
    issuer: string,
    grant: LoginGrant,
    address: string,
    page: LoginPage = 'chat',
  ): Promise<Result<IssuerTokens>> {
    const known = this.#deps.issuers.find((candidate) => candidate.issuer === issuer);
    if (known?.clientId === undefined) {
      return fail(failure('bad_request', 'This server knows no such issuer to log in with.'));
    }
    const wait = this.#attempts.take(address, this.#deps.mono());
    if (wait > 0) return fail(failure('rate_limited', 'Too many attempts.', wait));
    const relation = this.#relationTo(known, page);
    if (relation === null) return away();
    const answer = await this.#ask(relation, grant);
    return answer.ok ? this.#checked(known, answer.value) : answer;
  }

  async #ask(relation: Relation, grant: LoginGrant): Promise<Result<TokenEndpointResponse>> {
    const response = await this.#post(relation, grant);
    if (!response.ok) return response;
    const { status } = response.value;
    if (status >= 500 || status === 429) return this.#trouble(relation, `it answered ${status}`);
    const server: AuthorizationServer = {
      issuer: relation.issuer.issuer,
      id_token_signing_alg_values_supported: [...(relation.endpoints.idTokenAlgorithms ?? ['RS256'])],
    };
    const client: Client = { client_id: relation.clientId, [clockTolerance]: CLOCK_TOLERANCE_SECONDS };
    try {
      if (grant.grant_type === 'refresh_token') {
        return ok(await processRefreshTokenResponse(server, client, response.value));
      }
      const options = grant.nonce === undefined ? {} : { expectedNonce: grant.nonce };
      return ok(await processAuthorizationCodeResponse(server, client, response.value, options));
    } catch (error) {
      // All that the library throws here is about the answer.
      return this.#refusal(relation, error);
    }
  }

  async #post({ issuer, clientId, endpoints }: Relation, grant: LoginGrant): Promise<Result<Response>> {
    const resource = resourceOf(issuer.audience);
    const body = new URLSearchParams({
      ...formOf(grant),
      client_id: clientId,
      // RFC 8707, section 2.2.
      ...(resource === undefined ? {} : { resource }),
    });
    try {
      const headers = { accept: 'application/json' };
      return ok(await this.#fetch(endpoints.tokenEndpoint, { method: 'POST', headers, body }));
    } catch (error) {
      return this.#trouble({ issuer, clientId, endpoints }, fetchProblem(error));
    }
  }

  async #checked(issuer: OidcIssuer, answer: TokenEndpointResponse): Promise<Result<IssuerTokens>> {
    const { access_token: token, refresh_token: refreshToken } = answer;
    const verified = await issuer.verify(token);
    if (!verified.ok) {
      if (verified.failure.code !== 'unauthorized') return verified;
      return this.#unusable(issuer, token);
    }
    const { expiresAt = this.#deps.now() } = verified.value;
    return ok({
      token,
      expiresIn: Math.max(0, Math.floor((expiresAt - this.#deps.now()) / 1000)),
      ...(refreshToken === undefined ? {} : { refreshToken }),
    });
  }

  #unusable({ issuer, audience }: OidcIssuer, token: string): Result<never> {
    const what = token.split('.').length === 3 ? 'is not one that this server takes' : 'is no JWT';
    const mend =
      audience.length === 0
        ? 'register this server as an API there and set OIDC_AUDIENCE to its identifier'
        : `let it give tokens for ${audience.join(' or ')} (OIDC_AUDIENCE)`;
    this.#deps.logger.warn({ issuer }, `the access token that the issuer gives ${what}: ${mend}`);
    return fail(
      failure(
        'unauthorized',
        `The access token that ${issuer} gives ${what}. Whoever runs this server: ${mend}.`,
      ),
    );
  }

  #refusal(relation: Relation, error: unknown): Result<never> {
    const { issuer } = relation.issuer;
    if (!(error instanceof ResponseBodyError)) {
      return this.#refused(issuer, error instanceof Error ? error.message : String(error));
    }
    if (PASSING_ERRORS.has(error.error)) return this.#trouble(relation, error.error);
    if (BEARERS_ERRORS.has(error.error)) {
      return fail(failure('unauthorized', 'This login is over, or was used already: log in anew.'));
    }
    return this.#refused(issuer, error.error_description ?? error.error);
  }

  #refused(issuer: string, reason: string): Result<never> {
    this.#deps.logger.warn({ issuer, reason }, 'logging in with an issuer failed');
    return fail(failure('unauthorized', `${issuer} did not let you log in.`));
  }

  #trouble({ issuer }: Relation, reason: string): Result<never> {
    this.#deps.logger.warn({ issuer: issuer.issuer, reason }, 'an issuer gave no tokens');
    return away();
  }

  #relationTo(issuer: OidcIssuer, page: LoginPage): Relation | null {
    const endpoints = issuer.keys.metadata?.login;
    if (endpoints === undefined || issuer.clientId === undefined) return null;
    const own = page === 'dashboard' ? this.#deps.dashboardClient : undefined;
    return { issuer, clientId: own ?? issuer.clientId, endpoints };
  }

  /** The host, and where that isn't enough the path. */
  #nameOf(issuer: string): string {
    const { host, pathname } = new URL(issuer);
    const alone = this.#deps.issuers.filter((other) => new URL(other.issuer).host === host).length === 1;
    return alone ? host : host + pathname.replace(/\/$/, '');
  }
}

/** RFC 6749, sections 4.1.3 and 6; RFC 7636, section 4.5. */
function formOf(grant: LoginGrant): Record<string, string> {
  const { grant_type } = grant;
  if (grant_type === 'refresh_token') return { grant_type, refresh_token: grant.refresh_token };
  const { code, code_verifier, redirect_uri } = grant;
  return { grant_type, code, code_verifier, redirect_uri };
}

/** With what it takes to stay logged in, by the names that issuers have for it (`offline`: Kinde). */
function scopeOf(supported: readonly string[]): string {
  const staying = ['offline_access', 'offline'].find((scope) => supported.includes(scope));
  return ['openid', 'profile', ...(staying === undefined ? [] : [staying])].join(' ');
}

/** Issuers that know several APIs are asked for the first audience: Auth0 and Kinde by name, others by RFC 8707. */
function parametersOf(audience: readonly string[]): Readonly<Record<string, string>> {
  const [first] = audience;
  const resource = resourceOf(audience);
  return {
    ...(first === undefined ? {} : { audience: first }),
    ...(resource === undefined ? {} : { resource }),
  };
}

// RFC 8707, section 2: an absolute URI without a fragment.
function resourceOf([first]: readonly string[]): string | undefined {
  return first !== undefined && URL.canParse(first) && !first.includes('#') ? first : undefined;
}

function away() {
  return fail(failure('unavailable', 'The issuer does not answer at the moment.', RETRY_AFTER_MS));
}
