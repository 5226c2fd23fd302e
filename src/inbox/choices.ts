/** Whom the owner doesn't want to hear, and who may whisper at all. A choice counts when it is committed. */
import type { Waiter } from '../log/waiter.ts';
import { ack, refuse, reply } from '../log/answers.ts';
import type { UserRef } from '../protocol/entities.ts';
import { failure, type Failure } from '../protocol/errors.ts';
import { MAX_BLOCKED_USERS } from '../protocol/limits.ts';
import type { Change, Effects } from './effects.ts';
import { encodeSignal } from './frames.ts';
import type { Context, InboxState } from './state.ts';

/** Blocks `user`, or no longer does; the store is told even of what is so already, for an earlier change may have landed unheard. */
export function choose(
  state: InboxState,
  kind: 'block' | 'unblock',
  user: string,
  waiter: Waiter,
  ctx: Context,
): Effects {
  const refused = (problem: Failure): Effects => refuse(waiter, undefined, ctx.now, problem);
  if (kind === 'block' && user === state.owner)
    return refused(failure('bad_request', 'nobody blocks themselves'));
  if (kind === 'block' && !state.blocked.has(user) && state.blocked.size >= MAX_BLOCKED_USERS) {
    return refused(failure('conflict', `at most ${MAX_BLOCKED_USERS} people can be blocked`));
  }
  return [{ kind: 'change', change: { kind, user }, waiter }];
}

/** A change was committed (null), or why not: holds from now on, and the owner's other connections follow. */
export function changed(
  state: InboxState,
  change: Change,
  waiter: Waiter,
  problem: Failure | null,
  ctx: Context,
): Effects {
  if (problem !== null) return refuse(waiter, undefined, ctx.now, problem);
  if (change.kind === 'policy') {
    state.policy = change.policy;
    return ack(waiter, undefined, ctx.now, { from: change.policy });
  }
  const { kind, user } = change;
  if (kind === 'block') state.blocked.add(user);
  else state.blocked.delete(user);
  const type = kind === 'block' ? 'user:blocked' : 'user:unblocked';
  const frame = encodeSignal(type, ctx, { user: { id: user } });
  return [{ kind: 'broadcast', frame, except: [waiter.connection] }, ...ack(waiter, undefined, ctx.now)];
}

/** Answers `user:blocks`. */
export function blocksRead(waiter: Waiter, result: readonly UserRef[] | Failure, ctx: Context): Effects {
  if ('code' in result) return refuse(waiter, undefined, ctx.now, result);
  return reply('blocks', waiter, undefined, ctx.now, JSON.stringify({ items: result }));
}
