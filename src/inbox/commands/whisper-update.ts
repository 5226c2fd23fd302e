import Type from 'typebox';
import { refuse } from '../../log/answers.ts';
import { contentFailure } from '../../protocol/sent-text.ts';
import { defineInboxCommand } from '../command.ts';
import { change } from '../pending.ts';
import { whisperingFailure } from '../whispering.ts';

/** Gives a whisper of one's own another text, in both inboxes. */
export const whisperUpdate = defineInboxCommand({
  type: 'whisper:update',
  rate: 'whisper',
  may: whisperingFailure,
  data: Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }), content: Type.String() }),
  handle(state, { from, waiter, data }, ctx) {
    const { id, content } = data;
    const problem = whisperingFailure(from.user, ctx) ?? contentFailure(content);
    if (problem !== null) return refuse(waiter, undefined, ctx.now, problem);
    return change(state, { kind: 'change', id, content, waiter, whisper: null }, ctx);
  },
});
