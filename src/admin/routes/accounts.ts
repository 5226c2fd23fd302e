/** `POST /register`, `/login`, `/refresh` and `/logout`. */
import Type from 'typebox';
import { networkOf } from '../../protocol/network.ts';
import { failure } from '../../protocol/errors.ts';
import type { App } from '../app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { LoginTokens, tokensOf } from '../login-tokens.ts';
import { sendProblem } from '../problem.ts';
import { ref, responses } from '../schemas.ts';

const Registration = Type.Object({
  username: Type.String({ description: '1 to 32 characters, not beginning with guest-' }),
  password: Type.String({ description: '8 to 128 characters' }),
  email: Type.Optional(Type.String()),
});

const Credentials = Type.Object({
  username: Type.Optional(Type.String({ description: 'This, or email' })),
  email: Type.Optional(Type.String()),
  password: Type.String(),
});

const RefreshToken = Type.Object({
  refresh_token: Type.String({ description: 'The newest one of /login or /refresh' }),
});

type AccountDeps = Pick<HttpDeps, 'accounts' | 'refreshTokens' | 'clientAddress'>;

/** Making accounts, logging in to them, staying so, and logging out. Nobody is asked for an access token here. */
export function accountRoutes(app: App, deps: AccountDeps): void {
  const { accounts, refreshTokens, clientAddress } = deps;

  app.post(
    '/register',
    {
      schema: {
        summary: 'Make an account',
        body: Registration,
        response: responses({ 201: Type.Object({ user: ref('Person') }) }, [409, 429, 503]),
      },
      onRequest: async (_request, reply) =>
        accounts.open
          ? undefined
          : sendProblem(reply, failure('forbidden', 'This server takes no registrations.')),
    },
    async (request, reply) => {
      const user = await accounts.register(request.body, networkOf(clientAddress(request)));
      if (!user.ok) return sendProblem(reply, user.failure);
      return reply.code(201).header('cache-control', 'no-store').send({ user: user.value });
    },
  );

  app.post(
    '/login',
    {
      schema: {
        summary: 'Log in',
        description: 'Every wrong part of it is answered alike.',
        body: Credentials,
        response: responses({ 200: LoginTokens }, [401, 429, 503]),
      },
    },
    async (request, reply) => {
      const { username, email } = request.body;
      if ((username === undefined) === (email === undefined)) {
        return sendProblem(reply, failure('bad_request', 'Either username or email is needed.'));
      }
      const login = await accounts.login(request.body, networkOf(clientAddress(request)));
      if (!login.ok) return sendProblem(reply, login.failure);
      return reply.header('cache-control', 'no-store').send(tokensOf(login.value));
    },
  );

  app.post(
    '/refresh',
    {
      schema: {
        summary: 'Renew an access token',
        description: 'Uses the refresh token up. Using it a second time logs out what came of its login.',
        body: RefreshToken,
        response: responses({ 200: LoginTokens }, [401, 429, 503]),
      },
    },
    async (request, reply) => {
      const address = networkOf(clientAddress(request));
      const login = await refreshTokens.refresh(request.body.refresh_token, address);
      if (!login.ok) return sendProblem(reply, login.failure);
      return reply.header('cache-control', 'no-store').send(tokensOf(login.value));
    },
  );

  app.post(
    '/logout',
    {
      schema: {
        summary: 'Log out',
        description:
          'Ends every token that came of the same login; connections that came by one close with 4004 within a second.',
        body: RefreshToken,
        response: responses(
          { 204: Type.Null({ description: 'Logged out, perhaps long since' }) },
          [429, 503],
        ),
      },
    },
    async (request, reply) => {
      const address = networkOf(clientAddress(request));
      const ended = await refreshTokens.end(request.body.refresh_token, address);
      if (!ended.ok) return sendProblem(reply, ended.failure);
      return reply.code(204).header('cache-control', 'no-store').send();
    },
  );
}
