/** Which channels a user may know of. */
import type { ChannelDirectory } from '../protocol/channel-directory.ts';
import type { ChannelSummary, User } from '../protocol/entities.ts';
import { failure } from '../protocol/errors.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';

/** Whether `user` may know of `channel`. Private ones don't keep a list of members yet: only staff sees them. */
export function maySee(user: User, channel: Pick<ChannelSummary, 'private'>): boolean {
  return !channel.private || user.roles.includes('admin') || user.roles.includes('moderator');
}

/** The answer for a channel that isn't there, or isn't for this user: the two look alike. */
export function noSuchChannel() {
  return fail(failure('not_found', 'There is no such channel.'));
}

/** The channel's record, null when there is none; `not_found` when it isn't for `user`. */
export async function findVisible(
  directory: ChannelDirectory,
  id: string,
  user: User,
): Promise<Result<ChannelSummary | null>> {
  const found = await directory.find(id);
  if (!found.ok || found.value === null) return found;
  return maySee(user, found.value) ? ok(found.value) : noSuchChannel();
}
