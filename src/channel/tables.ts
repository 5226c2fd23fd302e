/**
 * What events that were shown make of a channel's settings, members and sanctions. It is what their entries did in the tables
 * beside the log, so that a state that saw them is the one that a fresh load gives (docs/adr/0020).
 */
import type { CommittedEvent } from '../log/committed-event.ts';
import type { ChannelChange, Sanction } from '../log/entry.ts';
import { isHolding } from '../protocol/decide.ts';
import { CHANNEL_SETTINGS, type ChannelSettings } from '../protocol/channel-settings.ts';
import { encodeReply } from '../protocol/encode.ts';
import type { ChannelRole, UserRef } from '../protocol/entities.ts';
import type { ChannelUpdated, ConnectionEvents, DurableEvents } from '../protocol/events.ts';
import { putOutStrangers, putOutUser } from './access.ts';
import { raiseFloor } from './floor.ts';
import { summaryOf } from './summary.ts';
import { countWriters } from './modes.ts';
import {
  type ChannelState,
  type Context,
  createChannelState,
  type Effects,
  type LoadedState,
} from './state.ts';
import { stopTyping } from './typing.ts';

type EventWith<Type extends keyof DurableEvents> = {
  readonly type: Type;
  readonly data: DurableEvents[Type];
};
type ChangingType = Extract<keyof DurableEvents, `member:${string}` | `channel:${string}`>;
type ChangingEvent = { readonly [Type in ChangingType]: EventWith<Type> }[ChangingType];

/** Takes over what the event changed, and says what follows for those who are here. It may be of any type. */
export function applyToTables(
  state: ChannelState,
  { type, timestamp, data }: CommittedEvent,
  ctx: Context,
): Effects {
  if (type.startsWith('message:')) applyToPins(state, type, data);
  if (!type.startsWith('member:') && type !== 'channel:updated') return [];
  const event = { type, data: JSON.parse(data) as unknown } as ChangingEvent;
  switch (event.type) {
    case 'member:muted':
      sanction(state, 'mute', event.data, null);
      return stopTyping(state, event.data.user.id, event.data.user, ctx);
    case 'member:shadowbanned':
      sanction(state, 'shadow', event.data, null);
      return stopTyping(state, event.data.user.id, event.data.user, ctx);
    case 'member:unshadowbanned':
      state.sanctions.shadow.delete(event.data.user.id);
      return [];
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
    case 'member:added': {
      const { user, role, by } = event.data;
      belongs(state, user, role, timestamp);
      return by === undefined || by.id === user.id
        ? []
        : [{ kind: 'tell', user: user.id, frame: invitation(state, by, ctx), belongs: true }];
    }
    case 'member:role':
      belongs(state, event.data.user, event.data.role, timestamp);
      return [];
    case 'member:left':
      return out(state, event.data.user.id, ctx);
    case 'channel:updated':
      return updated(state, event.data, ctx);
    default:
      // Of a later version.
      return [];
  }
}

/** The message that founded the channel: its entry has its author as owner. */
export function applyFounding(
  state: ChannelState,
  changes: readonly ChannelChange[],
  timestamp: number,
): void {
  for (const change of changes) {
    if (change.kind !== 'member' || change.role === null) continue;
    belongs(state, { id: change.user, name: change.name }, change.role, timestamp);
  }
}

/** Takes over what was read of the channel again: somebody else made its record, or wrote in it first. */
export function takeOver(state: ChannelState, loaded: LoadedState, ctx: Context): Effects {
  const { name, topic, description, settings, members, sanctions, pins, exists } = createChannelState(
    loaded,
    { events: 0, size: 0 },
  );
  const isPrivate = loaded.private;
  raiseFloor(state, loaded.floor ?? 1, ctx);
  Object.assign(state, {
    name,
    topic,
    description,
    settings,
    exists: exists || state.exists,
    private: isPrivate,
  });
  replace(state.members, members);
  for (const kind of ['mute', 'ban', 'kick', 'shadow'] as const)
    replace(state.sanctions[kind], sanctions[kind]);
  state.pins.clear();
  for (const id of pins) state.pins.add(id);
  countWriters(state);
  return isPrivate ? putOutStrangers(state, ctx) : [];
}

function replace<T>(old: Map<string, T>, now: ReadonlyMap<string, T>): void {
  old.clear();
  for (const [key, value] of now) old.set(key, value);
}

function applyToPins({ pins }: ChannelState, type: string, data: string): void {
  if (type !== 'message:pinned' && (pins.size === 0 || type === 'message:created')) return;
  const { id } = JSON.parse(data) as { readonly id: string };
  if (type === 'message:pinned') pins.add(id);
  else if (type === 'message:unpinned' || type === 'message:deleted') pins.delete(id);
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

function belongs(state: ChannelState, { id, name }: UserRef, role: ChannelRole, timestamp: number): void {
  const joinedAt = state.members.get(id)?.joinedAt ?? timestamp;
  state.members.set(id, { name, role, joinedAt });
}

function invitation(state: ChannelState, by: UserRef, ctx: Context): string {
  const channel = summaryOf(state);
  const data = { channel, by } satisfies ConnectionEvents['channel:invited'];
  return encodeReply('channel:invited', undefined, undefined, ctx.now, JSON.stringify(data));
}

function updated(state: ChannelState, data: ChannelUpdated, ctx: Context): Effects {
  const { name, topic, description, private: isPrivate, slowModeSeconds } = data;
  const settings = CHANNEL_SETTINGS.filter((key) => data[key] !== undefined).map((key) => [key, data[key]]);
  if (name !== undefined) state.name = name;
  if (topic !== undefined) state.topic = topic ?? undefined;
  if (description !== undefined) state.description = description ?? undefined;
  if (isPrivate !== undefined) state.private = isPrivate;
  state.settings = { ...state.settings, ...(Object.fromEntries(settings) as Partial<ChannelSettings>) };
  if (slowModeSeconds !== undefined) countWriters(state);
  return isPrivate === true ? putOutStrangers(state, ctx) : [];
}

/** Who is put out is a member no longer. */
function out(state: ChannelState, userId: string, ctx: Context): Effects {
  state.members.delete(userId);
  return putOutUser(state, userId, ctx);
}
