/**
 * What events that were shown make of a channel's settings, members and sanctions. It is what their entries did in the tables
 * beside the log, so that a state that saw them is the one that a fresh load gives (docs/adr/0020).
 */
import type { CommittedEvent } from '../log/committed-event.ts';
import type { ChannelChange, Sanction } from '../log/entry.ts';
import { isHolding } from '../protocol/decide.ts';
import type { DurableEvents } from '../protocol/events.ts';
import { putOutUser } from './access.ts';
import type { ChannelState, Context, Effects } from './state.ts';
import { stopTyping } from './typing.ts';

type EventWith<Type extends keyof DurableEvents> = {
  readonly type: Type;
  readonly data: DurableEvents[Type];
};
type ChangingType = Extract<keyof DurableEvents, `member:${string}`>;
type ChangingEvent = { readonly [Type in ChangingType]: EventWith<Type> }[ChangingType];

/** Takes over what the event changed, and says what follows for those who are here. It may be of any type. */
export function applyToTables(
  state: ChannelState,
  { type, timestamp, data }: CommittedEvent,
  ctx: Context,
): Effects {
  if (!type.startsWith('member:')) return [];
  const event = { type, data: JSON.parse(data) as unknown } as ChangingEvent;
  switch (event.type) {
    case 'member:muted':
      sanction(state, 'mute', event.data, null);
      return stopTyping(state, event.data.user.id, event.data.user, ctx);
    case 'member:kicked':
      sanction(state, 'kick', event.data, timestamp);
      return out(state, event.data.user.id, ctx);
    case 'member:banned':
      sanction(state, 'ban', event.data, null);
      return out(state, event.data.user.id, ctx);
    case 'member:unmuted':
      state.sanctions.mute.delete(event.data.user.id);
      return [];
    case 'member:unbanned':
      state.sanctions.ban.delete(event.data.user.id);
      state.sanctions.kick.delete(event.data.user.id);
      return [];
    default:
      // Of a later version.
      return [];
  }
}

/** Whether one of `changes` is a sanction that takes the place of one in force. */
export function isReplacing(state: ChannelState, changes: readonly ChannelChange[], now: number): boolean {
  return changes.some(
    (change) =>
      change.kind === 'sanction' &&
      isHolding(state.sanctions[change.sanction.kind].get(change.sanction.user), now),
  );
}

/** `without`: up to when it holds where nothing is said of that. */
function sanction(
  state: ChannelState,
  kind: Sanction['kind'],
  { user, by, reason, until }: DurableEvents['member:muted'],
  without: number | null,
): void {
  const those = state.sanctions[kind];
  // The newest stands last, as it does in the table.
  those.delete(user.id);
  those.set(user.id, {
    ...{ kind, user: user.id, name: user.name, by: by.id, byName: by.name },
    ...(reason === undefined ? {} : { reason }),
    until: until ?? without,
  });
}

/** Who is put out is a member no longer. */
function out(state: ChannelState, userId: string, ctx: Context): Effects {
  state.members.delete(userId);
  return putOutUser(state, userId, ctx);
}
