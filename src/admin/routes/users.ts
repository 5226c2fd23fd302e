/** `/users`: who is known here, and what administrators change of them. */
import Type from 'typebox';
import type { Deed, GivenRole } from '../../auth/access-changes.ts';
import { MAX_AVATAR_LENGTH } from '../../auth/avatar-address.ts';
import { failure } from '../../protocol/errors.ts';
import { fail, ok, type Result } from '../../protocol/result.ts';
import { isStaffOfAll } from '../../protocol/permissions.ts';
import type { App } from '../app.ts';
import { deedOf } from '../deed.ts';
import type { HttpDeps } from '../http-deps.ts';
import { identified, isAdmin, userOf, type IdentificationDeps } from '../identification.ts';
import type { KnownUser } from '../ports/user-directory.ts';
import { sendProblem } from '../problem.ts';
import { UserId } from '../sanction-form.ts';
import { Limit, Reason, ref, responses, TOKEN_NEEDED } from '../schemas.ts';
import { ShownUser, shownUserTo } from '../shown-user.ts';
import { removeUser } from '../user-removal.ts';

const MAX_OFFSET = 1_000_000;

const NamePart = Type.String({ maxLength: 64 });
const UserQuery = Type.Object({
  username: Type.Optional({ ...NamePart, description: 'How the name begins, in any case' }),
  search: Type.Optional({ ...NamePart, description: 'What is in the name, in any case' }),
  registered_only: Type.Boolean({ default: false, description: 'No guests' }),
  banned: Type.Optional(
    Type.Boolean({ description: 'Those who are banned everywhere, or those who are not' }),
  ),
  after: Type.Optional(Type.String({ maxLength: 64, description: '`next` of the page before' })),
  offset: Type.Integer({
    minimum: 0,
    maximum: MAX_OFFSET,
    default: 0,
    description: 'So many are left out; `after` goes on as far as one likes',
  }),
  limit: Limit,
});

const UserList = Type.Object({
  items: Type.Array(ShownUser, { description: 'By name' }),
  has_more: Type.Boolean(),
  next: Type.Optional(Type.String({ description: 'For `after`' })),
});

const Role = Type.Union([Type.Literal('user'), Type.Literal('moderator'), Type.Literal('admin')]);
const UserChange = Type.Object({
  reason: Reason,
  name: Type.Optional(Type.String({ description: '1 to 32 characters, not beginning with guest-' })),
  avatar: Type.Optional(
    Type.Union([Type.String(), Type.Null()], {
      description: `An http or https address of at most ${MAX_AVATAR_LENGTH} characters; null takes it away`,
    }),
  ),
  roles: Type.Optional(
    Type.Array(Role, { description: 'All that this server gives; everybody has user', maxItems: 8 }),
  ),
});

const Params = Type.Object({ id: Type.String({ minLength: 1, maxLength: 256 }) });
const OneUser = Type.Object({ user: ShownUser });

const NOBODY = failure('not_found', 'There is nobody with this id.');

type UserDeps = IdentificationDeps &
  Pick<HttpDeps, 'accessChanges' | 'profiles' | 'userDirectory' | 'shards' | 'now'>;

