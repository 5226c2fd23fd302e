/** A person who logs in with an {@link IdentityProvider}, and the browser that leads there: the code flow with PKCE. */
import { createHash, randomBytes } from 'node:crypto';
import { CLIENT_ID } from './identity-provider.ts';

/** The page that people come from and go back to; nothing listens there. */
export const REDIRECT_URI = 'http://127.0.0.1:9/callback';
/** An authorization takes fewer redirects. */
const MAX_STEPS = 10;

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

/** Goes where a browser would be sent by a program, and says there to be `name`; resolves with the code. */
export async function logInAtProvider(
  name: string,
  wishes: AuthorizationWishes,
  { client = CLIENT_ID, redirectUri = REDIRECT_URI } = {},
): Promise<CodeLogin> {
  const verifier = randomBytes(32).toString('base64url');
  const nonce = randomBytes(16).toString('base64url');
  const request = new URLSearchParams({
    ...wishes.parameters,
    ...{ response_type: 'code', client_id: client, scope: wishes.scope, redirect_uri: redirectUri },
    ...{ state: 'state', nonce, code_challenge_method: 'S256' },
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
  });
  const cookies = new Map<string, string>();
  let url = new URL(`${wishes.authorization_endpoint}?${request.toString()}`);
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const response: Response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') },
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, key = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      cookies.set(key, value);
    }
    const text = await response.text();
    const location = response.headers.get('location');
    if (location === null) throw new Error(`${response.status} ${url.href}: ${text.slice(0, 500)}`);
    url = new URL(location, url);
    if (url.href.startsWith(redirectUri)) {
      const code = url.searchParams.get('code');
      if (code === null) throw new Error(`no code: ${url.href}`);
      return { code, verifier, nonce };
    }
    // What the form there asks.
    if (url.pathname.startsWith('/say/')) url.searchParams.set('name', name);
  }
  throw new Error('the login did not come to an end');
}
