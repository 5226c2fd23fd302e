/**
 * Reactions to messages. Who has reacted is decided by the log; how many there may be by what was shown and what is on its
 * way.
 */
import { refuse } from '../log/answers.ts';
import type { AppendEntry } from '../log/entry.ts';
import type { Waiter } from '../log/waiter.ts';
import type { Principal } from '../protocol/entities.ts';
import { failure } from '../protocol/errors.ts';
import type { EmojiReactions, Reacted } from '../protocol/events.ts';
import { isReaction } from '../protocol/emoji.ts';
import { MAX_EMOJI_PER_MESSAGE, MAX_REACTIONS_PER_MESSAGE } from '../protocol/limits.ts';
import { begin } from './log-events.ts';
import { NO_MESSAGE } from './message-change.ts';
import type { MessageData } from './message-extras.ts';
import { search, standing } from './searches.ts';
import { isShadowed, readerOf } from './shadows.ts';
import type { ChannelState, Context, Effects } from './state.ts';

const NO_EMOJI = failure('bad_request', 'emoji must be one emoji, or a short code such as :tada:');
const TOO_MANY = failure('conflict', 'this message has as many reactions as it may have');

/** A reaction that is asked for, to be added or taken away. */
export interface PendingReaction {
  readonly messageId: string;
  readonly emoji: string;
  readonly isAdded: boolean;
  readonly from: Principal;
  readonly waiter: Waiter;
}

/** Appended at once, or when its message was found. */
export function react(state: ChannelState, pending: PendingReaction, ctx: Context): Effects {
  const { messageId, emoji, isAdded, from, waiter } = pending;
  if (!isReaction(emoji)) return refuse(waiter, state.id, ctx.now, NO_EMOJI);
  return search(
    state,
    messageId,
    {
      waiter,
      reader: readerOf(state, from, ctx.now),
      then: (found, later) => {
        const message = standing(found);
        if (message === null) return refuse(waiter, state.id, later.now, NO_MESSAGE);
        const reactions = message.reactions ?? [];
        const those = reactions.find((one) => one.emoji === emoji);
        const stands = those?.users.includes(from.id) === true;
        if (isAdded && !stands && isFull(state, messageId, reactions, emoji)) {
          return refuse(waiter, state.id, later.now, TOO_MANY);
        }
        // What takes back something that everyone sees, everyone sees; so it does where that is still on its way.
        const before = onItsWay(state, pending);
        const isThere = before?.reacts?.isAdded ?? stands;
        const wasHidden =
          before === undefined ? those?.shadow?.includes(from.id) : before.shadow !== undefined;
        const isHidden = isThere ? wasHidden === true : isShadowed(state, from, later.now);
        const entry = entryOf(state, pending, later.newId(), later.now);
        return begin(state, hiddenReaction(entry, pending, message, isHidden), waiter);
      },
    },
    ctx,
  );
}

function entryOf(
  { log }: ChannelState,
  { messageId, emoji, isAdded, from }: PendingReaction,
  id: string,
  timestamp: number,
): AppendEntry {
  const data = { messageId, emoji, user: { id: from.id, name: from.name } } satisfies Reacted;
  return {
    ...{ log, id, sender: from.id, timestamp },
    type: isAdded ? 'reaction:added' : 'reaction:removed',
    data: JSON.stringify(data),
    reacts: { target: messageId, emoji, isAdded },
  };
}

/** `entry` as one that not everyone sees, where its message is hidden, or itself. */
function hiddenReaction(
  entry: AppendEntry,
  { messageId, emoji, isAdded, from }: PendingReaction,
  message: MessageData,
  isHidden: boolean,
): AppendEntry {
  const shadow = message.shadow ?? (isHidden ? from.id : undefined);
  if (shadow === undefined) return entry;
  const data = JSON.stringify({ ...(JSON.parse(entry.data) as Reacted), shadow });
  if (message.shadow !== undefined || !isAdded) return { ...entry, data, shadow };
  const change = { kind: 'shadowReaction', target: messageId, emoji, user: from.id } as const;
  return { ...entry, data, shadow, changes: [change] };
}

/** What the same person did last with the same emoji that hasn't landed yet. */
function onItsWay({ inFlight }: ChannelState, { messageId, emoji, from }: PendingReaction) {
  let last: AppendEntry | undefined;
  for (const entry of inFlight.entries()) {
    const { reacts, sender } = entry;
    if (sender === from.id && reacts?.target === messageId && reacts.emoji === emoji) last = entry;
  }
  return last;
}

/** Whether one more would be too many, should all that are on their way land. */
function isFull(
  { inFlight }: ChannelState,
  messageId: string,
  reactions: readonly EmojiReactions[],
  emoji: string,
): boolean {
  const known = new Set(reactions.map((one) => one.emoji));
  let count = reactions.reduce((sum, { users }) => sum + users.length, 0);
  for (const { reacts } of inFlight.entries()) {
    if (reacts?.target !== messageId || !reacts.isAdded) continue;
    known.add(reacts.emoji);
    count += 1;
  }
  return count >= MAX_REACTIONS_PER_MESSAGE || known.add(emoji).size > MAX_EMOJI_PER_MESSAGE;
}
