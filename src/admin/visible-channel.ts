/** Which channels a user may know of. */
import { placeOf, readerOf } from '../protocol/channel-directory.ts';
import { type ActionName, decide } from '../protocol/decide.ts';
import type { ChannelSummary, Principal } from '../protocol/entities.ts';
import { failure, type Failure } from '../protocol/errors.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import type { Reader } from '../protocol/shadow.ts';
import type { HttpDeps } from './http-deps.ts';

/** The answer for a channel that isn't there, or isn't for this user: the two look alike. */
export function noSuchChannel() {
  return fail(failure('not_found', 'There is no such channel.'));
}

/** The answer to who would make a channel that the token isn't for. */
export function notYours(): Failure {
  return failure('forbidden', 'Your token is for other channels.');
}

/** Why `user` may not do this in the channel, or null; `not_found` where there is none, or none for them. */
export async function channelProblem(
  { directory, policy, now }: Pick<HttpDeps, 'directory' | 'policy' | 'now'>,
  id: string,
  user: Principal,
  action: ActionName,
): Promise<Failure | null> {
  const found = await directory.findFor(id, user.id);
  if (!found.ok) return found.failure;
  if (found.value === null) return noSuchChannel().failure;
  const problem = decide(user, action, placeOf(user.id, found.value), { policy, now: now() });
  return problem?.code === 'not_found' ? noSuchChannel().failure : problem;
}

/** The channel's record, null when there is none; `not_found` when it isn't for `user`, and why else they may not look at it. */
export async function findVisible(
  deps: Pick<HttpDeps, 'directory' | 'policy' | 'now'>,
  id: string,
  user: Principal,
): Promise<Result<ChannelSummary | null>> {
  const found = await findReadable(deps, id, user);
  return found.ok ? ok(found.value?.channel ?? null) : found;
}

/** The same, with the user as a reader of it. */
export async function findReadable(
  { directory, policy, now }: Pick<HttpDeps, 'directory' | 'policy' | 'now'>,
  id: string,
  user: Principal,
): Promise<Result<{ readonly channel: ChannelSummary; readonly reader: Reader } | null>> {
  const found = await directory.findFor(id, user.id);
  if (!found.ok || found.value === null) return found.ok ? ok(null) : found;
  const problem = decide(user, 'read', placeOf(user.id, found.value), { policy, now: now() });
  if (problem === null) {
    return ok({ channel: found.value.channel, reader: readerOf(user, found.value, now()) });
  }
  return problem.code === 'not_found' ? noSuchChannel() : fail(problem);
}
