/** Turns what the chat client tells of the inbox into changes of the page's state. */
import type { ChatClient } from '../../../src/client/chat-client.ts';
import type { UserRef } from '../../../src/protocol/entities.ts';
import { correspondentOf, withEvent, withoutLogs, withReceipts, withUnread } from './conversation-changes.ts';
import { conversationKey } from './conversation.ts';
import { loggedMessage, type LoggedMessage } from './logged-message.ts';
import { isBlocked, type PageState } from './page-state.ts';

/** Whom the inbox's news concern. */
export interface InboxListenerOptions {
  readonly state: () => PageState;
  readonly update: (change: (state: PageState) => PageState) => void;
  /** Whether its reader looks at the newest whispers of this conversation. */
  readonly isEndInView: (key: string) => boolean;
  /** A conversation's timeline has become longer. */
  readonly onGrown: (key: string) => void;
  /** Counts may be others now, and the end of this conversation is in view. */
  readonly onCounted: (key: string) => void;
  /** A whisper of another person came. */
  readonly onWhisper: (key: string, message: LoggedMessage) => void;
  /** Somebody mentions the reader in a channel that the page isn't in. */
  readonly onMention: (channelId: string, author: UserRef) => void;
  /** Where the inbox stands is known, after each connection. */
  readonly onState: () => void;
  /** What is shown of conversations has to be loaded again. */
  readonly onGap: () => void;
}

/** Listens for as long as the client lives. */
export function listenToInbox(chat: ChatClient, options: InboxListenerOptions): void {
  const { inbox } = chat;
  const { state, update, isEndInView } = options;
  const counted = (): void => {
    const now = state();
    const shown = now.screen === 'chat' ? now.active : null;
    const inView = shown !== null && isEndInView(shown) ? shown : null;
    update((known) => withUnread(known, inbox.unread, inView));
    if (inView !== null) options.onCounted(inView);
  };
  inbox.on('event', (event) => {
    const ownId = chat.user?.id ?? '';
    if (event.type === 'mention:created') {
      const { channelId, author } = event.data;
      const now = state();
      if (now.screen === 'chat' && now.channels[channelId] === undefined && !isBlocked(now, author.id))
        options.onMention(channelId, author);
      return;
    }
    const person = correspondentOf(event, ownId);
    if (person === null) return;
    const key = conversationKey(person.id);
    const [message] = loggedMessage(event);
    const isOthers = message !== undefined && message.author.id !== ownId;
    update((known) => withEvent(known, event, ownId, isOthers && !isEndInView(key)));
    // Its count was told before it: its conversation may have come to be only now.
    if (isOthers) counted();
    options.onGrown(key);
    if (isOthers && message.deleted !== true) options.onWhisper(key, message);
  });
  inbox.on('unread', counted);
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
