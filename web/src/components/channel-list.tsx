import type { ChannelState } from '../state/page-state.ts';
import { usePageStore, useSelected } from '../state/store-context.ts';

const NONE: Readonly<Record<string, ChannelState>> = {};

/** The channels that one is in, and those that the server lists beside them. */
export function ChannelList() {
  const store = usePageStore();
  const channels = useSelected((state) => (state.screen === 'chat' ? state.channels : NONE));
  const listed = useSelected((state) => (state.screen === 'chat' ? state.listed : []));
  const active = useSelected((state) => (state.screen === 'chat' ? state.active : null));
  const others = listed.filter((channel) => channels[channel.id] === undefined);
  return (
    <div class="channel-list">
      <h2>Your channels</h2>
      <ul data-testid="joined-channels">
        {Object.values(channels).map(({ id, unread }) => (
          <li key={id}>
            <button
              type="button"
              class="channel-link"
              aria-current={id === active ? 'page' : undefined}
              data-unread={unread > 0}
              onClick={() => void store.open(id)}
            >
              <span class="channel-name">#{id}</span>
              {unread > 0 && (
                <span class="unread" data-testid={`unread-${id}`}>
                  <span class="visually-hidden">unread: </span>
                  {unread > 99 ? '99+' : unread}
                </span>
              )}
            </button>
          </li>
        ))}
      </ul>
      {others.length > 0 && (
        <>
          <h2>More channels</h2>
          <ul data-testid="other-channels">
            {others.map(({ id }) => (
              <li key={id}>
                <button type="button" class="channel-link" onClick={() => void store.open(id)}>
                  <span class="channel-name">#{id}</span>
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
