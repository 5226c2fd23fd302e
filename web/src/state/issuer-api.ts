/** Issuers that this server takes tokens of, and their tokens; the server does the exchange with them. */
import { readLoginTokens, type LoginTokens } from './account-api.ts';
import { fieldsOf, type Answer, type ServerRequests } from './server-requests.ts';

/** An issuer to sign in with, by the authorization code flow. */
export interface IssuerOffer {
  readonly issuer: string;
  /** For people. */
  readonly name: string;
  readonly authorizationEndpoint: string;
  readonly clientId: string;
  readonly scope: string;
  /** What else goes into the authorization request. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** What a code is exchanged with. */
export interface CodeExchange {
  readonly issuer: string;
  readonly code: string;
  readonly verifier: string;
  readonly redirectUri: string;
  readonly nonce: string;
}

/** `GET /oidc/issuers` and `POST /oidc/token`. */
export class IssuerApi {
  readonly #requests: ServerRequests;
  readonly #page: { readonly page?: 'dashboard' };

  /** `page`: where one logs in, if not on the chat page. */
  constructor(requests: ServerRequests, page?: 'dashboard') {
    this.#requests = requests;
    this.#page = page === undefined ? {} : { page };
  }

  /** Issuers that can be signed in with now; entries that this page can't use are left out. */
  async offers(): Promise<Answer<readonly IssuerOffer[]>> {
    const answer = await this.#requests.send(
      'GET',
      this.#page.page === undefined ? 'oidc/issuers' : 'oidc/issuers?page=dashboard',
    );
    if (!answer.ok) return answer;
    const { items } = fieldsOf(answer.value);
    return { ok: true, value: Array.isArray(items) ? items.flatMap(readOffer) : [] };
  }

  /** Tokens for the code that an issuer gave. */
  async exchange({ issuer, code, verifier, redirectUri, nonce }: CodeExchange): Promise<Answer<LoginTokens>> {
    const body = {
      ...this.#page,
      issuer,
      grant_type: 'authorization_code',
      code,
      code_verifier: verifier,
      redirect_uri: redirectUri,
      nonce,
    };
    return readLoginTokens(await this.#requests.send('POST', 'oidc/token', { body }));
  }

  /** New tokens for old; an issuer may leave the refresh token as it is. */
  async renew(issuer: string, refreshToken: string): Promise<Answer<LoginTokens>> {
    const body = { ...this.#page, issuer, grant_type: 'refresh_token', refresh_token: refreshToken };
    const answer = readLoginTokens(await this.#requests.send('POST', 'oidc/token', { body }));
    if (!answer.ok || answer.value.refreshToken !== null) return answer;
    return { ok: true, value: { ...answer.value, refreshToken } };
  }
}

function readOffer(item: unknown): readonly IssuerOffer[] {
  const { issuer, name, authorization_endpoint: endpoint, client_id: clientId, scope } = fieldsOf(item);
  const { parameters } = fieldsOf(item);
  if (typeof issuer !== 'string' || typeof endpoint !== 'string' || typeof clientId !== 'string') return [];
  // Where the page goes next: nothing but a web page.
  const protocol = URL.parse(endpoint)?.protocol;
  if (protocol !== 'https:' && protocol !== 'http:') return [];
  const texts = Object.entries(fieldsOf(parameters)).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return [
    {
      issuer,
      name: typeof name === 'string' && name !== '' ? name : issuer,
      authorizationEndpoint: endpoint,
      clientId,
      scope: typeof scope === 'string' ? scope : 'openid',
      parameters: Object.fromEntries(texts),
    },
  ];
}
