import Type from 'typebox';
import { refuse } from '../../log/answers.ts';
import { failure, type Failure } from '../../protocol/errors.ts';
import { mayWhisper } from '../../protocol/permissions.ts';
import { contentFailure } from '../../protocol/sent-text.ts';
import { defineInboxCommand } from '../command.ts';
import { change } from '../pending.ts';

/** Gives a whisper of one's own another text, in both inboxes. */
export const whisperUpdate = defineInboxCommand({
  type: 'whisper:update',
  rate: 'whisper',
  data: Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }), content: Type.String() }),
  handle(state, { from, waiter, data }, ctx) {
    const { id, content } = data;
    const problem: Failure | null = mayWhisper(from.user, ctx.policy)
      ? contentFailure(content)
      : failure('forbidden', 'guests may read whispers here, but not send any');
    if (problem !== null) return refuse(waiter, undefined, ctx.now, problem);
    return change(state, { kind: 'change', id, content, waiter, whisper: null }, ctx);
  },
});