/** Everybody who is known here. */
export function userRoutes(app: App, deps: UserDeps): void {
  const { userDirectory, now } = deps;

  app.get(
    '/users',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Users by name',
        description: 'Accounts, guests and users of other issuers; for moderators and administrators.',
        querystring: UserQuery,
        response: responses({ 200: UserList }),
      },
      onRequest: identified(deps, isStaffOfAll),
    },
    async (request, reply) => {
      const { username, search, registered_only: isRegistered, banned, ...page } = request.query;
      const users = await userDirectory.list(
        {
          ...{ ...page, isRegistered },
          ...(username === undefined ? {} : { prefix: username }),
          ...(search === undefined ? {} : { part: search }),
          ...(banned === undefined ? {} : { isBanned: banned }),
        },
        now(),
      );
      if (!users.ok) return sendProblem(reply, users.failure);
      const { items, hasMore } = users.value;
      const last = items.at(-1);
      const reader = userOf(request);
      return reply.header('cache-control', 'no-store').send({
        items: items.map((user) => shownUserTo(reader, user)),
        has_more: hasMore,
        ...(hasMore && last !== undefined ? { next: last.name } : {}),
      });
    },
  );

  app.get(
    '/users/:id',
    {
      schema: {
        security: TOKEN_NEEDED,
        operationId: 'getUser',
        summary: 'A user',
        description: 'What everybody may know of them; moderators and administrators see more.',
        params: Type.Object({ id: UserId }),
        response: responses({ 200: OneUser }, [404]),
      },
      onRequest: identified(deps),
    },
    async (request, reply) => {
      const found = await known(deps, request.params.id);
      if (!found.ok) return sendProblem(reply, found.failure);
      const user = shownUserTo(userOf(request), found.value);
      return reply.header('cache-control', 'no-store').send({ user });
    },
  );

  app.patch(
    '/users/:id',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: "Change a user's roles, name and avatar",
        description:
          'It holds on every open connection within a second. A user of another issuer has the roles of the token beside those given here. Only accounts have their name and avatar here.',
        params: Params,
        body: UserChange,
        response: responses(
          {
            200: Type.Object({
              user: ref('Person'),
              roles: Type.Array(Role),
              avatar: ShownUser.properties.avatar,
            }),
          },
          [404, 409],
        ),
      },
      onRequest: identified(deps, isAdmin),
    },
    async (request, reply) => {
      const { id } = request.params;
      const { name, avatar, roles } = request.body;
      const given = roles === undefined ? undefined : [...new Set(roles)].filter((role) => role !== 'user');
      if (id === userOf(request).id && given?.includes('admin') === false) {
        // Another administrator can; so somebody is always left who can give the role back.
        return sendProblem(reply, failure('forbidden', 'Nobody takes their own administrator’s role away.'));
      }
      const wanted = {
        ...(name === undefined ? {} : { name }),
        ...(avatar === undefined ? {} : { avatar }),
      };
      const changed = await change(deps, id, { profile: wanted, roles: given }, deedOf(request));
      if (!changed.ok) return sendProblem(reply, changed.failure);
      const now = changed.value;
      return reply.send({
        ...{ user: { id, name: now.name }, roles: ['user' as const, ...givenTo(now, given)] },
        ...(now.avatar === undefined ? {} : { avatar: now.avatar }),
      });
    },
  );

  app.delete(
    '/users/:id',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Delete an account, or a guest',
        description:
          'The name is free then; connections close with 4004 within a second, and no token is good any more. What they wrote stays, under the name that they had. An administrator’s role has to be taken away first.',
        params: Params,
        querystring: Type.Object({ reason: Reason }),
        response: responses({ 204: Type.Null({ description: 'Gone' }) }, [404]),
      },
      onRequest: identified(deps, isAdmin),
    },
    async (request, reply) => {
      const found = await known(deps, request.params.id);
      if (!found.ok) return sendProblem(reply, found.failure);
      const by = userOf(request);
      const { identity, query: body } = request;
      const removed = await removeUser(deps, found.value, by, deedOf({ identity, body }));
      return removed.ok ? reply.code(204).send() : sendProblem(reply, removed.failure);
    },
  );
}

async function known(
  { userDirectory, now }: Pick<UserDeps, 'userDirectory' | 'now'>,
  id: string,
): Promise<Result<KnownUser>> {
  const found = await userDirectory.find(id, now());
  if (!found.ok) return found;
  return found.value === null ? fail(NOBODY) : ok(found.value);
}

interface WantedChange {
  readonly profile: { readonly name?: string; readonly avatar?: string | null };
  readonly roles: readonly GivenRole[] | undefined;
}

/** The profile first, which may be refused; the user as they are then. */
async function change(
  deps: UserDeps,
  id: string,
  { profile, roles }: WantedChange,
  deed: Deed,
): Promise<Result<KnownUser>> {
  const before = await known(deps, id);
  if (!before.ok) return before;
  if (Object.keys(profile).length > 0) {
    const { kind, name } = before.value;
    if (kind !== 'account') {
      const keeper = kind === 'guest' ? 'is a guest' : 'has an account of another issuer';
      return fail(failure('forbidden', `${name} ${keeper}: name and avatar aren’t kept here.`));
    }
    const changed = await deps.profiles.changeBy(id, profile, deed);
    if (!changed.ok) return changed.failure.code === 'unauthorized' ? fail(NOBODY) : changed;
  }
  if (roles !== undefined) {
    const given = await deps.accessChanges.setRoles(id, roles, deed);
    if (!given.ok) return given;
  }
  return known(deps, id);
}

/** What was given now, or what is held. */
function givenTo({ roles }: KnownUser, given: readonly GivenRole[] | undefined): readonly GivenRole[] {
  return given ?? roles.filter((role) => role === 'moderator' || role === 'admin');
}
