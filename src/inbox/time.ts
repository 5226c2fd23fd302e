/** What ends by itself in an inbox. */
import { catchUpWhenDue } from './arrivals.ts';
import type { Effects } from './effects.ts';
import { giveUp, nextGiveUp } from './outgoing.ts';
import type { Context, InboxState } from './state.ts';

/** Gives up asks that took too long, and reads what hasn't come by itself. */
export function tick(state: InboxState, ctx: Context): Effects {
  return [...giveUp(state, ctx), ...catchUpWhenDue(state, ctx)];
}

/** When {@link tick} has something to do next (monotonic ms), or null. */
export function nextDeadline(state: InboxState): number | null {
  const ask = nextGiveUp(state);
  const gap = state.catchUpAt;
  if (ask === null || gap === null) return ask ?? gap;
  return Math.min(ask, gap);
}
