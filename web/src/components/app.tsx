import { useEffect } from 'preact/hooks';
import { isMentioned, roomOf, roomTitle, unreadTotal, type PageState } from '../state/page-state.ts';
import { usePreferences, useSelected } from '../state/store-context.ts';
import { ChatScreen } from './chat-screen.tsx';
import { SignInCard } from './sign-in-card.tsx';

/** The page: signed out or in the chat. What waits to be read stands in the tab's title, and its icon has a dot. */
export function App() {
  const screen = useSelected((state) => state.screen);
  const title = useSelected(titleOf);
  const waiting = useSelected((state) =>
    isMentioned(state) ? 'mention' : unreadTotal(state) > 0 ? 'unread' : 'none',
  );
  const { theme } = usePreferences();
  useEffect(() => {
    document.title = title;
  }, [title]);
  useEffect(() => {
    const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]');
    if (icon !== null) icon.href = waiting === 'none' ? './favicon.svg' : `./favicon-${waiting}.svg`;
  }, [waiting]);
  useEffect(() => {
    if (theme === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
  }, [theme]);
  return screen === 'chat' ? <ChatScreen /> : <SignInCard />;
}

function titleOf(state: PageState): string {
  if (state.screen !== 'chat') return state.offers.serverName ?? 'Hubbub';
  const room = state.active === null ? undefined : roomOf(state, state.active);
  const place = room === undefined ? state.serverName : `${roomTitle(state, room)} · ${state.serverName}`;
  const unread = unreadTotal(state);
  return unread > 0 ? `(${unread}) ${place}` : place;
}
