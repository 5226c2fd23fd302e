/** Turns what the chat client tells of the inbox into changes of the page's state. */
import type { ChatClient } from '../../../src/client/chat-client.ts';
import { correspondentOf, withEvent, withoutLogs, withReceipts, withUnread } from './conversation-changes.ts';
import { conversationKey } from './conversation.ts';
import { loggedMessage, type LoggedMessage } from './logged-message.ts';
import type { PageState } from './page-state.ts';

/** Whom the inbox's news concern. */
export interface InboxListenerOptions {
  readonly state: () => PageState;
  readonly update: (change: (state: PageState) => PageState) => void;
  /** Whether its reader looks at the newest whispers of this conversation. */
  readonly isEndInView: (key: string) => boolean;
  /** A conversation's timeline has become longer. */
  readonly onGrown: (key: string) => void;
  /** Counts are others now: whose conversation is in view has perhaps read. */
  readonly onCounted: (key: string) => void;
  /** A whisper of another person came. */
  readonly onWhisper: (key: string, message: LoggedMessage) => void;
  /** Where the inbox stands is known, after each connection. */
  readonly onState: () => void;
  /** What is shown of conversations has to be loaded again. */
  readonly onGap: () => void;
}

/** Listens for as long as the client lives. */
export function listenToInbox(chat: ChatClient, options: InboxListenerOptions): void {
  const { inbox } = chat;
  const { state, update, isEndInView } = options;
  const active = (): string | null => {
    const now = state();
    return now.screen === 'chat' ? now.active : null;
  };
  inbox.on('event', (event) => {
    const ownId = chat.user?.id ?? '';
    const person = correspondentOf(event, ownId);
    if (person === null) return;
    const key = conversationKey(person.id);
    const [message] = loggedMessage(event);
    const isOthers = message !== undefined && message.author.id !== ownId;
    update((known) => withEvent(known, event, ownId, isOthers && !isEndInView(key)));
    options.onGrown(key);
    if (isOthers && message.deleted !== true) options.onWhisper(key, message);
  });
  inbox.on('unread', (unread) => {
    const shown = active();
    update((known) => withUnread(known, unread, shown !== null && isEndInView(shown) ? shown : null));
    if (shown !== null) options.onCounted(shown);
  });
  inbox.on('receipts', ({ with: userId, ...receipts }) => {
    update((known) => withReceipts(known, userId, receipts));
  });
  inbox.on('state', ({ conversations }) => {
    for (const { with: userId } of conversations) {
      update((known) => withReceipts(known, userId, inbox.receipts(userId)));
    }
    options.onState();
  });
  inbox.on('blocked', (blocked) => {
    update((known) => (known.screen === 'chat' ? { ...known, blocked } : known));
  });
  inbox.on('gap', ({ reason }) => {
    // Places that the server has no events for leave nothing to show.
    if (reason === 'missing') return;
    update(withoutLogs);
    options.onGap();
  });
}
