/** A certified OpenID Connect provider on a port of its own, and a person who logs in there. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import type { JWK } from 'jose';
import Provider from 'oidc-provider';
import type { Configuration } from 'oidc-provider';
import { freePort } from './server-process.ts';

export const CLIENT_ID = 'chat-page';
export const AUDIENCE = 'https://chat.test/api';
export const REDIRECT_URI = 'http://127.0.0.1:9/callback';
const ACCESS_TOKEN_SECONDS = 600;

/** What an authorization request was made with, and the code that came of it. */
export interface CodeLogin {
  readonly code: string;
  readonly verifier: string;
  readonly nonce: string;
}

/** How an authorization request is made, as `GET /oidc/issuers` tells it. */
export interface AuthorizationWishes {
  readonly authorization_endpoint: string;
  readonly scope: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** A private key of a provider. */
export async function providerKey(kid: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { ...(await exportJWK(privateKey)), kid, alg: 'RS256', use: 'sig' };
}

export class OidcProvider {
  readonly issuer: string;
  readonly #port: number;
  #provider: Provider;
  #server: Server | null = null;

  private constructor(port: number, keys: readonly JWK[]) {
    this.#port = port;
    this.issuer = `http://127.0.0.1:${port}`;
    this.#provider = providerOf(this.issuer, keys);
  }

  /** One on a free port that doesn't answer yet. */
  static async make(...keys: readonly JWK[]): Promise<OidcProvider> {
    return new OidcProvider(await freePort(), keys);
  }

  /** One that answers. */
  static async start(...keys: readonly JWK[]): Promise<OidcProvider> {
    const made = await OidcProvider.make(...keys);
    await made.goUp();
    return made;
  }

  /** From now on it has these keys; the first one signs. */
  rotate(...keys: readonly JWK[]): void {
    this.#provider = providerOf(this.issuer, keys);
  }

  async goUp(): Promise<void> {
    const answer = (request: IncomingMessage, response: ServerResponse) => {
      void this.#provider.callback()(request, response);
    };
    this.#server = createServer(answer).listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async goDown(): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    this.#server = null;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }

  /** Goes where a browser would be sent, logs in as `name` and consents; resolves with the code. */
  async logIn(name: string, wishes: AuthorizationWishes): Promise<CodeLogin> {
    const verifier = randomBytes(32).toString('base64url');
    const nonce = randomBytes(16).toString('base64url');
    const request = new URLSearchParams({
      ...wishes.parameters,
      ...{ response_type: 'code', client_id: CLIENT_ID, scope: wishes.scope, redirect_uri: REDIRECT_URI },
      ...{ state: 'state', nonce, code_challenge_method: 'S256' },
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    });
    const cookies = new Map<string, string>();
    let url = `${wishes.authorization_endpoint}?${request.toString()}`;
    let form: URLSearchParams | null = null;
    for (let step = 0; step < 10; step += 1) {
      const response: Response = await fetch(url, {
        redirect: 'manual',
        headers: { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') },
        ...(form === null ? {} : { method: 'POST', body: form }),
      });
      for (const cookie of response.headers.getSetCookie()) {
        const [, key = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
        cookies.set(key, value);
      }
      const text = await response.text();
      const location = response.headers.get('location');
      form = null;
      if (location !== null) {
        url = new URL(location, url).href;
        const code = new URL(url).searchParams.get('code');
        if (url.startsWith(REDIRECT_URI)) {
          if (code === null) throw new Error(`no code: ${url}`);
          return { code, verifier, nonce };
        }
        continue;
      }
      const prompt = /name="prompt" value="(\w+)"/.exec(text)?.[1];
      if (prompt === undefined) throw new Error(`${response.status} ${url}: ${text.slice(0, 500)}`);
      form = new URLSearchParams({ prompt, ...(prompt === 'login' ? { login: name, password: 'any' } : {}) });
    }
    throw new Error('the login did not come to an end');
  }
}

function providerOf(issuer: string, keys: readonly JWK[]): Provider {
  const configuration: Configuration = {
    clients: [
      {
        client_id: CLIENT_ID,
        redirect_uris: [REDIRECT_URI],
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
      },
    ],
    jwks: { keys: keys.map((key) => ({ ...key })) },
    cookies: { keys: ['test'] },
    findAccount: (_context, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
    extraTokenClaims: (_context, token) => ({
      preferred_username: 'accountId' in token ? token.accountId : 'nobody',
      roles: ['moderator'],
    }),
    issueRefreshToken: async () => true,
    ttl: { AccessToken: ACCESS_TOKEN_SECONDS, Grant: 3600, Interaction: 3600, Session: 3600, IdToken: 3600 },
    features: {
      devInteractions: { enabled: true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          ...{ scope: 'chat', audience: AUDIENCE, accessTokenFormat: 'jwt' as const },
          ...{ accessTokenTTL: ACCESS_TOKEN_SECONDS, jwt: { sign: { alg: 'RS256' as const } } },
        }),
      },
    },
  };
  return new Provider(issuer, configuration);
}
