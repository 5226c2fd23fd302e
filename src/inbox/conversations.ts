/** What the store tells of conversations, as answers. */
import { refuse, reply } from '../log/answers.ts';
import type { Waiter } from '../log/waiter.ts';
import type { CommittedEvent, ReadPage } from '../log/committed-event.ts';
import { endRead } from '../log/shown-changes.ts';
import type { UserRef } from '../protocol/entities.ts';
import type { Failure } from '../protocol/errors.ts';
import type { Effects } from './effects.ts';
import { WHISPER_CHANGES } from './changes-shown.ts';
import { eventsJson } from './pages.ts';
import type { Context, InboxState } from './state.ts';

/** A stretch of one conversation, and up to which `seq` the owner's own whispers in it were delivered and read. */
export interface ConversationPage extends ReadPage {
  readonly marks: { readonly sentDelivered: number; readonly sentRead: number };
}

/** Conversations that were last written in, newest first. */
export interface ConversationList {
  readonly items: readonly {
    readonly with: UserRef;
    readonly last: CommittedEvent;
    readonly state: { readonly unread: number };
  }[];
  readonly hasMore: boolean;
}

/** Answers `whisper:history` about one correspondent. What wasn't shown yet is left out: it comes live. */
export function conversationRead(
  state: InboxState,
  waiter: Waiter,
  result: ConversationPage | Failure,
  ctx: Context,
): Effects {
  const asOfNow = endRead(state, WHISPER_CHANGES);
  if ('code' in result) return refuse(waiter, undefined, ctx.now, result);
  const { events, hasMore, marks } = result;
  const shown = eventsJson(events.filter(({ seq }) => seq <= state.head).map(asOfNow));
  const data = `{"events":${shown},"hasMore":${hasMore},"delivered":${marks.sentDelivered},"read":${marks.sentRead}}`;
  return reply('whispers', waiter, undefined, ctx.now, data);
}

/** Answers `whisper:conversations`. */
export function conversationsRead(
  state: InboxState,
  waiter: Waiter,
  result: ConversationList | Failure,
  ctx: Context,
): Effects {
  const asOfNow = endRead(state, WHISPER_CHANGES);
  if ('code' in result) return refuse(waiter, undefined, ctx.now, result);
  const items = result.items.map(
    ({ with: person, last, state: { unread } }) =>
      `{"with":${JSON.stringify(person)},"last":${asOfNow(last).json},"unread":${unread}}`,
  );
  const data = `{"items":[${items.join(',')}],"hasMore":${result.hasMore}}`;
  return reply('conversations', waiter, undefined, ctx.now, data);
}
