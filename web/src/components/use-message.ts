import type { LoggedMessage } from '../state/logged-message.ts';
import { roomOf } from '../state/page-state.ts';
import { useSelected } from '../state/store-context.ts';
import { lastOf } from '../state/timeline-chunks.ts';

/** A message of a room as it is now; undefined where it isn't loaded. */
export function useMessage(roomId: string, id: string): LoggedMessage | undefined {
  return useSelected((state) => {
    const messages = roomOf(state, roomId)?.timeline.messages;
    return messages && lastOf(messages, (message) => message.id === id);
  });
}
