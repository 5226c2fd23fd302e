import type { ChannelState } from '../state/page-state.ts';
import { usePageStore } from '../state/store-context.ts';

interface LogEndProps {
  readonly channel: ChannelState;
}

/** What stands above the oldest message that is loaded. */
export function LogTop({ channel }: LogEndProps) {
  const store = usePageStore();
  const { id, joined, older, timeline } = channel;
  return (
    <div class="log-top" data-log="top">
      {!joined && <p>Joining…</p>}
      {joined && !timeline.hasOlder && <p data-testid="beginning">This is where #{id} begins.</p>}
      {timeline.hasOlder && older === 'loading' && <p>Loading older messages…</p>}
      {timeline.hasOlder && older === 'failed' && (
        <p>
          Older messages could not be loaded.{' '}
          <button
            type="button"
            class="quiet"
            data-testid="load-older"
            onClick={() => void store.messages.loadOlder(id)}
          >
            Try again
          </button>
        </p>
      )}
    </div>
  );
}

/** What stands below the newest message that is loaded, where there are newer ones. */
export function LogBottom({ channel }: LogEndProps) {
  const store = usePageStore();
  const { newer } = channel.timeline;
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
            onClick={() => void store.messages.loadNewer(channel.id)}
          >
            Try again
          </button>
        </p>
      )}
    </div>
  );
}
