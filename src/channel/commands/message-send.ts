import Type, { type Static } from 'typebox';
import { refuse } from '../../log/answers.ts';
import type { JsonObject } from '../../protocol/entities.ts';
import type { Failure } from '../../protocol/errors.ts';
import { failure } from '../../protocol/errors.ts';
import { MAX_META_BYTES } from '../../protocol/limits.ts';
import { clientMessageIdFailure, contentFailure } from '../../protocol/sent-text.ts';
import { isStorable, isStorableJson, utf8Length } from '../../protocol/text.ts';
import { defineChannelCommand, type Request } from '../command.ts';
import { modesFailure } from '../modes.ts';
import { moderate } from '../moderation.ts';
import { runSlash } from '../slash/run-slash.ts';
import type { ChannelState, Context, Effects } from '../state.ts';

/** What a message says. */
export const MessageSend = Type.Object({
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
  handle(state, request, ctx) {
    if (!request.data.content.startsWith('/')) return post(state, request, ctx);
    const slashed = runSlash(state, request, ctx);
    if (slashed.kind === 'done') return slashed.effects;
    const { text, command } = slashed;
    const waiter = command === undefined ? request.waiter : { ...request.waiter, command };
    const data = { ...request.data, content: text.content };
    return post(state, { ...request, waiter, data }, ctx, text.style);
  },
});

function post(
  state: ChannelState,
  { from, waiter, data }: Request<Static<typeof MessageSend>>,
  ctx: Context,
  style?: 'action',
): Effects {
  const meta = data.meta === undefined ? undefined : JSON.stringify(data.meta);
  const problem = sendProblem(data, meta);
  if (problem !== null) return refuse(waiter, state.id, ctx.now, problem);
  const { content, clientMessageId, replyTo } = data;
  // What was judged already isn't judged again.
  if (state.inFlight.join(from.user.id, clientMessageId, waiter)) return [];
  const unwanted = modesFailure(state, from.user, data, ctx);
  if (unwanted !== null) return refuse(waiter, state.id, ctx.now, unwanted);
  const draft = { content, clientMessageId, replyTo, meta: data.meta as JsonObject | undefined, style };
  return moderate(state, { ...draft, from: from.user, waiter }, ctx);
}

/** Why it can't be sent, or null; `meta` as JSON text. */
export function sendProblem(
  data: Readonly<{ content: string; clientMessageId?: string; replyTo?: string }>,
  meta: string | undefined,
): Failure | null {
  const problem = contentFailure(data.content) ?? clientMessageIdFailure(data.clientMessageId);
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
