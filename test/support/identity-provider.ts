/** A certified OpenID provider (`oidc-provider`) on the loopback interface, with a page on which people say who they are. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { Provider, type Configuration } from 'oidc-provider';
import { freePort } from './server-process.ts';

/** How to make one. */
export interface IdentityProviderOptions {
  /** The page that people come from and go back to. */
  readonly redirectUri: string;
  /** Private keys, of which the first one signs; the library's own when absent. */
  readonly keys?: readonly JWK[];
  /** What access tokens say of everyone's roles; none when absent. */
  readonly roles?: readonly string[];
  /** How long access tokens last, seconds. */
  readonly tokenSeconds?: number;
  /** Whether the provider gives refresh tokens. */
  readonly refreshTokens?: boolean;
  /** Other clients than {@link CLIENT_ID}. */
  readonly clients?: readonly string[];
  /** What access tokens are for, if not {@link AUDIENCE}. */
  readonly audience?: string;
  /** What access tokens say of an account that came by a client, in place of what they would say. */
  readonly claims?: (account: string, client: string) => Record<string, unknown>;
}

/** What access tokens are for. */
export const AUDIENCE = 'https://chat.example/api';
export const CLIENT_ID = 'chat-page';
/** The name of the one API that it knows; tokens name their audience instead. */
const RESOURCE = AUDIENCE;
/** Of all that the provider keeps, except access tokens: longer than any test. */
const LIFETIME_SECONDS = 3_600;

/** A private key of a provider. */
export async function providerKey(kid: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { ...(await exportJWK(privateKey)), kid, alg: 'RS256', use: 'sig' };
}

/** One provider, whose accounts are whoever one says one is. */
export class IdentityProvider {
  readonly issuer: string;
  /** The `iss` of its answers, where it isn't its own. */
  claimedIssuer: string | null = null;
  /** Requests to the token endpoint so far. */
  exchanges = 0;
  readonly #options: IdentityProviderOptions;
  readonly #port: number;
  #provider: Provider;
  #http: Server | null = null;

  private constructor(port: number, options: IdentityProviderOptions) {
    this.#port = port;
    this.#options = options;
    this.issuer = `http://127.0.0.1:${port}`;
    this.#provider = new Provider(this.issuer, configuration(options));
  }

  /** One on a free port that doesn't answer yet. */
  static async make(options: IdentityProviderOptions): Promise<IdentityProvider> {
    return new IdentityProvider(await freePort(), options);
  }

  /** One that answers. */
  static async start(options: IdentityProviderOptions): Promise<IdentityProvider> {
    const made = await IdentityProvider.make(options);
    await made.goUp();
    return made;
  }

  /** From now on it has these keys; the first one signs. */
  rotate(...keys: readonly JWK[]): void {
    this.#provider = new Provider(this.issuer, configuration({ ...this.#options, keys }));
  }

  async goUp(): Promise<void> {
    const http = createServer((request, response) => {
      void this.#answer(request, response);
    });
    this.#http = http.listen(this.#port, '127.0.0.1');
    await once(http, 'listening');
  }

  async goDown(): Promise<void> {
    const http = this.#http;
    if (http === null) return;
    this.#http = null;
    http.close();
    http.closeAllConnections();
    await once(http, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.issuer);
    if (pathname === '/token') this.exchanges += 1;
    if (this.claimedIssuer !== null) claim(response, this.#options.redirectUri, this.claimedIssuer);
    if (!pathname.startsWith('/say/')) await this.#provider.callback()(request, response);
    else if (searchParams.size === 0) showForm(response);
    else await said(this.#provider, request, response, searchParams.get('name'));
  }
}

function configuration(options: IdentityProviderOptions): Configuration {
  const { redirectUri, keys, roles = [], tokenSeconds = 3_600, refreshTokens = true } = options;
  const { clients = [CLIENT_ID], audience = AUDIENCE, claims } = options;
  return {
    clients: clients.map((id) => ({
      client_id: id,
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    })),
    ...(keys === undefined ? {} : { jwks: { keys: keys.map((key) => ({ ...key })) } }),
    cookies: { keys: ['a key of a test'] },
    ttl: {
      Grant: LIFETIME_SECONDS,
      Interaction: LIFETIME_SECONDS,
      Session: LIFETIME_SECONDS,
      IdToken: LIFETIME_SECONDS,
    },
    pkce: { required: () => true },
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => RESOURCE,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          audience,
          scope: 'profile',
          accessTokenFormat: 'jwt',
          accessTokenTTL: tokenSeconds,
        }),
      },
    },
    interactions: { url: (_context, interaction) => `/say/${interaction.uid}` },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    extraTokenClaims: (_context, token) => {
      const account = 'accountId' in token ? token.accountId : undefined;
      if (claims !== undefined) return claims(account ?? '', token.clientId ?? '');
      return { preferred_username: account, roles };
    },
    issueRefreshToken: () => refreshTokens,
    rotateRefreshToken: true,
    // Nobody is asked what the page may know.
    loadExistingGrant: async ({ oidc }) => {
      const { client, session } = oidc;
      const grant = new oidc.provider.Grant({
        clientId: client?.clientId ?? '',
        accountId: session?.accountId ?? '',
      });
      grant.addOIDCScope('openid profile email offline_access');
      grant.addResourceScope(RESOURCE, 'profile');
      await grant.save();
      return grant;
    },
  };
}

/** Puts another issuer's name on what goes back to the page. */
function claim(response: ServerResponse, redirectUri: string, issuer: string): void {
  const set = response.setHeader.bind(response);
  response.setHeader = (name, value) => {
    if (name.toLowerCase() !== 'location' || !String(value).startsWith(redirectUri)) return set(name, value);
    const address = new URL(String(value));
    address.searchParams.set('iss', issuer);
    return set(name, address.href);
  };
}

/** Answers come to the form's own address, for which alone the provider's cookie is. */
function showForm(response: ServerResponse): void {
  response.setHeader('content-type', 'text/html; charset=utf-8');
  response.end(`<!doctype html><title>Who are you?</title>
    <form><input name="name" autofocus><button>Go on</button></form>
    <a href="?cancel=yes">Cancel</a>`);
}

async function said(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
  name: string | null,
): Promise<void> {
  const result =
    name === null
      ? { error: 'access_denied', error_description: 'the visitor went away' }
      : { login: { accountId: name } };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}
