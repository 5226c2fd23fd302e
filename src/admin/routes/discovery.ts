/** `GET /discovery` and the server's public keys: what a client needs to begin. */
import Type from 'typebox';
import type { App } from '../app.ts';
import { baseUrl, webSocketUrl } from '../base-url.ts';
import type { HttpDeps } from '../http-deps.ts';
import { responses } from '../schemas.ts';
import { failure } from '../../protocol/errors.ts';
import { sendProblem } from '../problem.ts';

const Discovery = Type.Object({
  server_id: Type.String(),
  server_name: Type.String(),
  chat_url: Type.String({ description: 'WebSocket endpoint' }),
  health_url: Type.String(),
  auth_url: Type.String({ description: 'Where accounts are made' }),
  token_url: Type.String({ description: 'Where a name and a password become a token' }),
  chat_client: Type.String({ description: 'The chat page' }),
  issuers: Type.Array(Type.String(), { description: 'Whose tokens are taken' }),
  registration: Type.Union([Type.Literal('open'), Type.Literal('off')], {
    description: 'Whether anyone may make an account',
  }),
  guests: Type.Union([Type.Literal('chat'), Type.Literal('read'), Type.Literal('off')], {
    description: 'What people without an account may do',
  }),
});

const PublicKey = Type.Object({
  kty: Type.String(),
  crv: Type.String(),
  x: Type.String(),
  y: Type.String(),
  kid: Type.String(),
  alg: Type.String(),
  use: Type.String(),
});

/** What is JSON already. */
const asItIs = (json: unknown): string => String(json);

type DiscoveryDeps = Pick<
  HttpDeps,
  'server' | 'publicUrl' | 'authenticator' | 'accounts' | 'policy' | 'keys' | 'reachedAt'
>;

/** Addresses by the public URL, else by where the client reached the server. */
export function discoveryRoutes(app: App, deps: DiscoveryDeps): void {
  const document = (base: string): Type.Static<typeof Discovery> => ({
    server_id: deps.server.id,
    server_name: deps.server.name,
    chat_url: `${webSocketUrl(base)}/ws`,
    health_url: `${base}/health`,
    auth_url: `${base}/register`,
    token_url: `${base}/login`,
    chat_client: `${base}/`,
    issuers: [...deps.authenticator.issuers],
    registration: deps.accounts.open ? 'open' : 'off',
    guests: deps.policy.guests,
  });
  // Besides settings and the name nothing is in it, and clients reach a server under one address as a rule.
  let latest = { base: '', name: '', json: '' };
  app.get(
    '/discovery',
    { schema: { summary: 'What a client needs to begin', response: responses({ 200: Discovery }) } },
    (request, reply) => {
      const base = baseUrl(deps.reachedAt(request), deps.publicUrl);
      const { name } = deps.server;
      if (latest.base !== base || latest.name !== name) {
        latest = { base, name, json: JSON.stringify(document(base)) };
      }
      reply.type('application/json; charset=utf-8').serializer(asItIs).send(latest.json);
    },
  );

  app.get(
    '/.well-known/jwks.json',
    {
      schema: {
        summary: "The server's own public keys (RFC 7517)",
        response: responses({ 200: Type.Object({ keys: Type.Array(PublicKey) }) }),
      },
    },
    async (_request, reply) => reply.header('cache-control', 'public, max-age=300').send(deps.keys.jwks),
  );

  // The gateway takes upgrades before they come here.
  app.get(
    '/ws',
    { schema: { summary: 'The WebSocket', response: responses({}, [426]) } },
    async (_request, reply) => {
      reply.header('upgrade', 'websocket').header('connection', 'Upgrade');
      return sendProblem(reply, failure('bad_request', 'This address takes WebSocket upgrades only.'), 426);
    },
  );
}
