import { usePageStore, useSelected } from '../state/store-context.ts';
import { ChannelList } from './channel-list.tsx';
import { JoinForm } from './join-form.tsx';

/** The server's name, its channels, and who one is here. */
export function ChannelSidebar() {
  const store = usePageStore();
  const serverName = useSelected((state) => (state.screen === 'chat' ? state.serverName : ''));
  const user = useSelected((state) => (state.screen === 'chat' ? state.user : null));
  return (
    <nav class="sidebar" id="channels" tabIndex={-1} aria-label="Channels">
      <p class="server-name">{serverName}</p>
      <ChannelList />
      <JoinForm />
      <div class="identity">
        <p>
          <bdi data-testid="own-name">{user?.name ?? '…'}</bdi>
          {user?.guest === true && <span class="tag">guest</span>}
        </p>
        <button type="button" class="quiet" data-testid="sign-out" onClick={() => void store.signOut()}>
          Sign out
        </button>
      </div>
    </nav>
  );
}
