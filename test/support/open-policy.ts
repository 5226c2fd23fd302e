/** What people may do where no setting says otherwise. */
import type { ChatPolicy } from '../../src/protocol/permissions.ts';

export const OPEN_POLICY: ChatPolicy = {
  guests: 'chat',
  channelCreation: 'anyone',
  guestWhispers: true,
  maxUnreadWhispers: null,
};
