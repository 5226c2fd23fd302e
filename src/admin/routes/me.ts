/** `GET /me`, `PATCH /me` and `POST /change-password`: what someone sees and changes of themselves. */
import Type from 'typebox';
import type { Static } from 'typebox';
import { MAX_AVATAR_LENGTH } from '../../auth/avatar-address.ts';
import { shownUser } from '../../auth/identity.ts';
import type { Account } from '../../auth/ports.ts';
import { networkOf } from '../../protocol/network.ts';
import { accountHolder } from '../account-holder.ts';
import type { App } from '../app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { identified, userOf } from '../identification.ts';
import { LoginTokens, tokensOf } from '../login-tokens.ts';
import { sendProblem } from '../problem.ts';
import { responses, TOKEN_NEEDED } from '../schemas.ts';

const Self = Type.Object({
  user: Type.Object({
    id: Type.String(),
    name: Type.String(),
    guest: Type.Boolean(),
    roles: Type.Array(Type.String()),
    avatar: Type.Optional(Type.String()),
    email: Type.Optional(Type.String({ description: 'Of an account that has one' })),
  }),
});

const ProfileChange = Type.Object({
  name: Type.Optional(Type.String({ description: '1 to 32 characters, not beginning with guest-' })),
  avatar: Type.Optional(
    Type.Union([Type.String(), Type.Null()], {
      description: `An http or https address of at most ${MAX_AVATAR_LENGTH} characters; null takes it away`,
    }),
  ),
});

const PasswordChange = Type.Object({
  current_password: Type.String(),
  new_password: Type.String({ description: '8 to 128 characters' }),
});

type MeDeps = Pick<
  HttpDeps,
  'authenticator' | 'rateLimiter' | 'accounts' | 'profiles' | 'clientAddress' | 'mono'
>;

/** About oneself. */
export function meRoutes(app: App, deps: MeDeps): void {
  const { accounts, profiles, clientAddress } = deps;

  app.get(
    '/me',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Who one is',
        description: 'For guests, users of other issuers and accounts alike.',
        response: responses({ 200: Self }),
      },
      onRequest: identified(deps),
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store');
      const user = userOf(request);
      if (request.identity?.account !== true) {
        const { roles, ...shown } = shownUser(user);
        return reply.send({ user: { ...shown, roles: [...roles] } });
      }
      const account = await profiles.read(user.id);
      return account.ok ? reply.send(selfOf(account.value)) : sendProblem(reply, account.failure);
    },
  );

  app.patch(
    '/me',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: "Change one's name and avatar",
        description: 'For accounts alone. Holds on every open connection within a second.',
        body: ProfileChange,
        response: responses({ 200: Self }, [409]),
      },
      onRequest: [identified(deps), accountHolder],
    },
    async (request, reply) => {
      const changed = await profiles.change(userOf(request).id, request.body);
      if (!changed.ok) return sendProblem(reply, changed.failure);
      return reply.header('cache-control', 'no-store').send(selfOf(changed.value));
    },
  );

  app.post(
    '/change-password',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: "Change one's password",
        description: 'Logs out everywhere and answers tokens of a new login. For accounts alone.',
        body: PasswordChange,
        response: responses({ 200: LoginTokens }, [409]),
      },
      onRequest: [identified(deps), accountHolder],
    },
    async (request, reply) => {
      const { current_password: current, new_password: next } = request.body;
      const address = networkOf(clientAddress(request));
      const login = await accounts.changePassword(userOf(request).id, { current, next }, address);
      if (!login.ok) return sendProblem(reply, login.failure);
      return reply.header('cache-control', 'no-store').send(tokensOf(login.value));
    },
  );
}

function selfOf({ id, name, roles, avatar, email }: Account): Static<typeof Self> {
  return {
    user: {
      ...{ id, name, guest: false, roles: [...roles] },
      ...(avatar === undefined ? {} : { avatar }),
      ...(email === undefined ? {} : { email }),
    },
  };
}
