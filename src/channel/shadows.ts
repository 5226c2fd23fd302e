/**
 * Shadow bans: what somebody sends while one holds is hidden from everyone but themselves and moderators, for good
 * (docs/adr/0025). An event stands in the log and in the ring in full; here it gets the form in which each reader has it.
 */
import type { ConnectionKey } from '../log/waiter.ts';
import type { EncodedEvent } from '../log/ring.ts';
import { isHolding, RANKS, rankOf } from '../protocol/decide.ts';
import { encodeDurableEvent, encodeVoid } from '../protocol/encode.ts';
import type { Principal } from '../protocol/entities.ts';
import { ANYBODY, dataFor, ownersIn, type Reader } from '../protocol/shadow.ts';
import type { Effect } from './effects.ts';
import type { ChannelState, Context } from './state.ts';

/** Whether what the user sends is hidden. As with other sanctions of a channel, none holds an administrator. */
export function isShadowed(
  { sanctions }: ChannelState,
  { id, roles = [] }: Pick<Principal, 'id'> & Partial<Pick<Principal, 'roles'>>,
  now: number,
): boolean {
  return (
    sanctions.shadow.size > 0 && isHolding(sanctions.shadow.get(id), now) && rankOf(roles) !== RANKS.admin
  );
}

/** The user as a reader. A moderator who is shadow-banned sees no more than others, or they would see that they are. */
export function readerOf(state: ChannelState, user: Principal, now: number): Reader {
  const isModerator = rankOf(user.roles, state.members.get(user.id)?.role) >= RANKS.moderator;
  return { id: user.id, seesAll: isModerator && !isShadowed(state, user, now) };
}

/** Who reads over that connection. */
export function readerAt(state: ChannelState, connection: ConnectionKey, now: number): Reader {
  const user = state.userOf.get(connection);
  return user === undefined ? ANYBODY : readerOf(state, user, now);
}

/** The event's wire text as the reader has it; null: nothing of it. */
export function textFor(channelId: string, event: EncodedEvent, reader: Reader): string | null {
  if (event.shadowed === 'no') return event.json;
  const { timestamp, data } = JSON.parse(event.json) as { readonly timestamp: number; readonly data: object };
  const seen = dataFor(event.type, JSON.stringify(data), reader);
  return seen === null ? null : encodeDurableEvent(event.type, channelId, event.seq, timestamp, seen);
}

/** The same of an event that has a place of its own: void where the reader has nothing of it. */
export function placeFor(channelId: string, event: EncodedEvent, reader: Reader): string {
  return textFor(channelId, event, reader) ?? encodeVoid(channelId, event.seq);
}

/** A frame for some instead of the one that all others get. */
export interface Apart {
  readonly frame: string;
  readonly to: readonly ConnectionKey[];
}

/** Shows the event: one frame for all, and of one that is shadowed others to those who see more of it. */
export function publication(
  state: ChannelState,
  event: EncodedEvent,
  ctx: Pick<Context, 'now'>,
): Extract<Effect, { kind: 'publish' }> {
  if (event.shadowed === 'no') return { kind: 'publish', seq: event.seq, frame: event.json };
  const { now } = ctx;
  const frame = placeFor(state.id, event, ANYBODY);
  const { data } = JSON.parse(event.json) as { readonly data: object };
  const owners = ownersIn(JSON.stringify(data));
  const those = new Map<string, { readonly reader: Reader; readonly to: ConnectionKey[] }>();
  for (const [connection, user] of state.userOf) {
    const reader = readerOf(state, user, now);
    if (!reader.seesAll && !owners.has(reader.id)) continue;
    // Moderators all have one form, but for those whom it is about.
    const key = owners.has(reader.id) ? reader.id : '';
    const known = those.get(key);
    if (known === undefined) those.set(key, { reader, to: [connection] });
    else known.to.push(connection);
  }
  const apart = [...those.values()].map(({ reader, to }): Apart => ({
    frame: placeFor(state.id, event, reader),
    to,
  }));
  return { kind: 'publish', seq: event.seq, frame, apart };
}
