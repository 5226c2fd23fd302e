import Type from 'typebox';
import { refuse } from '../log/answers.ts';
import type { JsonObject } from '../protocol/entities.ts';
import { defineChannelCommand } from './command.ts';
import { MessageSend, sendProblem } from './commands/message-send.ts';
import { appendDraft } from './draft.ts';
import { leaveFor } from './leave.ts';
import { moderate } from './moderation.ts';

/**
 * A message of another program, in the name of `from`, who is an administrator here and needn't be in the channel: committed and
 * shown like any. No frame of a client is one; main alone asks for it. `judged`: it is held to what holds for others' messages,
 * automod and the modes of the channel.
 */
export const serverPublish = defineChannelCommand({
  type: 'server:publish',
  rate: 'message',
  requires: 'none',
  may: leaveFor('message:send'),
  data: Type.Object({ ...MessageSend.properties, judged: Type.Optional(Type.Boolean()) }),
  handle(state, { from, waiter, data }, ctx) {
    const meta = data.meta === undefined ? undefined : JSON.stringify(data.meta);
    const problem = sendProblem(data, meta);
    if (problem !== null) return refuse(waiter, state.id, ctx.now, problem);
    const { content, clientMessageId, replyTo, judged = false } = data;
    if (state.inFlight.join(from.user.id, clientMessageId, waiter)) return [];
    // Whoever writes first where nobody had owns nothing by that: it may be somebody whom this server doesn't know.
    const user = { ...from.user, guest: true };
    const draft = { content, clientMessageId, replyTo, meta: data.meta as JsonObject | undefined, waiter };
    return judged
      ? moderate(state, { ...draft, from: { ...user, roles: ['user'] } }, ctx)
      : appendDraft(state, { ...draft, from: user }, ctx);
  },
});
