/** Messages that wait for a moderator: told to those who are here, listed, approved into the log, or rejected. */
import { ack, refuse, reply } from '../log/answers.ts';
import type { Placed } from '../log/committed-event.ts';
import type { AppendEntry } from '../log/entry.ts';
import type { Waiter } from '../log/waiter.ts';
import { decide, RANKS, rankOf } from '../protocol/decide.ts';
import { encodeEphemeralEvent } from '../protocol/encode.ts';
import type { Principal, UserRef } from '../protocol/entities.ts';
import { failure, type Failure } from '../protocol/errors.ts';
import type { EphemeralEvents, HeldReviewed, MessageCreated } from '../protocol/events.ts';
import { type HeldMessage, heldItem } from '../protocol/held-messages.ts';
import { MAX_HELD_MESSAGES } from '../protocol/limits.ts';
import { isStaff } from '../protocol/permissions.ts';
import { isStorable } from '../protocol/text.ts';
import type { Effect } from './effects.ts';
import type { Review } from './held-asks.ts';
import { isThere, NO_CHANNEL } from './leave.ts';
import { type Mentioned, withMentionEntries } from './mention-entries.ts';
import { withMentions } from './mentions.ts';
import { quoteOf, rootOf } from './message-extras.ts';
import { asReply } from './reply-entry.ts';
import { type FoundEvent, search, standing } from './searches.ts';
import { isShadowed } from './shadows.ts';
import type { ChannelState, Context, Effects } from './state.ts';

const NO_HELD = failure('not_found', 'no such message waits');
const UNDER_WAY = failure('conflict', 'somebody decides on this message just now');
const REJECTED = failure('blocked_content', 'a moderator rejected this message');
const FULL = failure('rate_limited', `${MAX_HELD_MESSAGES} messages of yours wait for a moderator`, 30_000);

/** What became of a message that is to wait. */
export type HoldAnswer =
  | { readonly kind: 'held'; readonly id: string; readonly duplicate: boolean }
  | { readonly kind: 'rejected' }
  | { readonly kind: 'full' };

/** Why `from` may not look after what waits here, or null. What waits in a channel without a record is staff's. */
export function reviewProblem(state: ChannelState, from: Principal, ctx: Context): Failure | null {
  if (!isThere(state) && !isStaff(from)) return NO_CHANNEL;
  return decide(from, 'message:review', state, ctx);
}

/** It waits, or why it doesn't. */
export function holdSettled(
  state: ChannelState,
  message: HeldMessage,
  waiter: Waiter,
  answer: HoldAnswer | Failure,
  ctx: Context,
): Effects {
  if ('code' in answer) return refuse(waiter, state.id, ctx.now, answer);
  switch (answer.kind) {
    case 'rejected':
      return refuse(waiter, state.id, ctx.now, REJECTED);
    case 'full':
      return refuse(waiter, state.id, ctx.now, FULL);
    case 'held': {
      const { id, duplicate } = answer;
      const answered = ack(waiter, state.id, ctx.now, {
        id,
        held: true,
        ...(duplicate ? { duplicate } : {}),
      });
      if (duplicate) return answered;
      return [...answered, ...tellModerators(state, 'held:created', heldItem(message), ctx)];
    }
  }
}

/** What waits, the oldest first. */
export function heldListed(
  state: ChannelState,
  waiter: Waiter,
  page: { readonly items: readonly HeldMessage[]; readonly hasMore: boolean } | Failure,
  ctx: Context,
): Effects {
  if ('code' in page) return refuse(waiter, state.id, ctx.now, page);
  const { items, hasMore } = page;
  return reply('held', waiter, state.id, ctx.now, JSON.stringify({ items: items.map(heldItem), hasMore }));
}

/** A moderator decides: nobody else does meanwhile. */
export function beginReview(
  state: ChannelState,
  review: Review,
  how: 'approve' | 'reject',
  ctx: Context,
): Effects {
  const { id, by, waiter } = review;
  const problem = reviewProblem(state, by, ctx) ?? (isStorable(id) ? null : NO_HELD);
  if (problem !== null) return refuse(waiter, state.id, ctx.now, problem);
  if (state.reviews.has(id)) return refuse(waiter, state.id, ctx.now, UNDER_WAY);
  state.reviews.set(id, how === 'approve' ? by : null);
  return [
    {
      kind: 'held',
      ask: how === 'approve' ? { kind: 'find', review } : { kind: 'reject', review, at: ctx.now },
    },
  ];
}

/** What is to be approved goes to the log, as its author sent it. */
export function approve(
  state: ChannelState,
  { id, waiter }: Review,
  message: HeldMessage | Failure | null,
  ctx: Context,
): Effects {
  if (message === null || 'code' in message) {
    state.reviews.delete(id);
    return refuse(waiter, state.id, ctx.now, message ?? NO_HELD);
  }
  const data = JSON.parse(message.data) as MessageCreated;
  const { replyTo } = data;
  if (replyTo === undefined) return append(state, message, data, waiter, ctx);
  const then = (found: FoundEvent | null, later: Context): Effects => {
    const quoted = standing(found);
    // What it replied to is gone: it stands for itself.
    if (quoted === null) return append(state, message, { ...data, replyTo: undefined }, waiter, later);
    const root = rootOf(quoted);
    state.quotes.set(id, quoteOf(quoted));
    const hidden = quoted.shadow === message.author.id ? { shadow: quoted.shadow } : {};
    const reply = { ...data, ...(root === undefined ? {} : { root }), ...hidden };
    return append(state, message, reply, waiter, later, (entry) => asReply(entry, replyTo, root));
  };
  const reader = { id: message.author.id, seesAll: true };
  return search(state, replyTo, { waiter, reader, then, lost: () => state.reviews.delete(id) }, ctx);
}

