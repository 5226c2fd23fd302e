/** Members who come and go by themselves. */
import type { AppendEntry } from '../log/entry.ts';
import type { Principal, UserRef } from '../protocol/entities.ts';
import type { ChannelState, Context, Effects } from './state.ts';

/**
 * What a newcomer's first coming leaves: where it matters how long somebody has been here, or what they write first, they
 * are a member from then on. Elsewhere nobody counts who comes to a public channel.
 */
export function arrival(state: ChannelState, user: Principal, ctx: Context): Effects {
  const { newcomerSeconds, holdFirst } = state.settings;
  if (newcomerSeconds === 0 && !holdFirst) return [];
  if (user.hidden === true || state.present.has(user.id) || state.members.has(user.id)) return [];
  const { id, name } = user;
  const entry: AppendEntry = {
    ...entryOf(state, user, 'member:added', { user: { id, name }, role: 'member' }, ctx),
    changes: [{ kind: 'member', user: id, name, role: 'member' }],
  };
  // Nobody waits for it.
  return [{ kind: 'append', entry }];
}

/**
 * The first message of a channel that nobody made: who wrote it owns the channel from then on, with the same entry. Guests
 * own nothing by that, for anyone can be a guest.
 */
export function foundedBy(
  state: ChannelState,
  { id, name, guest }: Principal,
  entry: AppendEntry,
): AppendEntry {
  if (state.founding !== null) return entry;
  const owner = { kind: 'member', user: id, name, role: 'owner' } as const;
  const founding: AppendEntry = guest ? entry : { ...entry, changes: [owner] };
  state.founding = founding;
  return founding;
}

/** A member gives it up. */
export function leavingEntry(state: ChannelState, { id, name }: UserRef, ctx: Context): AppendEntry {
  return {
    ...entryOf(state, { id, name }, 'member:left', { user: { id, name } }, ctx),
    changes: [{ kind: 'member', user: id, name, role: null }],
  };
}

function entryOf(
  state: ChannelState,
  { id }: UserRef,
  type: 'member:added' | 'member:left',
  data: object,
  ctx: Context,
): AppendEntry {
  const [log, timestamp] = [state.log, ctx.now];
  return { log, id: ctx.newId(), type, sender: id, timestamp, data: JSON.stringify(data) };
}
