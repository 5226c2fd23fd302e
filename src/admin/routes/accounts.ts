/** `POST /register` and `POST /login`. */
import Type from 'typebox';
import { networkOf } from '../../cache/address-limiter.ts';
import { failure } from '../../protocol/errors.ts';
import type { App } from '../app.ts';
import type { HttpDeps } from '../http-deps.ts';
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

const Login = Type.Object({
  token: Type.String({ description: 'An access token (JWT)' }),
  expires_in: Type.Integer({ description: 'Seconds' }),
});

/** Making accounts and logging in to them. Nobody is asked for a token here. */
export function accountRoutes(app: App, deps: Pick<HttpDeps, 'accounts' | 'clientAddress'>): void {
  const { accounts, clientAddress } = deps;

  app.post(
    '/register',
    {
      schema: {
        summary: 'Make an account',
        body: Registration,
        response: responses({ 201: Type.Object({ user: ref('Person') }) }),
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
    { schema: { summary: 'Log in', body: Credentials, response: responses({ 200: Login }) } },
    async (request, reply) => {
      const { username, email } = request.body;
      if ((username === undefined) === (email === undefined)) {
        return sendProblem(reply, failure('bad_request', 'Either username or email is needed.'));
      }
      const login = await accounts.login(request.body, networkOf(clientAddress(request)));
      if (!login.ok) return sendProblem(reply, login.failure);
      const { token, expiresIn } = login.value;
      return reply.header('cache-control', 'no-store').send({ token, expires_in: expiresIn });
    },
  );
}
