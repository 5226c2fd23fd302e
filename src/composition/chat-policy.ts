/** What people may do, by the settings. */
import type { Config } from '../config.ts';
import type { ChatPolicy } from '../protocol/permissions.ts';

/** The same for shards and HTTP. */
export function chatPolicy(config: Config): ChatPolicy {
  return {
    guests: config.guests,
    channelCreation: config.channelCreation,
    guestWhispers: config.guestWhispers === 'on',
    maxUnreadWhispers: config.whispersMaxUnread ?? null,
  };
}
