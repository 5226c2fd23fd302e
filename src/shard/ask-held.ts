/** Carries what a channel asks of the store of held messages there and back. */
import { approve, heldListed, holdSettled, rejected, released } from '../channel/held.ts';
import type { HeldAsk } from '../channel/held-asks.ts';
import { sentFound, spokenFound } from '../channel/moderation.ts';
import type { ChannelState, Context, Effects } from '../channel/state.ts';
import { actBy } from '../protocol/audit-act.ts';
import type { Failure } from '../protocol/errors.ts';
import type { Result } from '../protocol/result.ts';
import type { HeldStore } from './ports/held-store.ts';

/** What the answer makes of the channel that asked. */
export type HeldAnswer = (state: ChannelState, ctx: Context) => Effects;

/** Asks `store` for the channel `channelId`. */
export async function askHeld(store: HeldStore, channelId: string, ask: HeldAsk): Promise<HeldAnswer> {
  switch (ask.kind) {
    case 'sent': {
      const sent = await store.sent(channelId, ask.draft.from.id, ask.clientMessageId);
      return (state, ctx) => sentFound(state, ask, plain(sent), ctx);
    }
    case 'spoken': {
      const spoken = await store.hasSpoken(channelId, ask.user);
      return (state, ctx) => spokenFound(state, ask.user, plain(spoken), ctx);
    }
    case 'hold': {
      const held = await store.hold(ask.message);
      return (state, ctx) => holdSettled(state, ask.message, ask.waiter, plain(held), ctx);
    }
    case 'list': {
      const page = await store.list(channelId, ask.after, ask.limit);
      return (state, ctx) => heldListed(state, ask.waiter, plain(page), ctx);
    }
    case 'find': {
      const found = await store.find(channelId, ask.review.id);
      return (state, ctx) => approve(state, ask.review, plain(found), ctx);
    }
    case 'release': {
      const { id, author, by, at } = ask;
      const note = { action: 'held:approved', target: { kind: 'message', id }, after: { author } } as const;
      // One that can't be taken off the list now lands no second time when it is approved again.
      await store.release(channelId, id, { ...actBy(by, at, note), channel: channelId });
      return (state) => released(state, id);
    }
    case 'reject': {
      const { id, by, reason } = ask.review;
      const why = reason === undefined ? {} : { reason };
      const note = { action: 'held:rejected', target: { kind: 'message', id }, ...why } as const;
      const message = await store.reject(channelId, id, { ...actBy(by, ask.at, note), channel: channelId });
      return (state, ctx) => rejected(state, ask.review, plain(message), ctx);
    }
  }
}

function plain<T>(result: Result<T>): T | Failure {
  return result.ok ? result.value : result.failure;
}
