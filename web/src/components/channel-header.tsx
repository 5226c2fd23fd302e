import type { ChannelState } from '../state/page-state.ts';
import { useSelected } from '../state/store-context.ts';
import type { Drawer } from './chat-screen.tsx';
import { ConnectionStatus } from './connection-status.tsx';

interface ChannelHeaderProps {
  readonly channel: ChannelState | undefined;
  readonly drawer: Drawer;
  readonly onDrawer: (drawer: Drawer) => void;
}

/** Where one is, whether the connection stands, and on narrow pages the ways to the lists. */
export function ChannelHeader({ channel, drawer, onDrawer }: ChannelHeaderProps) {
  const topic = useSelected((state) =>
    state.screen === 'chat' ? state.listed.find((listed) => listed.id === channel?.id)?.topic : undefined,
  );
  const toggle = (which: Drawer): void => onDrawer(drawer === which ? 'none' : which);
  return (
    <header class="channel-header">
      <button
        type="button"
        class="quiet narrow-only"
        aria-expanded={drawer === 'channels'}
        aria-controls="channels"
        data-testid="show-channels"
        onClick={() => toggle('channels')}
      >
        Channels
      </button>
      <div class="channel-title">
        <h1 data-testid="channel-title">{channel === undefined ? 'Hubbub' : `#${channel.id}`}</h1>
        {topic !== undefined && <p class="topic">{topic}</p>}
      </div>
      <ConnectionStatus />
      {channel !== undefined && (
        <button
          type="button"
          class="quiet members-toggle"
          aria-expanded={drawer === 'members'}
          aria-controls="members"
          data-testid="show-members"
          onClick={() => toggle('members')}
        >
          {channel.memberCount} here
        </button>
      )}
    </header>
  );
}
