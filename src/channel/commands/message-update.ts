import Type from 'typebox';
import { refuse } from '../../log/answers.ts';
import { change } from '../changes.ts';
import { defineChannelCommand } from '../command.ts';
import type { Mentioned } from '../mention-entries.ts';
import { withMentions } from '../mentions.ts';
import { messageTextFailure } from '../message-text.ts';
import { emotesFailure } from '../modes.ts';
import { moderateEdit } from '../moderation.ts';
import type { Context, Effects } from '../state.ts';

/** Gives a message of one's own another text. */
export const messageUpdate = defineChannelCommand({
  type: 'message:update',
  rate: 'message',
  requires: 'message:update',
  data: Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }), content: Type.String() }),
  handle(state, { from, waiter, data }, ctx) {
    const { id, content } = data;
    const problem = messageTextFailure(content) ?? emotesFailure(state, from.user, content);
    if (problem !== null) return refuse(waiter, state.id, ctx.now, problem);
    const judged = moderateEdit(state, { content, from: from.user, waiter }, ctx);
    if (typeof judged !== 'string') return judged;
    const text = { content: judged, from: from.user, waiter };
    const then = (mentioned: Mentioned, now: Context): Effects =>
      change(state, id, { ...text, mentioned }, now);
    return withMentions(state, { ...text, then }, ctx);
  },
});
