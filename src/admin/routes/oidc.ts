/** `GET /oidc/issuers` and `POST /oidc/token`: the sign-in with an issuer of the chat page and the dashboard. */
import Type from 'typebox';
import { networkOf } from '../../protocol/network.ts';
import type { App } from '../app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { sendProblem } from '../problem.ts';
import { responses } from '../schemas.ts';

const Issuer = Type.Object({
  issuer: Type.String(),
  name: Type.String({ description: 'For people' }),
  authorization_endpoint: Type.String({ description: 'Where the browser is sent' }),
  client_id: Type.String(),
  scope: Type.String(),
  parameters: Type.Record(Type.String(), Type.String(), {
    description:
      'Go into the authorization request, beside response_type=code, client_id, scope, redirect_uri, state, nonce, ' +
      'code_challenge and code_challenge_method=S256',
  }),
});

/** Longest code or token, and longest address, characters. */
const MAX_LENGTH = 16_384;
const MAX_URL_LENGTH = 2_048;

const Page = Type.Optional(
  Type.Union([Type.Literal('chat'), Type.Literal('dashboard')], {
    description: 'Which page one logs in on: each may have a client of its own. Absent: chat',
  }),
);

const CodeGrant = Type.Object({
  page: Page,
  issuer: Type.String({ maxLength: MAX_URL_LENGTH }),
  grant_type: Type.Literal('authorization_code'),
  code: Type.String({ minLength: 1, maxLength: MAX_LENGTH }),
  code_verifier: Type.String({ pattern: '^[A-Za-z0-9._~-]{43,128}$', description: 'RFC 7636' }),
  redirect_uri: Type.String({ minLength: 1, maxLength: MAX_URL_LENGTH }),
  nonce: Type.Optional(
    Type.String({ minLength: 1, maxLength: 256, description: 'That of the authorization request' }),
  ),
});

const RefreshGrant = Type.Object({
  page: Page,
  issuer: Type.String({ maxLength: MAX_URL_LENGTH }),
  grant_type: Type.Literal('refresh_token'),
  refresh_token: Type.String({ minLength: 1, maxLength: MAX_LENGTH }),
});

const Tokens = Type.Object({
  token: Type.String({ description: "The issuer's access token, which this server takes" }),
  expires_in: Type.Integer({ description: 'Seconds' }),
  refresh_token: Type.Optional(
    Type.String({ description: 'For the next time; without one, the one that was used stays good' }),
  ),
});

type OidcDeps = Pick<HttpDeps, 'issuerLogins' | 'clientAddress'>;

/** Nobody is asked for an access token here. */
export function oidcRoutes(app: App, { issuerLogins, clientAddress }: OidcDeps): void {
  app.get(
    '/oidc/issuers',
    {
      schema: {
        summary: 'Issuers that one can log in with on the chat page, or the dashboard',
        description: 'Those that this server has a client id of and that answer.',
        querystring: Type.Object({ page: Page }),
        response: responses({ 200: Type.Object({ items: Type.Array(Issuer) }) }),
      },
    },
    async (request, reply) => {
      const items = issuerLogins
        .list(request.query.page)
        .map(({ authorizationEndpoint, clientId, parameters, ...shown }) => ({
          ...shown,
          authorization_endpoint: authorizationEndpoint,
          client_id: clientId,
          parameters: { ...parameters },
        }));
      return reply.header('cache-control', 'no-store').send({ items });
    },
  );

  app.post(
    '/oidc/token',
    {
      schema: {
        summary: "Change an issuer's code, or refresh token, for tokens",
        description: 'This server asks the issuer and checks the access token before it hands it out.',
        body: Type.Union([CodeGrant, RefreshGrant]),
        response: responses({ 200: Tokens }, [401, 429, 503]),
      },
    },
    async (request, reply) => {
      const { issuer, page, ...grant } = request.body;
      const address = networkOf(clientAddress(request));
      const tokens = await issuerLogins.exchange(issuer, grant, address, page);
      if (!tokens.ok) return sendProblem(reply, tokens.failure);
      const { token, expiresIn, refreshToken } = tokens.value;
      return reply.header('cache-control', 'no-store').send({
        token,
        expires_in: expiresIn,
        ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
      });
    },
  );
}
