/** A real OpenID provider (`oidc-provider`) on the loopback interface, with a page on which people say who they are. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider, type Configuration } from 'oidc-provider';

/** How to start one. */
export interface IdentityProviderOptions {
  /** The page that people come from and go back to. */
  readonly redirectUri: string;
  /** How long access tokens last, seconds. */
  readonly tokenSeconds?: number;
  /** Whether the provider gives refresh tokens. */
  readonly refreshTokens?: boolean;
}

/** What access tokens are for. */
export const AUDIENCE = 'https://chat.example/api';
export const CLIENT_ID = 'chat-page';

/** One provider, whose accounts are whoever one says one is. */
export class IdentityProvider {
  readonly issuer: string;
  /** The `iss` of its answers, where it isn't its own. */
  claimedIssuer: string | null = null;
  /** Requests to the token endpoint so far. */
  exchanges = 0;
  readonly #http: Server;

  private constructor(http: Server, issuer: string) {
    this.#http = http;
    this.issuer = issuer;
  }

  static async start(options: IdentityProviderOptions): Promise<IdentityProvider> {
    const http = createServer().listen(0, '127.0.0.1');
    await once(http, 'listening');
    const issuer = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
    const started = new IdentityProvider(http, issuer);
    const provider = new Provider(issuer, configuration(options));
    const answer = provider.callback();
    http.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const { pathname, searchParams } = new URL(request.url ?? '/', issuer);
      if (pathname === '/token') started.exchanges += 1;
      if (started.claimedIssuer !== null) claim(response, options.redirectUri, started.claimedIssuer);
      if (!pathname.startsWith('/say/')) void answer(request, response);
      else if (searchParams.size === 0) showForm(response);
      else void said(provider, request, response, searchParams.get('name'));
    });
    return started;
  }

  async close(): Promise<void> {
    this.#http.closeAllConnections();
    this.#http.close();
    await once(this.#http, 'close');
  }
}

function configuration(options: IdentityProviderOptions): Configuration {
  const { redirectUri, tokenSeconds = 3600, refreshTokens = true } = options;
  return {
    clients: [
      {
        client_id: CLIENT_ID,
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'none',
      },
    ],
    cookies: { keys: ['a key of a test'] },
    pkce: { required: () => true },
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => AUDIENCE,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          audience: AUDIENCE,
          scope: 'profile',
          accessTokenFormat: 'jwt',
          accessTokenTTL: tokenSeconds,
        }),
      },
    },
    interactions: { url: (_context, interaction) => `/say/${interaction.uid}` },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    extraTokenClaims: (_context, token) => ({
      preferred_username: 'accountId' in token ? token.accountId : undefined,
    }),
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
      grant.addResourceScope(AUDIENCE, 'profile');
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
