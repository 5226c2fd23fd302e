import Type from 'typebox';
import { refuse } from '../../log/answers.ts';
import { beginRead } from '../../log/shown-changes.ts';
import { DEFAULT_PAGE_LIMIT, MAX_PAGE_LIMIT } from '../../protocol/limits.ts';
import { isStorable } from '../../protocol/text.ts';
import { defineChannelCommand } from '../command.ts';
import { NO_MESSAGE } from '../message-change.ts';

/** The thread that a message is in: its root, and the newest replies or those before a `seq`. */
export const threadGet = defineChannelCommand({
  type: 'thread:get',
  rate: 'query',
  requires: 'joined',
  pages: true,
  data: Type.Object({
    id: Type.String({ minLength: 1, maxLength: 64 }),
    beforeSeq: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_PAGE_LIMIT })),
  }),
  handle(state, { waiter, data }, ctx) {
    const { id, beforeSeq, limit = DEFAULT_PAGE_LIMIT } = data;
    if (!isStorable(id)) return refuse(waiter, state.id, ctx.now, NO_MESSAGE);
    const before = beforeSeq === undefined ? {} : { before: beforeSeq };
    const selection = { kind: 'thread', id, ...before, limit } as const;
    beginRead(state);
    return [{ kind: 'select', selection, purpose: { kind: 'thread', waiter, selection } }];
  },
});
