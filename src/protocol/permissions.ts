/** Who may do what, as pure functions: WebSocket and REST decide alike. */
import type { ChannelSummary, Principal, User } from './entities.ts';

/** What the settings say of who may do what. */
export interface ChatPolicy {
  readonly guests: 'chat' | 'read' | 'off';
  readonly channelCreation: 'anyone' | 'users' | 'moderators';
  /** Whether guests who may write may send whispers too. */
  readonly guestWhispers: boolean;
  /** Unread whispers that an inbox takes, at least 1; null: any number. */
  readonly maxUnreadWhispers: number | null;
}

/** Whether `user` may write into channels at all. */
export function mayWrite(user: Pick<User, 'guest'>, policy: ChatPolicy): boolean {
  return !user.guest || policy.guests === 'chat';
}

/** Whether `user` may send whispers; receiving and reading them takes no leave. */
export function mayWhisper(user: Pick<User, 'guest'>, policy: ChatPolicy): boolean {
  return mayWrite(user, policy) && (!user.guest || policy.guestWhispers);
}

/** Whether `user` may bring a channel into being. */
export function mayCreateChannel(user: Pick<User, 'guest' | 'roles'>, policy: ChatPolicy): boolean {
  if (!mayWrite(user, policy)) return false;
  switch (policy.channelCreation) {
    case 'anyone':
      return true;
    case 'users':
      return !user.guest;
    case 'moderators':
      return isStaff(user);
  }
}

/**
 * Whether `user` may know of the channel and enter it. A token that is for certain channels opens those and closes all
 * others. Private ones are for their members and for staff.
 */
export function maySee(
  user: Pick<Principal, 'roles' | 'channels'>,
  channel: Pick<ChannelSummary, 'id' | 'private'>,
  isMember = false,
): boolean {
  if (user.channels !== undefined) return reaches(user.channels, channel.id);
  return !channel.private || isMember || isStaff(user);
}

/** Whether `user` looks after what others write. */
export function isStaff({ roles }: Pick<User, 'roles'>): boolean {
  return roles.includes('moderator') || roles.includes('admin');
}

/** Whether `user` looks after everything: one whose token is for some channels doesn't. */
export function isStaffOfAll(user: Pick<Principal, 'roles' | 'channels'>): boolean {
  return isStaff(user) && user.channels === undefined;
}

/** Whether one of `patterns` (ids, or their beginnings followed by `*`) names the channel. */
export function reaches(patterns: readonly string[], channelId: string): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith('*') ? channelId.startsWith(pattern.slice(0, -1)) : pattern === channelId,
  );
}
