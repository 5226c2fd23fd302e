/** Which channels a user may know of. */
import type { ChannelDirectory } from '../protocol/channel-directory.ts';
import type { ChannelSummary, Principal } from '../protocol/entities.ts';
import { failure, type Failure } from '../protocol/errors.ts';
import { maySee } from '../protocol/permissions.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';

/** The answer for a channel that isn't there, or isn't for this user: the two look alike. */
export function noSuchChannel() {
  return fail(failure('not_found', 'There is no such channel.'));
}

/** The answer to who would make a channel that the token isn't for. */
export function notYours(): Failure {
  return failure('forbidden', 'Your token is for other channels.');
}

/** The channel's record, null when there is none; `not_found` when it isn't for `user`. */
export async function findVisible(
  directory: ChannelDirectory,
  id: string,
  user: Principal,
): Promise<Result<ChannelSummary | null>> {
  const found = await directory.find(id);
  if (!found.ok || found.value === null) return found;
  return maySee(user, found.value) ? ok(found.value) : noSuchChannel();
}
