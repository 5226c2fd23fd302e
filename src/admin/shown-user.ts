/** A user as REST shows them: more of them to those who look after the server. */
import Type from 'typebox';
import type { Static } from 'typebox';
import type { Principal } from '../protocol/entities.ts';
import { isStaffOfAll } from '../protocol/permissions.ts';
import { isAdmin } from './identification.ts';
import type { KnownUser } from './ports/user-directory.ts';

const FOR_STAFF = 'For moderators and administrators';

export const ShownUser = Type.Object({
  id: Type.String(),
  name: Type.String(),
  guest: Type.Boolean(),
  roles: Type.Array(Type.String(), { description: 'Those that hold everywhere' }),
  avatar: Type.Optional(Type.String()),
  kind: Type.Optional(
    Type.Union([Type.Literal('account'), Type.Literal('guest'), Type.Literal('issuer')], {
      description: `${FOR_STAFF}: an account of this server, a guest, or a user of another issuer`,
    }),
  ),
  issuer: Type.Optional(Type.String({ description: FOR_STAFF })),
  since: Type.Optional(
    Type.Integer({
      description: `${FOR_STAFF}: when the account was made, or somebody else was seen first, ms since the epoch`,
    }),
  ),
  banned: Type.Optional(Type.Boolean({ description: `${FOR_STAFF}: from everywhere` })),
  ban: Type.Optional(
    Type.Object({
      ban_id: Type.String(),
      until: Type.Union([Type.Integer(), Type.Null()], {
        description: 'ms since the epoch; null: without end',
      }),
      reason: Type.Optional(Type.String()),
    }),
  ),
  email: Type.Optional(Type.String({ description: 'For administrators: of an account that has one' })),
});

/** `user` as `reader` sees them. */
export function shownUserTo(reader: Principal, user: KnownUser): Static<typeof ShownUser> {
  const { id, name, kind, roles, avatar, issuer, since, ban, email } = user;
  const shown = {
    ...{ id, name, guest: kind === 'guest', roles: [...roles] },
    ...(avatar === undefined ? {} : { avatar }),
  };
  if (!isStaffOfAll(reader)) return shown;
  return {
    ...shown,
    ...{ kind, since, banned: ban !== undefined },
    ...(issuer === undefined ? {} : { issuer }),
    ...(ban === undefined ? {} : { ban: banOf(ban) }),
    ...(email === undefined || !isAdmin(reader) ? {} : { email }),
  };
}

function banOf({ id, until, reason }: NonNullable<KnownUser['ban']>) {
  return { ban_id: id, until, ...(reason === undefined ? {} : { reason }) };
}