function append(
  state: ChannelState,
  { id, author, clientMessageId }: HeldMessage,
  data: Omit<MessageCreated, 'replyTo'> & { readonly replyTo?: string | undefined },
  waiter: Waiter,
  ctx: Context,
  as = (entry: AppendEntry): AppendEntry => entry,
): Effects {
  const { mentions = [], here = false } = data;
  const then = (mentioned: Mentioned, later: Context): Effects => {
    const isHidden = data.shadow !== undefined || isShadowed(state, author, later.now);
    const hidden = isHidden ? { shadow: author.id } : {};
    const entry: AppendEntry = {
      ...{ log: state.log, id, type: 'message:created', sender: author.id, timestamp: later.now },
      data: JSON.stringify({ ...data, ...hidden }),
      ...hidden,
      ...(clientMessageId === undefined ? {} : { clientMessageId }),
    };
    const whole = as(withMentionEntries(state, entry, { id, author, mentioned }));
    state.inFlight.begin(whole, author.id, clientMessageId, waiter);
    return [{ kind: 'append', entry: whole }];
  };
  const from = { ...author, roles: [] };
  const lost = (): void => void state.reviews.delete(id);
  return withMentions(state, { content: { users: mentions, here }, from, waiter, then, lost }, ctx);
}

/** An append came to an end: it may have been that of an approved message. */
export function approvalSettled(
  state: ChannelState,
  { id, sender, clientMessageId }: AppendEntry,
  outcome: Placed | Failure,
  ctx: Context,
): Effects {
  const by = state.reviews.get(id);
  if (by === undefined || by === null) return [];
  // Where what it replied to was deleted meanwhile it can be approved anew.
  if ('code' in outcome || outcome.seq === 0) {
    state.reviews.delete(id);
    return [];
  }
  const reviewed = { ...reviewedBy({ id, clientMessageId }, by), seq: outcome.seq };
  return [
    { kind: 'held', ask: { kind: 'release', id, author: sender, by, at: ctx.now } },
    ...tellReviewed(state, 'held:approved', sender, reviewed, ctx),
  ];
}

/** It waits no more. */
export function released(state: ChannelState, id: string): Effects {
  state.reviews.delete(id);
  return [];
}

/** It was rejected, nothing waited under that id (null), or why that isn't known. */
export function rejected(
  state: ChannelState,
  { id, by, reason, waiter }: Review,
  message: HeldMessage | Failure | null,
  ctx: Context,
): Effects {
  state.reviews.delete(id);
  if (message === null || 'code' in message) return refuse(waiter, state.id, ctx.now, message ?? NO_HELD);
  const reviewed = { ...reviewedBy(message, by), ...(reason === undefined ? {} : { reason }) };
  return [
    ...ack(waiter, state.id, ctx.now, { id }),
    ...tellReviewed(state, 'held:rejected', message.author.id, reviewed, ctx),
  ];
}

function reviewedBy(
  { id, clientMessageId }: { readonly id: string; readonly clientMessageId?: string | undefined },
  by: UserRef,
): HeldReviewed {
  return {
    id,
    ...(clientMessageId === undefined ? {} : { clientMessageId }),
    by: { id: by.id, name: by.name },
  };
}

type ReviewEvent = 'held:approved' | 'held:rejected';

/** The author is told wherever they are. */
function tellReviewed<Type extends ReviewEvent>(
  state: ChannelState,
  type: Type,
  author: string,
  data: EphemeralEvents[Type],
  ctx: Context,
): Effect[] {
  const frame = encodeEphemeralEvent(type, state.id, ctx.now, data);
  return [{ kind: 'tell', user: author, frame }, ...tellModerators(state, type, data, ctx, author)];
}

function tellModerators<Type extends ReviewEvent | 'held:created'>(
  state: ChannelState,
  type: Type,
  data: EphemeralEvents[Type],
  ctx: Context,
  but?: string,
): Effect[] {
  const frame = encodeEphemeralEvent(type, state.id, ctx.now, data);
  return [
    ...toModerators(state, frame, but),
    { kind: 'moderators', frame, ...(but === undefined ? {} : { but }) },
  ];
}

/** A frame to moderators who are here, but to one. */
export function toModerators(state: ChannelState, frame: string, but: string | undefined): Effect[] {
  const those = [...state.userOf].filter(
    ([connection, { id, roles }]) =>
      id !== but &&
      state.listening.has(connection) &&
      rankOf(roles, state.members.get(id)?.role) >= RANKS.moderator,
  );
  return those.map(([connection]) => ({ kind: 'send', to: connection, frame }));
}
