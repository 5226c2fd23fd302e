import { refuse } from '../../log/answers.ts';
import type { Static } from 'typebox';
import { pageFromRing } from '../../log/pages.ts';
import { ResumeRequest, resumeRange } from '../../log/resume.ts';
import { beginRead } from '../../log/shown-changes.ts';
import { decide } from '../../protocol/decide.ts';
import type { Principal } from '../../protocol/entities.ts';
import type { Failure } from '../../protocol/errors.ts';
import { mayCreateChannel } from '../../protocol/permissions.ts';
import { defineChannelCommand } from '../command.ts';
import { isThere, NO_CHANNEL } from '../leave.ts';
import { arrival } from '../members.ts';
import { answerJoin } from '../pages.ts';
import { enter } from '../presence.ts';
import type { ReadPurpose } from '../effects.ts';
import type { ChannelState, Context, Effects } from '../state.ts';

/**
 * Enters the channel. The connection counts as joined from here on, so that what it sends next isn't refused while a
 * page is read; it is subscribed when the answer goes out, so that live events begin right behind the page.
 */
export const channelJoin = defineChannelCommand({
  type: 'channel:join',
  rate: 'query',
  requires: 'none',
  may: joinProblem,
  pages: true,
  data: ResumeRequest,
  handle(state, { from, waiter, data }, ctx) {
    const problem = joinProblem(state, from.user, ctx);
    if (problem !== null) return refuse(waiter, state.id, ctx.now, problem);
    const { range: wanted, recovered } = resumeRange(state, data);
    const range = wanted.direction === 'newest' ? { ...wanted, ofMessages: true } : wanted;
    const purpose = { kind: 'join', waiter, range, recovered } as const;
    const added = arrival(state, from.user, ctx);
    const entered = [...added, ...enter(state, from.connection, from.user, ctx)];
    if (isBeyond(state, data.recover)) return [...entered, ...readBeyond(state, purpose, data.recover)];
    const page = pageFromRing(state, range);
    if (page !== null) return [...entered, ...answerJoin(state, purpose, page, ctx)];
    beginRead(state);
    return [...entered, { kind: 'read', range, purpose }];
  },
});

/** Whether another server may have told more of the log than this one has shown. */
function isBeyond(
  { epoch, head }: ChannelState,
  recover: Static<typeof ResumeRequest>['recover'],
): recover is NonNullable<typeof recover> {
  return recover?.epoch === epoch && recover.seq > head;
}

/** The log says whether it has what is there to go on from; it is shown here before the answer. */
function readBeyond(
  state: ChannelState,
  { waiter, range }: Extract<ReadPurpose, { kind: 'join' }>,
  { seq }: { readonly seq: number },
): Effects {
  const behind = { direction: 'after', seq, limit: range.limit } as const;
  beginRead(state);
  return [{ kind: 'read', range: behind, purpose: { kind: 'join', waiter, range: behind, recovered: true } }];
}

/** Who comes to a channel that isn't there makes it. */
function joinProblem(state: ChannelState, user: Principal, ctx: Context): Failure | null {
  const problem = decide(user, 'join', state, ctx);
  if (problem !== null) return problem;
  return isThere(state) || mayCreateChannel(user, ctx.policy) ? null : NO_CHANNEL;
}
