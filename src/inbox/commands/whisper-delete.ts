import Type from 'typebox';
import { defineInboxCommand } from '../command.ts';
import { change } from '../pending.ts';

/** Takes the text of a whisper of one's own out of both inboxes. Nobody's leave is needed. */
export const whisperDelete = defineInboxCommand({
  type: 'whisper:delete',
  rate: 'whisper',
  data: Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) }),
  handle(state, { waiter, data }, ctx) {
    return change(state, { kind: 'change', id: data.id, content: null, waiter, whisper: null }, ctx);
  },
});
