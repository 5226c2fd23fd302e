/** What the owner hasn't read in channels, as frames and answers. Who may no longer read a channel isn't told of it. */
import { refuse, reply } from '../log/answers.ts';
import type { Waiter } from '../log/waiter.ts';
import { encodeReply } from '../protocol/encode.ts';
import type { Principal } from '../protocol/entities.ts';
import type { Failure } from '../protocol/errors.ts';
import { maySee } from '../protocol/permissions.ts';
import type { ChannelUnread } from '../protocol/unread.ts';
import type { Effects } from './effects.ts';
import type { Context, InboxState } from './state.ts';

/** A channel that the owner follows, or asks about. */
export interface FollowedChannel extends ChannelUnread {
  readonly private: boolean;
  /** Whether the owner is a member, as the tables beside the log have it; and whether they are banned or kicked now. */
  readonly isMember: boolean;
  readonly isOut: boolean;
}

/** Those of `followed` that `user` may read. */
export function readable(followed: readonly FollowedChannel[], user: Principal): readonly FollowedChannel[] {
  return followed.filter(
    (channel) => maySee(user, channel, channel.isMember) && (!channel.isOut || user.roles.includes('admin')),
  );
}

/** The frame that tells of them without being asked. */
export function encodeUnread(channels: readonly FollowedChannel[], now: number): string {
  return encodeReply('unread', undefined, undefined, now, unreadData(channels));
}

/** Answers `unread:get`. */
export function unreadRead(
  state: InboxState,
  waiter: Waiter,
  result: readonly FollowedChannel[] | Failure,
  ctx: Context,
): Effects {
  if ('code' in result) return refuse(waiter, undefined, ctx.now, result);
  const user = state.connections.get(waiter.connection);
  const channels = user === undefined ? [] : readable(result, user);
  return reply('unread', waiter, undefined, ctx.now, unreadData(channels));
}

function unreadData(channels: readonly FollowedChannel[]): string {
  return JSON.stringify({
    channels: channels.map(({ id, seq, head, unread, mentions }) => ({ id, seq, head, unread, mentions })),
  });
}
