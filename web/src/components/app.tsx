import { useEffect } from 'preact/hooks';
import { unreadTotal } from '../state/page-state.ts';
import { useSelected } from '../state/store-context.ts';
import { ChatScreen } from './chat-screen.tsx';
import { SignInCard } from './sign-in-card.tsx';

/** The page: signed out or in the chat. What waits to be read stands in the tab's title. */
export function App() {
  const screen = useSelected((state) => state.screen);
  const serverName = useSelected((state) => (state.screen === 'chat' ? state.serverName : 'Hubbub'));
  const unread = useSelected(unreadTotal);
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) ${serverName}` : serverName;
  }, [unread, serverName]);
  return screen === 'chat' ? <ChatScreen /> : <SignInCard />;
}
