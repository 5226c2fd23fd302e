/** What becomes of a connection in the channel when its user's rights or name change. */
import { refuse } from '../log/answers.ts';
import type { Principal } from '../protocol/entities.ts';
import { failure } from '../protocol/errors.ts';
import { maySee } from '../protocol/permissions.ts';
import type { ConnectionKey } from '../log/waiter.ts';
import { exit, rename } from './presence.ts';
import { type ChannelState, type Context, type Effects, isJoined } from './state.ts';

/** The connection's user is `user` from now on. Who may not be here any more is out, and told so by `not_member`. */
export function renew(
  state: ChannelState,
  connection: ConnectionKey,
  user: Principal,
  ctx: Context,
): Effects {
  if (!isJoined(state, connection)) return [];
  if (maySee(user, state)) return rename(state, user, ctx);
  const out = failure('not_member', 'your rights no longer reach this channel');
  return [
    { kind: 'unsubscribe', connection },
    ...exit(state, connection, 'left', ctx),
    ...refuse({ connection, ref: undefined }, state.id, ctx.now, out),
  ];
}
