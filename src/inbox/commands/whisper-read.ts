import Type from 'typebox';
import { defineInboxCommand } from '../command.ts';
import { Person } from '../../protocol/person.ts';
import { markWhisper } from '../receipts.ts';

/**
 * The user has read the correspondent's whispers up to this one. Told to the correspondent and to the user's other
 * connections; the answer has the counts of now.
 */
export const whisperRead = defineInboxCommand({
  type: 'whisper:read',
  rate: 'signal',
  data: Type.Object({ with: Person, id: Type.String({ minLength: 1, maxLength: 64 }) }),
  handle(state, { from, waiter, data }, ctx) {
    const by = { id: from.user.id, name: from.user.name };
    return markWhisper(state, data.id, data.with, { type: 'whisper:read', by, waiter }, ctx);
  },
});
