import { useContext } from 'preact/hooks';
import {
  mayModerate,
  mayHandleReports,
  newReports,
  roomTitle,
  unreadTotal,
  type Room,
} from '../state/page-state.ts';
import { useSelected } from '../state/store-context.ts';
import type { Drawer } from './chat-screen.tsx';
import { ConnectionStatus } from './connection-status.tsx';
import { Icon } from './icon.tsx';
import { OverlayContext } from './overlay.ts';
import { PersonButton } from './person-button.tsx';

interface RoomHeaderProps {
  readonly room: Room | undefined;
  readonly drawer: Drawer;
  readonly onDrawer: (drawer: Drawer) => void;
}

/** Where one is, whether the connection stands, and on narrow pages the ways to the lists. */
export function RoomHeader({ room, drawer, onDrawer }: RoomHeaderProps) {
  const title = useSelected((state) => (room === undefined ? 'Hubbub' : roomTitle(state, room)));
  const topic = useSelected((state) => {
    if (state.screen !== 'chat' || room === undefined) return undefined;
    if (room.kind === 'channel') return state.listed.find(({ id }) => id === room.id)?.topic;
    return room.isNotes ? 'Notes to yourself' : 'Only the two of you read this';
  });
  const show = useContext(OverlayContext);
  const staff = useSelected((state) => room !== undefined && mayModerate(state, room.id));
  const unread = useSelected(unreadTotal);
  const hasReports = useSelected(mayHandleReports);
  const reports = useSelected(newReports);
  const toggle = (which: Drawer): void => onDrawer(drawer === which ? 'none' : which);
  return (
    <header class="channel-header">
      <button
        type="button"
        class="quiet icon-button narrow-only"
        aria-label={unread > 0 ? `Channels and whispers, ${unread} unread` : 'Channels and whispers'}
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
          {title.startsWith('#') ? (
            <>
              #<bdi>{title.slice(1)}</bdi>
            </>
          ) : (
            <bdi>{title}</bdi>
          )}
        </h1>
        {topic !== undefined && (
          <p class="topic" title={topic}>
            <bdi>{topic}</bdi>
          </p>
        )}
      </div>
      <ConnectionStatus />
      {hasReports && (
        <button
          type="button"
          class="quiet icon-button reports-button"
          aria-label={reports > 0 ? `Reports, ${reports} new` : 'Reports'}
          aria-haspopup="dialog"
          title="Reports"
          data-unread={reports > 0}
          data-testid="show-reports"
          onClick={() => show({ kind: 'reports' })}
        >
          <Icon name="shield" />
        </button>
      )}
      {room?.kind === 'channel' && (
        <>
          <button
            type="button"
            class="quiet icon-button"
            aria-label="Pinned messages"
            aria-haspopup="dialog"
            title="Pinned messages"
            data-testid="show-pins"
            onClick={() => show({ kind: 'pins', roomId: room.id })}
          >
            <Icon name="pin" />
          </button>
          {staff && (
            <button
              type="button"
              class="quiet icon-button"
              aria-label="Channel settings"
              aria-haspopup="dialog"
              title="Channel settings"
              data-testid="show-channel-settings"
              onClick={() => show({ kind: 'channel', roomId: room.id })}
            >
              <Icon name="settings" />
            </button>
          )}
        </>
      )}
      {room?.kind === 'channel' && (
        <button
          type="button"
          class="quiet members-toggle"
          aria-label={`Members, ${room.memberCount} here`}
          aria-expanded={drawer === 'members'}
          aria-controls="members"
          data-testid="show-members"
          onClick={() => toggle('members')}
        >
          <Icon name="people" /> {room.memberCount}
        </button>
      )}
      {room?.kind === 'conversation' && (
        <PersonButton person={room.with} class="quiet icon-button" label={`About ${title}`}>
          <Icon name="people" />
        </PersonButton>
      )}
    </header>
  );
}
