import { useSelected } from '../state/store-context.ts';
import { ChannelList } from './channel-list.tsx';
import { ConversationList } from './conversation-list.tsx';
import type { DialogName } from './chat-dialogs.tsx';
import { Icon } from './icon.tsx';
import { MessageAvatar } from './message-avatar.tsx';
import { useChannelSearch } from './use-channel-search.ts';

interface SidebarProps {
  readonly onOpen: (roomId: string) => void;
  readonly onDialog: (dialog: DialogName) => void;
}

/** The server's name, one's conversations, the channels, and who one is here. */
export function Sidebar({ onOpen, onDialog }: SidebarProps) {
  const serverName = useSelected((state) => (state.screen === 'chat' ? state.serverName : ''));
  const user = useSelected((state) => (state.screen === 'chat' ? state.user : null));
  const search = useChannelSearch();
  const open = (roomId: string): void => {
    search.setText('');
    onOpen(roomId);
  };
  return (
    <nav
      class="sidebar"
      id="channels"
      tabIndex={-1}
      aria-label="Channels and whispers"
      onKeyDown={moveThroughLinks}
    >
      <div class="sidebar-head">
        <p class="server-name">
          <bdi>{serverName}</bdi>
        </p>
        <button
          type="button"
          class="quiet icon-button"
          aria-label="Find messages"
          title="Find messages"
          data-testid="open-search"
          onClick={() => onDialog('search')}
        >
          <Icon name="search" />
        </button>
        <button
          type="button"
          class="quiet icon-button"
          aria-label="New channel"
          title="New channel"
          data-testid="new-channel"
          onClick={() => onDialog('new-channel')}
        >
          <Icon name="plus" />
        </button>
      </div>
      <form
        class="channel-search"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          const wanted = search.text.trim() === '' ? undefined : (search.choices[0]?.id ?? search.unknown);
          if (wanted !== undefined && wanted !== null) open(wanted);
        }}
      >
        <Icon name="search" />
        <label class="visually-hidden" for="join-name">
          Find or join a channel
        </label>
        <input
          id="join-name"
          value={search.text}
          placeholder="Find or join…"
          autoComplete="off"
          autoCapitalize="none"
          enterkeyhint="go"
          spellcheck={false}
          data-testid="join-name"
          onInput={(event) => search.setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Escape' || search.text === '') return;
            event.stopPropagation();
            search.setText('');
          }}
        />
      </form>
      <div class="channel-list">
        <ConversationList search={search.text} onOpen={open} />
        <ChannelList search={search} onOpen={open} />
      </div>
      <div class="identity">
        <button
          type="button"
          class="quiet who"
          title="Who you are"
          data-testid="account"
          onClick={() => onDialog('account')}
        >
          {user !== null && <MessageAvatar user={user} picture={user.avatar} />}
          <bdi data-testid="own-name">{user?.name ?? '…'}</bdi>
          {user?.guest === true && <span class="tag">guest</span>}
        </button>
        <button
          type="button"
          class="quiet icon-button"
          aria-label="Settings"
          title="Settings"
          data-testid="settings"
          onClick={() => onDialog('settings')}
        >
          <Icon name="settings" />
        </button>
      </div>
    </nav>
  );
}

/** Arrow keys lead from the search to the channels below it and through them. */
function moveThroughLinks(event: KeyboardEvent & { readonly currentTarget: HTMLElement }): void {
  if ((event.key !== 'ArrowDown' && event.key !== 'ArrowUp') || event.altKey) return;
  const places = [...event.currentTarget.querySelectorAll<HTMLElement>('#join-name, .channel-link')];
  const at = places.findIndex((place) => place === document.activeElement);
  const next = places[at + (event.key === 'ArrowDown' ? 1 : -1)];
  if (at === -1 || next === undefined) return;
  event.preventDefault();
  next.focus();
}
