import Type from 'typebox';
import { reply } from '../../log/answers.ts';
import { RANKS } from '../../protocol/decide.ts';
import type { ChannelMember } from '../../protocol/entities.ts';
import { MAX_PAGE_LIMIT } from '../../protocol/limits.ts';
import { defineChannelCommand } from '../command.ts';
import type { ChannelState } from '../state.ts';

/** Who looks after the channel: its owners, then its moderators, by name. */
export const channelRoles = defineChannelCommand({
  type: 'channel:roles',
  rate: 'query',
  requires: 'joined',
  data: Type.Object({}),
  handle(state, { waiter }, ctx) {
    const all = keepers(state);
    const body = JSON.stringify({
      items: all.slice(0, MAX_PAGE_LIMIT),
      hasMore: all.length > MAX_PAGE_LIMIT,
    });
    return reply('roles', waiter, state.id, ctx.now, body);
  },
});

function keepers({ members, present }: ChannelState): readonly ChannelMember[] {
  const found: ChannelMember[] = [];
  for (const [id, { name, role }] of members) {
    // Who is here goes by the name of now.
    if (role !== 'member') found.push({ user: present.get(id)?.user ?? { id, name }, role });
  }
  return found.sort((a, b) => rank(b) - rank(a) || (a.user.name < b.user.name ? -1 : 1));
}

function rank({ role }: ChannelMember): number {
  return role === 'member' ? RANKS.member : RANKS[role];
}
