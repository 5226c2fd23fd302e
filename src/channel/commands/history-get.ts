import Type from 'typebox';
import { refuse } from '../../log/answers.ts';
import { pageFromRing } from '../../log/pages.ts';
import { beginRead } from '../../log/shown-changes.ts';
import { failure } from '../../protocol/errors.ts';
import { DEFAULT_PAGE_LIMIT, MAX_PAGE_LIMIT } from '../../protocol/limits.ts';
import { defineChannelCommand } from '../command.ts';
import type { ReadRange } from '../../log/entry.ts';
import { answerHistory } from '../pages.ts';

const Sequence = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

/** A page of the log: before or after a `seq`, else the newest. Recent ones come from the ring. */
export const historyGet = defineChannelCommand({
  type: 'history:get',
  rate: 'query',
  requires: 'joined',
  pages: true,
  data: Type.Object({
    beforeSeq: Type.Optional(Sequence),
    afterSeq: Type.Optional(Sequence),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_PAGE_LIMIT })),
  }),
  handle(state, { waiter, data }, ctx) {
    const { beforeSeq, afterSeq, limit = DEFAULT_PAGE_LIMIT } = data;
    if (beforeSeq !== undefined && afterSeq !== undefined) {
      return refuse(waiter, state.id, ctx.now, failure('bad_request', 'beforeSeq or afterSeq, not both'));
    }
    const range: ReadRange =
      beforeSeq !== undefined
        ? // The log may be ahead of what is published, which is the end of every page.
          { direction: 'before', seq: Math.min(beforeSeq, state.head + 1), limit }
        : afterSeq !== undefined
          ? { direction: 'after', seq: afterSeq, limit }
          : { direction: 'newest', limit };
    const page = pageFromRing(state, range);
    if (page !== null) return answerHistory(state, waiter, page, ctx);
    beginRead(state);
    return [{ kind: 'read', range, purpose: { kind: 'history', waiter, range } }];
  },
});
