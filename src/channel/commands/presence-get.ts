import Type from 'typebox';
import { reply } from '../../log/answers.ts';
import type { UserRef } from '../../protocol/entities.ts';
import { DEFAULT_PAGE_LIMIT, MAX_PAGE_LIMIT } from '../../protocol/limits.ts';
import { defineChannelCommand } from '../command.ts';
import type { ChannelState } from '../state.ts';

/** Who is present, in the order of their ids, behind the user id `after`. */
export const presenceGet = defineChannelCommand({
  type: 'presence:get',
  rate: 'query',
  requires: 'joined',
  data: Type.Object({
    after: Type.Optional(Type.String({ maxLength: 128 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_PAGE_LIMIT })),
  }),
  handle(state, { waiter, data }, ctx) {
    const { members, hasMore } = presencePage(state, data.after, data.limit ?? DEFAULT_PAGE_LIMIT);
    const body = JSON.stringify({ members, count: state.present.size, hasMore });
    return reply('presence', waiter, state.id, ctx.now, body);
  },
});

function presencePage(
  state: ChannelState,
  after: string | undefined,
  limit: number,
): { readonly members: readonly UserRef[]; readonly hasMore: boolean } {
  const behind: UserRef[] = [];
  for (const { user } of state.present.values()) {
    if (after === undefined || user.id > after) behind.push(user);
  }
  behind.sort((a, b) => (a.id < b.id ? -1 : 1));
  return { members: behind.slice(0, limit), hasMore: behind.length > limit };
}
