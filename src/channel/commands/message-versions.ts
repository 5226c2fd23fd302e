import Type from 'typebox';
import { refuse } from '../../log/answers.ts';
import { beginRead } from '../../log/shown-changes.ts';
import { DEFAULT_PAGE_LIMIT, MAX_PAGE_LIMIT } from '../../protocol/limits.ts';
import { isStorable } from '../../protocol/text.ts';
import { defineChannelCommand } from '../command.ts';
import { NO_MESSAGE } from '../message-change.ts';

/** What a message said before it was edited, for those who look after the channel: the newest texts, or those before one. */
export const messageVersions = defineChannelCommand({
  type: 'message:versions',
  rate: 'query',
  requires: 'message:versions',
  data: Type.Object({
    id: Type.String({ minLength: 1, maxLength: 64 }),
    before: Type.Optional(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_PAGE_LIMIT })),
  }),
  handle(state, { waiter, data }, ctx) {
    const { id, before, limit = DEFAULT_PAGE_LIMIT } = data;
    if (!isStorable(id)) return refuse(waiter, state.id, ctx.now, NO_MESSAGE);
    beginRead(state);
    return [{ kind: 'versions', id, range: { ...(before === undefined ? {} : { before }), limit }, waiter }];
  },
});
