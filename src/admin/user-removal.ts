/** The end of a user: out of their channels, then gone. */
import type { Deed } from '../auth/access-changes.ts';
import type { Principal } from '../protocol/entities.ts';
import { failure } from '../protocol/errors.ts';
import { fail, ok, type Result } from '../protocol/result.ts';
import type { HttpDeps } from './http-deps.ts';
import type { KnownUser } from './ports/user-directory.ts';

/** Shown to channels of which they were a member. */
const REASON = 'The account was deleted.';

type RemovalDeps = Pick<HttpDeps, 'accessChanges' | 'userDirectory' | 'shards'>;

/**
 * Deletes `user`, an account or a guest, in the name of `by`, an administrator; what they wrote stays under the name that they had. Over again where
 * it was broken off. `forbidden` for an administrator and for a user of another issuer, `not_found`, `unavailable`.
 */
export async function removeUser(
  { accessChanges, userDirectory, shards }: RemovalDeps,
  { id, kind, roles }: KnownUser,
  by: Principal,
  deed: Deed,
): Promise<Result<void>> {
  if (roles.includes('admin')) {
    return fail(failure('forbidden', 'Nobody deletes an administrator: take the role away first.'));
  }
  // Afterwards no channel could find them any more, to take them out of its members.
  const channels = kind === 'issuer' ? ok([]) : await userDirectory.memberships(id);
  if (!channels.ok) return channels;
  for (const channelId of channels.value) {
    const kick = { user: { id }, reason: REASON };
    const kicked = await shards.request(channelId, by, 'channel:kick', kick);
    if (!kicked.ok && isPassing(kicked.failure.code)) return kicked;
  }
  return accessChanges.remove(id, deed);
}

/** Anything else doesn't keep a user from being deleted: the channel is gone, or they are out of it already. */
function isPassing(code: string): boolean {
  return code === 'unavailable' || code === 'overloaded';
}
