/** What becomes of a connection in the channel when its user's rights or name change. */
import { refuse } from '../log/answers.ts';
import type { Principal } from '../protocol/entities.ts';
import { failure } from '../protocol/errors.ts';
import { maySee } from '../protocol/permissions.ts';
import type { ConnectionKey } from '../log/waiter.ts';
import { endGrace, exit, rename } from './presence.ts';
import { type ChannelState, type Context, type Effects, isJoined } from './state.ts';

const OUT = failure('not_member', 'your rights no longer reach this channel');

/** The connection's user is `user` from now on. Who may not be here any more is out, and told so by `not_member`. */
export function renew(
  state: ChannelState,
  connection: ConnectionKey,
  user: Principal,
  ctx: Context,
): Effects {
  if (!isJoined(state, connection)) return [];
  if (maySee(user, state, state.members.has(user.id))) {
    state.userOf.set(connection, user);
    return rename(state, user, ctx);
  }
  return [
    ...putOut(state, connection, ctx),
    ...refuse({ connection, ref: undefined }, state.id, ctx.now, OUT),
  ];
}

/** Whoever is here and may not know of the channel any more is out, and told so. */
export function putOutStrangers(state: ChannelState, ctx: Context): Effects {
  return [...state.userOf].flatMap(([connection, user]) =>
    maySee(user, state, state.members.has(user.id)) ? [] : renew(state, connection, user, ctx),
  );
}

/** All connections of a user are out; they were told why. */
export function putOutUser(state: ChannelState, userId: string, ctx: Context): Effects {
  const out = [...state.userOf].flatMap(([connection, user]) =>
    user.id === userId ? putOut(state, connection, ctx) : [],
  );
  return [...out, ...endGrace(state, userId, ctx)];
}

function putOut(state: ChannelState, connection: ConnectionKey, ctx: Context): Effects {
  return [{ kind: 'unsubscribe', connection }, ...exit(state, connection, 'left', ctx)];
}
