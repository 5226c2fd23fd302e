/** The shard's way to commit how far its users have come with each other's whispers. */
import { failure } from '../protocol/errors.ts';
import { JoinedMarks, type MarkBounds, type Settle } from './joined-marks.ts';
import type { InboxMark, InboxStore, MarkedConversation } from './ports/inbox-store.ts';
import type { ShardPorts } from './ports/shard-ports.ts';

/** Hears what becomes of a mark, exactly once. */
export type SettleMark = Settle<MarkedConversation>;

export class MarkBatch extends JoinedMarks<InboxMark, MarkedConversation> {
  constructor(
    store: Pick<InboxStore, 'mark'>,
    ports: Pick<ShardPorts, 'timers' | 'logger'>,
    bounds: MarkBounds,
  ) {
    super(
      {
        keyOf: ({ owner, correspondent }) => keyOf(owner, correspondent),
        join: (a, b) => ({
          ...a,
          delivered: Math.max(a.delivered, b.delivered),
          read: Math.max(a.read, b.read),
        }),
        store: (marks) => store.mark(marks),
        keyOfMarked: ({ owner, state }) => keyOf(owner, state.correspondent),
        missing: failure('not_found', 'no such conversation'),
      },
      ports,
      bounds,
    );
  }
}

/** Ids hold no U+0000. */
function keyOf(owner: string, correspondent: string): string {
  return `${owner}\0${correspondent}`;
}
