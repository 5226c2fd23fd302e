import Type from 'typebox';
import { beginRead } from '../../log/shown-changes.ts';
import { DEFAULT_PAGE_LIMIT, MAX_PAGE_LIMIT } from '../../protocol/limits.ts';
import { defineInboxCommand } from '../command.ts';

/** With whom, the last whisper, and how many aren't read: those that were last written in. */
export const whisperConversations = defineInboxCommand({
  type: 'whisper:conversations',
  rate: 'query',
  data: Type.Object({ limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_PAGE_LIMIT })) }),
  handle(state, { waiter, data }) {
    beginRead(state);
    const query = { kind: 'conversations', limit: data.limit ?? DEFAULT_PAGE_LIMIT } as const;
    return [{ kind: 'query', query, waiter }];
  },
});
