/**
 * Messages that reply to others. The quoted head is shown with them and never stored (docs/adr/0020); whether there still is
 * something to reply to is decided by the log.
 */
import { refuse } from '../log/answers.ts';
import type { AppendEntry } from '../log/entry.ts';
import type { Waiter } from '../log/waiter.ts';
import type { Principal } from '../protocol/entities.ts';
import { begin } from './log-events.ts';
import { NO_MESSAGE } from './message-change.ts';
import { quoteOf, rootOf } from './message-extras.ts';
import { forgetWritten } from './modes.ts';
import { asReply } from './reply-entry.ts';
import { search } from './searches.ts';
import { readerOf } from './shadows.ts';
import type { ChannelState, Context, Effects } from './state.ts';

/** A message on its way that replies; `entryOf` makes its entry, with the root of its thread where that isn't `replyTo`, hidden if need be. */
export interface PendingReply {
  readonly replyTo: string;
  readonly sender: Principal;
  readonly clientMessageId: string | undefined;
  readonly waiter: Waiter;
  readonly entryOf: (root: string | undefined, isHidden: boolean) => AppendEntry;
}

/** Appended at once, or when the message that it replies to was found. */
export function reply(state: ChannelState, pending: PendingReply, ctx: Context): Effects {
  const { replyTo, sender, clientMessageId, waiter, entryOf } = pending;
  return search(
    state,
    replyTo,
    {
      waiter,
      reader: readerOf(state, sender, ctx.now),
      then: (found, later) => {
        if (state.inFlight.join(sender.id, clientMessageId, waiter)) return [];
        const quoted = found?.type === 'message:created' ? found.data : null;
        const root = quoted === null ? undefined : rootOf(quoted);
        // Who answers what only they and moderators see is answering to them.
        const isHidden = quoted?.shadow === sender.id;
        const entry = asReply(entryOf(root === replyTo ? undefined : root, isHidden), replyTo, root);
        // With a client's id it may be a retry of one that landed while the message stood: the log knows.
        if ((quoted === null || 'deleted' in quoted) && clientMessageId === undefined) {
          forgetWritten(state, entry);
          return refuse(waiter, state.id, later.now, NO_MESSAGE);
        }
        if (quoted !== null) state.quotes.set(entry.id, quoteOf(quoted));
        return begin(state, entry, waiter);
      },
    },
    ctx,
  );
}
