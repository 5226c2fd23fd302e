import Type from 'typebox';
import { refuse } from '../../log/answers.ts';
import { Person } from '../../protocol/person.ts';
import { clientMessageIdFailure, contentFailure } from '../../protocol/sent-text.ts';
import { defineInboxCommand } from '../command.ts';
import { send } from '../pending.ts';
import { whisperingFailure } from '../whispering.ts';

/** Writes a private message: committed in both inboxes first, then shown and acknowledged. */
export const whisperSend = defineInboxCommand({
  type: 'whisper:send',
  rate: 'whisper',
  may: whisperingFailure,
  data: Type.Object({
    to: Person,
    content: Type.String(),
    clientMessageId: Type.Optional(Type.String({ minLength: 1 })),
  }),
  handle(state, { from, waiter, data }, ctx) {
    const { to, content, clientMessageId } = data;
    const { id, name } = from.user;
    const problem =
      whisperingFailure(from.user, ctx) ?? contentFailure(content) ?? clientMessageIdFailure(clientMessageId);
    if (problem !== null) return refuse(waiter, undefined, ctx.now, problem);
    const sender = { id, name };
    return send(
      state,
      { kind: 'send', to, from: sender, content, clientMessageId, waiter, recipient: null },
      ctx,
    );
  },
});
