import Type from 'typebox';
import { refuse } from '../../log/answers.ts';
import type { Failure } from '../../protocol/errors.ts';
import { failure } from '../../protocol/errors.ts';
import { MAX_META_BYTES } from '../../protocol/limits.ts';
import { clientMessageIdFailure } from '../../protocol/sent-text.ts';
import { isStorable, isStorableJson, utf8Length } from '../../protocol/text.ts';
import { defineChannelCommand } from '../command.ts';
import { begin } from '../log-events.ts';
import { messageTextFailure } from '../message-text.ts';
import { modesFailure, noteWritten } from '../modes.ts';

const MessageSend = Type.Object({
  content: Type.String(),
  clientMessageId: Type.Optional(Type.String({ minLength: 1 })),
  replyTo: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  meta: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
});

/** Writes a message: committed first, then acknowledged and shown. */
export const messageSend = defineChannelCommand({
  type: 'message:send',
  rate: 'message',
  requires: 'message:send',
  data: MessageSend,
  handle(state, { from, waiter, data }, ctx) {
    const meta = data.meta === undefined ? undefined : JSON.stringify(data.meta);
    const problem = sendProblem(data, meta);
    if (problem !== null) return refuse(waiter, state.id, ctx.now, problem);
    const { content, clientMessageId, replyTo } = data;
    const { id: sender, name } = from.user;
    if (state.inFlight.join(sender, clientMessageId, waiter)) return [];
    const unwanted = modesFailure(state, from.user, data, ctx);
    if (unwanted !== null) return refuse(waiter, state.id, ctx.now, unwanted);
    if (state.settings.slowModeSeconds > 0) noteWritten(state, sender, ctx.now);
    const id = ctx.newId();
    const json = JSON.stringify({
      id,
      content,
      author: { id: sender, name },
      clientMessageId,
      replyTo,
      meta: data.meta,
    });
    const entry = { log: state.log, id, type: 'message:created', sender, timestamp: ctx.now, data: json };
    return begin(state, clientMessageId === undefined ? entry : { ...entry, clientMessageId }, waiter);
  },
});

function sendProblem(
  data: Readonly<{ content: string; clientMessageId?: string; replyTo?: string }>,
  meta: string | undefined,
): Failure | null {
  const problem = messageTextFailure(data.content) ?? clientMessageIdFailure(data.clientMessageId);
  if (problem !== null) return problem;
  if (meta !== undefined && utf8Length(meta) > MAX_META_BYTES) {
    return failure('too_large', `meta is at most ${MAX_META_BYTES} bytes of JSON`);
  }
  if (meta !== undefined && !isStorableJson(meta)) {
    return failure('bad_request', 'meta must be well-formed Unicode without U+0000');
  }
  if (data.replyTo !== undefined && !isStorable(data.replyTo)) {
    return failure('bad_request', 'replyTo must be the id of a message');
  }
  return null;
}
