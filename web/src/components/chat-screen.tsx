import { useLayoutEffect, useState } from 'preact/hooks';
import { channelName } from '../state/page-state.ts';
import { usePageStore, useSelected } from '../state/store-context.ts';
import { ChannelHeader } from './channel-header.tsx';
import { ChannelSidebar } from './channel-sidebar.tsx';
import { ChatDialogs, type DialogName } from './chat-dialogs.tsx';
import { Composer } from './composer.tsx';
import { ConnectionBanner } from './connection-status.tsx';
import { Icon } from './icon.tsx';
import { MemberList } from './member-list.tsx';
import { MessageLog } from './message-log.tsx';
import { TypingLine } from './typing-line.tsx';
import { useShortcuts } from './use-shortcuts.ts';

/** On a narrow page the channels and the members lie over the messages, one of them at a time. */
export type Drawer = 'none' | 'channels' | 'members';

/** Channels, messages, members. */
export function ChatScreen() {
  const store = usePageStore();
  const channel = useSelected((state) =>
    state.screen === 'chat' && state.active !== null ? state.channels[state.active] : undefined,
  );
  const name = useSelected((state) => (channel === undefined ? '' : channelName(state, channel.id)));
  const [dialog, setDialog] = useState<DialogName | null>(null);
  const [drawer, setDrawer] = useDrawer(channel?.id ?? null);
  const open = (channelId: string): void => {
    setDrawer('none');
    void store.channels.open(channelId);
  };
  useLayoutEffect(() => {
    // What had the focus may have gone with the channel.
    if (document.activeElement === document.body) document.getElementById('conversation')?.focus();
  }, [channel?.id]);
  useShortcuts({ dialog, drawer, onDialog: setDialog, onDrawer: setDrawer, onOpen: open });
  return (
    <div class="chat" data-drawer={drawer}>
      <SkipLink />
      <ChannelSidebar onOpen={open} onDialog={setDialog} />
      {/* What lies under a drawer can't be reached while it is there. */}
      <main class="conversation" id="conversation" tabIndex={-1} inert={drawer !== 'none'}>
        <ChannelHeader channel={channel} drawer={drawer} onDrawer={setDrawer} />
        <div class="over-log">
          <ConnectionBanner />
          <Problem />
        </div>
        {channel === undefined ? (
          <p class="empty">You are in no channel. Choose one from the list, or join one by its name.</p>
        ) : (
          <>
            <MessageLog key={channel.id} channel={channel} />
            <TypingLine typing={channel.typing} />
            <Composer key={`composer ${channel.id}`} channelId={channel.id} channelName={name} />
          </>
        )}
      </main>
      {channel !== undefined && <MemberList key={`members ${channel.id}`} channel={channel} />}
      {drawer !== 'none' && <div class="backdrop" onClick={() => setDrawer('none')} />}
      <ChatDialogs dialog={dialog} onDialog={setDialog} onOpen={open} />
    </div>
  );
}

/** The first stop of the keyboard, shown only then. */
function SkipLink() {
  return (
    <a
      class="skip-link"
      href="#composer"
      onClick={(event) => {
        // The address names the channel, and no place in the page.
        event.preventDefault();
        document.getElementById('composer')?.focus();
      }}
    >
      Skip to writing a message
    </a>
  );
}

/** Something that didn't work and isn't said elsewhere. */
function Problem() {
  const store = usePageStore();
  const problem = useSelected((state) => (state.screen === 'chat' ? state.problem : null));
  if (problem === null) return null;
  return (
    <div class="banner" role="alert" data-testid="problem">
      <span>{problem}</span>
      <button
        type="button"
        class="quiet icon-button"
        aria-label="Dismiss"
        onClick={() => store.showProblem(null)}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}

/** A drawer takes the focus when it opens, and gives it back when it closes; another channel closes it. */
function useDrawer(channelId: string | null) {
  const [drawer, setDrawer] = useState<Drawer>('none');
  useLayoutEffect(() => setDrawer('none'), [channelId]);
  useLayoutEffect(() => {
    if (drawer === 'none') return;
    const opener = document.querySelector<HTMLElement>(`[aria-controls=${drawer}]`);
    document.getElementById(drawer)?.focus();
    return () => opener?.focus();
  }, [drawer]);
  return [drawer, setDrawer] as const;
}
