import Type from 'typebox';
import type { Failure } from '../../protocol/errors.ts';
import { failure } from '../../protocol/errors.ts';
import { MAX_CLIENT_MESSAGE_ID_LENGTH, MAX_CONTENT_LENGTH, MAX_META_BYTES } from '../../protocol/limits.ts';
import { contentProblem, hasControlCharacters, isStorable, utf8Length } from '../../protocol/text.ts';
import { refuse } from '../answers.ts';
import { defineChannelCommand } from '../command.ts';
import { awaitTwin, begin } from '../log-events.ts';

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
  requires: 'writer',
  data: MessageSend,
  handle(state, { from, waiter, data }, ctx) {
    const meta = data.meta === undefined ? undefined : JSON.stringify(data.meta);
    const problem = sendProblem(data, meta);
    if (problem !== null) return refuse(waiter, state.id, ctx.now, problem);
    const { content, clientMessageId, replyTo } = data;
    const { id: sender, name } = from.user;
    if (awaitTwin(state, sender, clientMessageId, waiter)) return [];
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
  switch (contentProblem(data.content)) {
    case 'empty':
      return failure('bad_request', 'content must not be empty');
    case 'too_large':
      return failure('too_large', `content is at most ${MAX_CONTENT_LENGTH} characters`);
    case 'malformed':
      return failure('bad_request', 'content must be well-formed Unicode without U+0000');
    case null:
      break;
  }
  // A slash command is not a message; unknown ones are told, never posted by mistake.
  if (data.content.startsWith('/')) {
    return failure('bad_request', 'unknown command; usage: a message that does not begin with "/"');
  }
  if (meta !== undefined && utf8Length(meta) > MAX_META_BYTES) {
    return failure('too_large', `meta is at most ${MAX_META_BYTES} bytes of JSON`);
  }
  if (meta !== undefined && !isStorableJson(meta)) {
    return failure('bad_request', 'meta must be well-formed Unicode without U+0000');
  }
  const id = data.clientMessageId;
  if (
    id !== undefined &&
    (id.length > MAX_CLIENT_MESSAGE_ID_LENGTH || !isStorable(id) || hasControlCharacters(id))
  ) {
    return failure(
      'bad_request',
      `clientMessageId is 1 to ${MAX_CLIENT_MESSAGE_ID_LENGTH} printable characters`,
    );
  }
  if (data.replyTo !== undefined && !isStorable(data.replyTo)) {
    return failure('bad_request', 'replyTo must be the id of a message');
  }
  return null;
}

/** JSON.stringify writes a lone surrogate as `\ud800` … `\udfff` and U+0000 as `\u0000`, behind an even run of backslashes. */
function isStorableJson(json: string): boolean {
  return !/(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/.test(json);
}
