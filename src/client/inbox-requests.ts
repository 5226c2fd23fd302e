/** Which requests go to the shard of the user's inbox. */
import type { InboxRequests } from '../inbox/registry.ts';

/** As the server's registry has them: one that is missing here doesn't compile. */
const INBOX_REQUESTS: Readonly<Record<keyof InboxRequests | 'whisper:update' | 'whisper:delete', true>> = {
  'inbox:resume': true,
  'whisper:send': true,
  'whisper:update': true,
  'whisper:delete': true,
  'whisper:delivered': true,
  'whisper:read': true,
  'whisper:history': true,
  'whisper:conversations': true,
  'whisper:policy': true,
  'user:block': true,
  'user:unblock': true,
  'user:blocks': true,
  'unread:get': true,
};

/** Whether requests of `type` are answered by the inbox. */
export function isInboxRequest(type: string): boolean {
  return Object.hasOwn(INBOX_REQUESTS, type);
}
