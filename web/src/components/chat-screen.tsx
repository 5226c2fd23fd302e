import { useLayoutEffect, useState } from 'preact/hooks';
import { roomOf } from '../state/page-state.ts';
import { usePageStore, useSelected } from '../state/store-context.ts';
import { ChatDialogs, type DialogName } from './chat-dialogs.tsx';
import { ConnectionBanner } from './connection-status.tsx';
import { Icon } from './icon.tsx';
import { MemberList } from './member-list.tsx';
import { MessageLog } from './message-log.tsx';
import { OverlayContext, type Overlay } from './overlay.ts';
import { Overlays } from './overlays.tsx';
import { RoomComposer } from './room-composer.tsx';
import { RoomHeader } from './room-header.tsx';
import { Sidebar } from './sidebar.tsx';
import { TypingLine } from './typing-line.tsx';
import { useShortcuts } from './use-shortcuts.ts';

/** On a narrow page the channels and the members lie over the messages, one of them at a time. */
export type Drawer = 'none' | 'channels' | 'members';

/** Channels and conversations, messages, members. */
export function ChatScreen() {
  const store = usePageStore();
  const room = useSelected((state) =>
    state.screen === 'chat' && state.active !== null ? roomOf(state, state.active) : undefined,
  );
  const [dialog, setDialog] = useState<DialogName | null>(null);
  const [overlay, setOverlay] = useState<Overlay | null>(null);
  const [drawer, setDrawer] = useDrawer(room?.id ?? null);
  const open = (roomId: string): void => {
    setDrawer('none');
    void store.rooms.open(roomId);
  };
  useLayoutEffect(() => {
    // What had the focus may have gone with the room.
    if (document.activeElement === document.body) document.getElementById('conversation')?.focus();
  }, [room?.id]);
  useShortcuts({
    isCovered: dialog !== null || overlay !== null,
    dialog,
    drawer,
    onDialog: setDialog,
    onDrawer: setDrawer,
    onOpen: open,
  });
  return (
    <OverlayContext.Provider value={setOverlay}>
      <div class="chat" data-drawer={drawer}>
        <SkipLink />
        <Sidebar onOpen={open} onDialog={setDialog} />
        {/* What lies under a drawer can't be reached while it is there. */}
        <main class="conversation" id="conversation" tabIndex={-1} inert={drawer !== 'none'}>
          <RoomHeader room={room} drawer={drawer} onDrawer={setDrawer} />
          <div class="over-log">
            <ConnectionBanner />
            <Problem />
            <Told />
          </div>
          {room === undefined ? (
            <p class="empty">You are in no channel. Choose one from the list, or join one by its name.</p>
          ) : (
            <>
              <MessageLog key={room.id} room={room} />
              <TypingLine typing={room.kind === 'channel' ? room.typing : []} />
              <RoomComposer key={`composer ${room.id} ${room.editing}`} room={room} />
            </>
          )}
        </main>
        {room?.kind === 'channel' && <MemberList key={`members ${room.id}`} channel={room} />}
        {drawer !== 'none' && <div class="backdrop" onClick={() => setDrawer('none')} />}
        <ChatDialogs dialog={dialog} onDialog={setDialog} onOpen={open} />
        <Overlays overlay={overlay} onClose={() => setOverlay(null)} />
      </div>
    </OverlayContext.Provider>
  );
}

/** The first stop of the keyboard, shown only then. */
function SkipLink() {
  return (
    <a
      class="skip-link"
      href="#composer"
      onClick={(event) => {
        // The address names the room, and no place in the page.
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

/** Something that worked and isn't seen otherwise. */
function Told() {
  const store = usePageStore();
  const told = useSelected((state) => (state.screen === 'chat' ? state.told : null));
  const roomId = told?.roomId ?? null;
  return (
    <div role="status" data-testid="told">
      {told !== null && (
        <p class="banner">
          <bdi>{told.text}</bdi>
          {roomId !== null && (
            <button
              type="button"
              class="quiet"
              data-testid="go-to-told"
              onClick={() => void store.rooms.open(roomId)}
            >
              Go there
            </button>
          )}
          <button
            type="button"
            class="quiet icon-button"
            aria-label="Dismiss"
            onClick={() => store.tell(null)}
          >
            <Icon name="close" />
          </button>
        </p>
      )}
    </div>
  );
}

/** A drawer takes the focus when it opens, and gives it back when it closes; another room closes it. */
function useDrawer(roomId: string | null) {
  const [drawer, setDrawer] = useState<Drawer>('none');
  useLayoutEffect(() => setDrawer('none'), [roomId]);
  useLayoutEffect(() => {
    if (drawer === 'none') return;
    const opener = document.querySelector<HTMLElement>(`[aria-controls=${drawer}]`);
    document.getElementById(drawer)?.focus();
    return () => opener?.focus();
  }, [drawer]);
  return [drawer, setDrawer] as const;
}
