import { roomTitle, type Room } from '../state/page-state.ts';
import { usePageStore, useSelected } from '../state/store-context.ts';

interface LogEndProps {
  readonly room: Room;
}

/** What stands above the oldest message that is loaded. */
export function LogTop({ room }: LogEndProps) {
  const store = usePageStore();
  const title = useSelected((state) => roomTitle(state, room));
  const { id, joined, older, timeline } = room;
  return (
    <div class="log-top" data-log="top">
      {!joined && older !== 'failed' && <p>{room.kind === 'channel' ? 'Joining…' : 'Loading…'}</p>}
      {joined && !timeline.hasOlder && (
        <p data-testid="beginning">
          This is where {room.kind === 'channel' ? '' : 'your whispers with '}
          <bdi>{title}</bdi> {room.kind === 'channel' ? 'begins' : 'begin'}.
        </p>
      )}
      {joined && timeline.hasOlder && older === 'loading' && <p>Loading older messages…</p>}
      {older === 'failed' && (
        <p>
          Older messages could not be loaded.{' '}
          <button
            type="button"
            class="quiet"
            data-testid="load-older"
            onClick={() => void (joined ? store.messages.loadOlder(id) : store.conversations.load(id))}
          >
            Try again
          </button>
        </p>
      )}
    </div>
  );
}

/** What stands below the newest message that is loaded, where there are newer ones. */
export function LogBottom({ room }: LogEndProps) {
  const store = usePageStore();
  const { newer } = room.timeline;
  return (
    <div class="log-bottom" data-log="bottom">
      {newer === 'loading' && <p>Loading newer messages…</p>}
      {newer === 'failed' && (
        <p>
          Newer messages could not be loaded.{' '}
          <button
            type="button"
            class="quiet"
            data-testid="load-newer"
            onClick={() => void store.messages.loadNewer(room.id)}
          >
            Try again
          </button>
        </p>
      )}
    </div>
  );
}
