/** Up to where users have read the channel. It holds nothing of that: marks are the store's, and other devices are told. */
import { ack, refuse } from '../log/answers.ts';
import type { Waiter } from '../log/waiter.ts';
import { encodeEphemeralEvent } from '../protocol/encode.ts';
import { failure, type Failure } from '../protocol/errors.ts';
import type { UnreadState } from '../protocol/unread.ts';
import type { MarkPurpose } from './effects.ts';
import type { ChannelState, Context, Effects } from './state.ts';

/** `user` has read up to `seq`, which must be there. */
export function markRead(
  state: ChannelState,
  user: string,
  seq: number,
  waiter: Waiter,
  ctx: Context,
): Effects {
  if (seq > state.head) {
    return refuse(waiter, state.id, ctx.now, failure('bad_request', 'nothing stands at this seq yet'));
  }
  return [{ kind: 'mark', seq, purpose: { user, waiter } }];
}

/** The mark was committed, and this is what isn't read; or why it wasn't. */
export function readMarked(
  state: ChannelState,
  { user, waiter }: MarkPurpose,
  outcome: UnreadState | Failure,
  ctx: Context,
): Effects {
  if ('code' in outcome) return refuse(waiter, state.id, ctx.now, outcome);
  const { seq, head, unread, mentions } = outcome;
  const data = { seq, head, unread, mentions };
  const frame = encodeEphemeralEvent('read:updated', state.id, ctx.now, data);
  const marked = { id: state.id, ...data, private: state.private, isMember: state.members.has(user) };
  return [
    { kind: 'tell', user, frame, except: waiter.connection, marked },
    ...ack(waiter, state.id, ctx.now, data),
  ];
}
