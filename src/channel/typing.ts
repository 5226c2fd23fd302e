/**
 * Who types. A mark is told once, renewed silently, and ends by `typing:stop`, by a message of its user, when the user
 * leaves, or TYPING_TTL_MS after the last `typing:start`.
 */
import { encodeEphemeralEvent } from '../protocol/encode.ts';
import type { JsonObject, Principal, UserRef } from '../protocol/entities.ts';
import { TYPING_TTL_MS } from '../protocol/limits.ts';
import type { Effect } from './effects.ts';
import { isShadowed } from './shadows.ts';
import type { ChannelState, Context } from './state.ts';

/** Most people of other programs whose marks are held. */
const MAX_ELSEWHERE = 1_000;

/** The user types (again). */
export function startTyping(state: ChannelState, user: Principal, ctx: Context): Effect[] {
  if (isShadowed(state, user, ctx.now)) return [];
  const known = state.typing.delete(user.id);
  state.typing.set(user.id, ctx.mono + TYPING_TTL_MS);
  return known ? [] : tell(state, 'typing:start', user, ctx);
}

/** The user's mark ends, if there is one. */
export function stopTyping(
  state: ChannelState,
  userId: string,
  user: UserRef | undefined,
  ctx: Context,
): Effect[] {
  if (!state.typing.delete(userId)) return [];
  const known = user ?? state.typists.get(userId);
  state.typists.delete(userId);
  return known === undefined ? [] : tell(state, 'typing:stop', known, ctx);
}

/** What is told elsewhere of the mark of one who is here: where it was renewed too, for there it ends by itself. */
export function typedHere({ id, name }: UserRef, isOn: boolean): Effect {
  return { kind: 'typing', user: { id, name }, isOn };
}

/** Somebody who uses another program or server types there, or stops; `data` is told beside who it is. */
export function typingElsewhere(
  state: ChannelState,
  { isOn, user, data }: { readonly isOn: boolean; readonly user: UserRef; readonly data: JsonObject },
  ctx: Context,
): Effect[] {
  if (!isOn) return stopTyping(state, user.id, state.present.get(user.id)?.user, ctx);
  const known = state.typing.delete(user.id);
  if (!known && state.typists.size >= MAX_ELSEWHERE) return [];
  state.typing.set(user.id, ctx.mono + TYPING_TTL_MS);
  state.typists.set(user.id, user);
  return known ? [] : tell(state, 'typing:start', user, ctx, data);
}

/** Ends marks that are over. */
export function typingTick(state: ChannelState, ctx: Context): Effect[] {
  const effects: Effect[] = [];
  for (const [userId, until] of state.typing) {
    // A renewed mark moves to the end, so the map is in order of ending.
    if (until > ctx.mono) break;
    effects.push(...stopTyping(state, userId, state.present.get(userId)?.user, ctx));
  }
  return effects;
}

/** When {@link typingTick} has something to do next, ms; or null. */
export function nextTypingDeadline(state: ChannelState): number | null {
  const next = state.typing.values().next();
  return next.done === true ? null : next.value;
}

function tell(
  state: ChannelState,
  type: 'typing:start' | 'typing:stop',
  user: UserRef,
  ctx: Context,
  beside: JsonObject = {},
): Effect[] {
  const data = { ...beside, user: { id: user.id, name: user.name } };
  const frame = encodeEphemeralEvent(type, state.id, ctx.now, data);
  const except = [...(state.present.get(user.id)?.connections ?? [])];
  return [{ kind: 'broadcast', frame, except, patienceMs: 0 }];
}
