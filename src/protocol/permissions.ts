/** Who may do what, as pure functions: WebSocket and REST decide alike. */
import type { User } from './entities.ts';

/** What the settings GUESTS and CHANNEL_CREATION say. */
export interface ChatPolicy {
  readonly guests: 'chat' | 'read' | 'off';
  readonly channelCreation: 'anyone' | 'users' | 'moderators';
}

/** Whether `user` may write into channels at all. */
export function mayWrite(user: Pick<User, 'guest'>, policy: ChatPolicy): boolean {
  return !user.guest || policy.guests === 'chat';
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
      return user.roles.includes('moderator') || user.roles.includes('admin');
  }
}
