import Type from 'typebox';
import { defineInboxCommand } from '../command.ts';
import { Person } from '../../protocol/person.ts';
import { markWhisper } from '../receipts.ts';

/** A connection has the correspondent's whispers up to this one: clients say so by themselves. Told to the correspondent. */
export const whisperDelivered = defineInboxCommand({
  type: 'whisper:delivered',
  rate: 'signal',
  data: Type.Object({ with: Person, id: Type.String({ minLength: 1, maxLength: 64 }) }),
  handle(state, { from, waiter, data }, ctx) {
    const by = { id: from.user.id, name: from.user.name };
    return markWhisper(state, data.id, data.with, { type: 'whisper:delivered', by, waiter }, ctx);
  },
});
