import Type from 'typebox';
import type { ReadRange } from '../../log/entry.ts';
import { DEFAULT_PAGE_LIMIT, MAX_PAGE_LIMIT } from '../../protocol/limits.ts';
import { defineInboxCommand } from '../command.ts';
import { askPage } from '../pages.ts';
import { withPerson } from '../people.ts';
import { Person } from '../../protocol/person.ts';

/** Whispers, the newest or those before a `seq`: with one correspondent, or the whole inbox. */
export const whisperHistory = defineInboxCommand({
  type: 'whisper:history',
  rate: 'query',
  data: Type.Object({
    with: Type.Optional(Person),
    beforeSeq: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_PAGE_LIMIT })),
  }),
  handle(state, { waiter, data }, ctx) {
    const { beforeSeq, limit = DEFAULT_PAGE_LIMIT } = data;
    // The log may be ahead of what is shown, which is the end of every page.
    const seq = Math.min(beforeSeq ?? Number.POSITIVE_INFINITY, state.head + 1);
    if (data.with !== undefined) {
      return withPerson(state, data.with, { kind: 'history', waiter, range: { beforeSeq: seq, limit } }, ctx);
    }
    const range: ReadRange =
      beforeSeq === undefined ? { direction: 'newest', limit } : { direction: 'before', seq, limit };
    return askPage(state, { kind: 'history', waiter, range }, ctx);
  },
});
