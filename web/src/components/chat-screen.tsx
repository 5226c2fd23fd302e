import { useLayoutEffect, useState } from 'preact/hooks';
import { usePageStore, useSelected } from '../state/store-context.ts';
import { ChannelHeader } from './channel-header.tsx';
import { ChannelSidebar } from './channel-sidebar.tsx';
import { Composer } from './composer.tsx';
import { MemberList } from './member-list.tsx';
import { MessageLog } from './message-log.tsx';
import { TypingLine } from './typing-line.tsx';

/** On a narrow page the channels and the members lie over the messages, one of them at a time. */
export type Drawer = 'none' | 'channels' | 'members';

/** Channels, messages, members. */
export function ChatScreen() {
  const store = usePageStore();
  const active = useSelected((state) => (state.screen === 'chat' ? state.active : null));
  const channel = useSelected((state) =>
    state.screen === 'chat' && state.active !== null ? state.channels[state.active] : undefined,
  );
  const problem = useSelected((state) => (state.screen === 'chat' ? state.problem : null));
  const [drawer, setDrawer] = useState<Drawer>('none');

  useLayoutEffect(() => setDrawer('none'), [active]);
  useLayoutEffect(() => {
    if (drawer === 'none') return;
    const opener = document.activeElement;
    document.getElementById(drawer)?.focus();
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') setDrawer('none');
    };
    addEventListener('keydown', onKey);
    return () => {
      removeEventListener('keydown', onKey);
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, [drawer]);

  return (
    <div class="chat" data-drawer={drawer}>
      <ChannelSidebar />
      <main class="conversation">
        <ChannelHeader channel={channel} drawer={drawer} onDrawer={setDrawer} />
        {problem !== null && (
          <div class="problem" role="alert" data-testid="problem">
            <span>{problem}</span>
            <button type="button" class="quiet" onClick={() => store.showProblem(null)}>
              Dismiss
            </button>
          </div>
        )}
        {channel === undefined ? (
          <p class="empty">You are in no channel. Choose one from the list, or join one by its name.</p>
        ) : (
          <>
            <MessageLog key={channel.id} channel={channel} />
            <TypingLine typing={channel.typing} />
            <Composer key={`composer ${channel.id}`} channelId={channel.id} />
          </>
        )}
      </main>
      {channel !== undefined && <MemberList channel={channel} />}
      {drawer !== 'none' && (
        <button type="button" class="backdrop" aria-label="Close" onClick={() => setDrawer('none')} />
      )}
    </div>
  );
}
