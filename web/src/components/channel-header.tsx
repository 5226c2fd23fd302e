import { channelName, type ChannelState } from '../state/page-state.ts';
import { unreadTotal } from '../state/page-state.ts';
import { useSelected } from '../state/store-context.ts';
import type { Drawer } from './chat-screen.tsx';
import { ConnectionStatus } from './connection-status.tsx';
import { Icon } from './icon.tsx';

interface ChannelHeaderProps {
  readonly channel: ChannelState | undefined;
  readonly drawer: Drawer;
  readonly onDrawer: (drawer: Drawer) => void;
}

/** Where one is, whether the connection stands, and on narrow pages the ways to the lists. */
export function ChannelHeader({ channel, drawer, onDrawer }: ChannelHeaderProps) {
  const name = useSelected((state) => (channel === undefined ? null : channelName(state, channel.id)));
  const topic = useSelected((state) =>
    state.screen === 'chat' ? state.listed.find((listed) => listed.id === channel?.id)?.topic : undefined,
  );
  const unread = useSelected(unreadTotal);
  const toggle = (which: Drawer): void => onDrawer(drawer === which ? 'none' : which);
  return (
    <header class="channel-header">
      <button
        type="button"
        class="quiet icon-button narrow-only"
        aria-label={unread > 0 ? `Channels, ${unread} unread` : 'Channels'}
        aria-expanded={drawer === 'channels'}
        aria-controls="channels"
        data-unread={unread > 0}
        data-testid="show-channels"
        onClick={() => toggle('channels')}
      >
        <Icon name="menu" />
      </button>
      <div class="channel-title">
        <h1 data-testid="channel-title">
          {name === null ? (
            'Hubbub'
          ) : (
            <>
              #<bdi>{name}</bdi>
            </>
          )}
        </h1>
        {topic !== undefined && (
          <p class="topic" title={topic}>
            <bdi>{topic}</bdi>
          </p>
        )}
      </div>
      <ConnectionStatus />
      {channel !== undefined && (
        <button
          type="button"
          class="quiet members-toggle"
          aria-label={`Members, ${channel.memberCount} here`}
          aria-expanded={drawer === 'members'}
          aria-controls="members"
          data-testid="show-members"
          onClick={() => toggle('members')}
        >
          <Icon name="people" /> {channel.memberCount}
        </button>
      )}
    </header>
  );
}
