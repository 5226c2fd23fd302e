/** What a channel's settings ask of a message beside who writes it: how often, and which texts. Moderators are free of it. */
import type { AppendEntry } from '../log/entry.ts';
import type { Principal } from '../protocol/entities.ts';
import { rankOf, RANKS } from '../protocol/decide.ts';
import { failure, type Failure } from '../protocol/errors.ts';
import type { ChannelState, Context } from './state.ts';

/** A message on its way in. */
export interface Draft {
  readonly content: string;
  readonly clientMessageId?: string | undefined;
}

/** Why the channel doesn't take this text from `from` now, or null. A retry of what it took is the log's to tell. */
export function modesFailure(
  state: ChannelState,
  from: Principal,
  draft: Draft,
  ctx: Context,
): Failure | null {
  const { slowModeSeconds, uniqueMessages } = state.settings;
  const emotes = emotesFailure(state, from, draft.content);
  if (emotes !== null) return emotes;
  if ((slowModeSeconds === 0 && !uniqueMessages) || isFree(state, from)) return null;
  const waitMs =
    slowModeSeconds === 0 ? 0 : (state.wroteAt.get(from.id) ?? 0) + slowModeSeconds * 1_000 - ctx.now;
  const isTwin = uniqueMessages && isSaid(state, from.id, draft.content);
  if ((waitMs <= 0 && !isTwin) || isRetry(state, from.id, draft.clientMessageId)) return null;
  return waitMs > 0
    ? failure('slow_mode', `one message every ${slowModeSeconds} s here`, waitMs)
    : failure('blocked_content', 'this was said already');
}

/** Why a text that isn't of emoji and short codes alone isn't taken, or null. */
export function emotesFailure(state: ChannelState, from: Principal, content: string): Failure | null {
  if (!state.settings.emoteOnly || isOfEmotes(content) || isFree(state, from)) return null;
  return failure('blocked_content', 'only emoji and short codes here');
}

/** The user wrote at that time, ms since the epoch, which counts while there is a slow mode. */
export function noteWritten(state: ChannelState, userId: string, at: number): void {
  const { wroteAt } = state;
  const since = at - state.settings.slowModeSeconds * 1_000;
  wroteAt.delete(userId);
  wroteAt.set(userId, at);
  // Near enough in order of time: those in front are the first to be over.
  for (const [other, when] of wroteAt) {
    if (when > since) break;
    wroteAt.delete(other);
  }
}

/** What was noted of a message that came to nothing. */
export function forgetWritten(state: ChannelState, { sender, timestamp, type }: AppendEntry): void {
  if (type === 'message:created' && state.wroteAt.get(sender) === timestamp) state.wroteAt.delete(sender);
}

/** Slow mode begins, here or with this state: counts from the messages that are held. */
export function countWriters(state: ChannelState): void {
  state.wroteAt.clear();
  if (state.settings.slowModeSeconds === 0) return;
  for (const { type, sender, json } of state.ring.slice(1, state.head)) {
    if (type !== 'message:created') continue;
    noteWritten(state, sender, (JSON.parse(json) as { readonly timestamp: number }).timestamp);
  }
}

function isFree(state: ChannelState, { id, roles }: Principal): boolean {
  return rankOf(roles, state.members.get(id)?.role) >= RANKS.moderator;
}

/** Whether the text stands among the newest messages, or is on its way there. */
function isSaid(state: ChannelState, userId: string, content: string): boolean {
  const text = JSON.stringify(content);
  const isSame = (data: string): boolean =>
    (JSON.parse(data) as { readonly content?: unknown }).content === content;
  for (const { type, data, shadow } of state.inFlight.entries()) {
    if (
      type === 'message:created' &&
      (shadow === undefined || shadow === userId) &&
      data.includes(text) &&
      isSame(data)
    )
      return true;
  }
  return state.ring.slice(1, state.head).some(({ type, sender, shadowed, json }) => {
    // Others wouldn't find what they are said to repeat.
    if (shadowed === 'wholly' && sender !== userId) return false;
    if (type !== 'message:created' || !json.includes(text)) return false;
    const { data } = JSON.parse(json) as { readonly data: { readonly content?: unknown } };
    return data.content === content;
  });
}

function isRetry(state: ChannelState, sender: string, clientMessageId: string | undefined): boolean {
  if (clientMessageId === undefined) return false;
  const key = `"clientMessageId":${JSON.stringify(clientMessageId)}`;
  return state.ring.slice(1, state.head).some((event) => event.sender === sender && event.json.includes(key));
}

// Piece by piece, each as long as it can be: an emoji and its parts are both emoji, so one expression for the whole text
// could try them in exponentially many ways.
const PIECE = /\p{RGI_Emoji}|:[a-z0-9_+\-]{1,32}:|\s+/vy;

function isOfEmotes(content: string): boolean {
  for (let at = 0; at < content.length; at = PIECE.lastIndex) {
    PIECE.lastIndex = at;
    if (!PIECE.test(content)) return false;
  }
  return content.trim() !== '';
}
