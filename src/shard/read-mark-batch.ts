/** The shard's way to commit how far users have come with its channels. */
import { failure } from '../protocol/errors.ts';
import { JoinedMarks, type MarkBounds } from './joined-marks.ts';
import type { MarkedChannel, ReadMark, ReadMarkStore } from './ports/read-mark-store.ts';
import type { ShardPorts } from './ports/shard-ports.ts';

export class ReadMarkBatch extends JoinedMarks<ReadMark, MarkedChannel> {
  constructor(
    store: Pick<ReadMarkStore, 'mark'>,
    ports: Pick<ShardPorts, 'timers' | 'logger'>,
    bounds: MarkBounds,
  ) {
    super(
      {
        keyOf,
        join: (a, b) => (b.seq > a.seq ? b : a),
        store: (marks) => store.mark(marks),
        keyOfMarked: keyOf,
        missing: failure('internal', 'this went wrong here'),
      },
      ports,
      bounds,
    );
  }
}

/** Ids hold no U+0000. */
function keyOf({ user, channelId }: Pick<ReadMark, 'user' | 'channelId'>): string {
  return `${user}\0${channelId}`;
}
