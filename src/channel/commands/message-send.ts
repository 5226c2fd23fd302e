import Type, { type Static } from 'typebox';
import { refuse } from '../../log/answers.ts';
import type { Failure } from '../../protocol/errors.ts';
import { failure } from '../../protocol/errors.ts';
import { MAX_META_BYTES } from '../../protocol/limits.ts';
import { clientMessageIdFailure, contentFailure } from '../../protocol/sent-text.ts';
import { isStorable, isStorableJson, utf8Length } from '../../protocol/text.ts';
import { defineChannelCommand, type Request } from '../command.ts';
import { begin } from '../log-events.ts';
import { foundedBy } from '../members.ts';
import { type Mentioned, mentionFields, NOBODY_MENTIONED, withMentionEntries } from '../mention-entries.ts';
import { withMentions } from '../mentions.ts';
import { modesFailure, noteWritten } from '../modes.ts';
import { runSlash } from '../slash/run-slash.ts';
import type { ChannelState, Context, Effects } from '../state.ts';

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
  const { id: sender, name } = from.user;
  const author = { id: sender, name };
  const then = (mentioned: Mentioned, now: Context): Effects => {
    if (state.inFlight.join(sender, clientMessageId, waiter)) return [];
    const unwanted = modesFailure(state, from.user, data, now);
    if (unwanted !== null) return refuse(waiter, state.id, now.now, unwanted);
    if (state.settings.slowModeSeconds > 0) noteWritten(state, sender, now.now);
    const id = now.newId();
    const fields = mentioned === NOBODY_MENTIONED ? undefined : mentionFields(mentioned);
    const json = JSON.stringify({
      id,
      content,
      author,
      clientMessageId,
      replyTo,
      meta: data.meta,
      style: style,
      ...fields,
    });
    const entry = { log: state.log, id, type: 'message:created', sender, timestamp: now.now, data: json };
    const keyed = clientMessageId === undefined ? entry : { ...entry, clientMessageId };
    const whole = withMentionEntries(state, keyed, { id, author, mentioned });
    return begin(state, state.exists ? whole : foundedBy(state, from.user, whole), waiter);
  };
  return withMentions(state, { content, from: from.user, waiter, then }, ctx);
}

function sendProblem(
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
