/** How histories name inboxes among the logs. */

const PREFIX = 'inbox:';

/** In the place of a channel's id: the log of this user's inbox. No channel of a crowd is called so. */
export function inboxKey(userId: string): string {
  return PREFIX + userId;
}

/** Whether a log is an inbox. */
export function isInbox(channelId: string): boolean {
  return channelId.startsWith(PREFIX);
}
