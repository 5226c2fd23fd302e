/** What one does with conversations: opening them, writing to people by name, and reading. */
import type { ChatClient } from '../../../src/client/chat-client.ts';
import type { UserRef } from '../../../src/protocol/entities.ts';
import { MAX_LISTED_CONVERSATIONS } from '../../../src/protocol/limits.ts';
import { conversationKey, correspondentId, newConversation, type ConversationState } from './conversation.ts';
import { CONNECTING, withConversation, withRoom, type PageState, type SignedIn } from './page-state.ts';
import { knownPeople, personNamed } from './known-people.ts';
import { newestOfOthers, withList, withLoaded, withReceipts } from './conversation-changes.ts';
import { reasonOf } from './reason.ts';
import { roomLog } from './room-log.ts';
import type { RoomMessages } from './room-messages.ts';
import type { RoomView, Step } from './room-view.ts';
import type { WhisperCommand } from './whisper-command.ts';

/** What conversations need. */
export interface ConversationsOptions {
  /** Null while signed out. */
  readonly client: () => ChatClient | null;
  readonly state: () => PageState;
  readonly update: (change: (state: PageState) => PageState) => void;
  readonly view: RoomView;
  readonly messages: RoomMessages;
  /** Makes a clientMessageId. */
  readonly newId: () => string;
  /** Another room is shown. */
  readonly onShown: () => void;
}

/** Of so many the server tells by itself what isn't read. */
const LISTED = MAX_LISTED_CONVERSATIONS;

const USAGE = 'Write /w, a name and your words; put a name of several words in quotes.';

/** See the head of the file. Nothing here rejects; what can fail resolves with why, in words, or null. */
export class Conversations {
  readonly #options: ConversationsOptions;
  /** Newest whisper of the other one that was said to be read, by conversation. */
  readonly #told = new Map<string, string>();
  /** Id of a whisper to somebody of whom only the name is known: its conversation is shown when its event comes. */
  #awaited: string | null = null;

  constructor(options: ConversationsOptions) {
    this.#options = options;
  }

  /** A conversation that the page holds. */
  get(key: string): ConversationState | undefined {
    return this.#conversations()[key];
  }

  /** Makes the conversation with somebody one of the page's rooms. */
  ensure(person: UserRef): void {
    this.#options.update((state) => {
      const key = conversationKey(person.id);
      if (state.screen !== 'chat' || state.conversations[key] !== undefined) return state;
      return {
        ...state,
        conversations: { ...state.conversations, [key]: newConversation(person, state.user?.id ?? '') },
      };
    });
  }

  /** Shows the conversation with somebody. */
  open(person: UserRef, step: Step = 'step'): void {
    const { view, onShown } = this.#options;
    this.ensure(person);
    const key = conversationKey(person.id);
    view.show(key, step);
    onShown();
    void this.load(key);
    this.seen(key);
  }

  /** Fetches the newest page of a conversation that has none yet. */
  async load(key: string): Promise<void> {
    const { client, update } = this.#options;
    const chat = client();
    const before = this.get(key);
    if (chat === null || before === undefined || before.joined || before.older === 'loading') return;
    update((state) => withRoom(state, key, () => ({ older: 'loading' })));
    try {
      const page = await roomLog(chat, before).newest();
      const unread = chat.inbox.unread.of.get(before.with.id) ?? 0;
      update((state) =>
        withConversation(state, key, (known) => withLoaded(known, page.events, page.hasMore, unread)),
      );
      update((state) => withReceipts(state, before.with.id, chat.inbox.receipts(before.with.id)));
      this.seen(key);
    } catch {
      update((state) => withRoom(state, key, () => ({ older: 'failed' })));
    }
  }

  /** Asks with whom one has whispered. */
  async refresh(): Promise<void> {
    const { client, update } = this.#options;
    const chat = client();
    if (chat === null) return;
    try {
      const { items } = await chat.inbox.conversations({ limit: LISTED });
      update((state) => withList(state, items, chat.inbox.unread));
    } catch {
      // What is shown stays; the next connection brings another chance.
    }
    const state = this.#options.state();
    if (state.screen === 'chat' && state.active !== null) await this.load(state.active);
  }

  /** Somebody may see the end of this conversation now: what the other one wrote is read then. */
  seen(key: string): void {
    const { client, view } = this.#options;
    const chat = client();
    const userId = correspondentId(key);
    const conversation = this.get(key);
    if (chat === null || userId === null || conversation === undefined || !view.isEndInView(key)) return;
    const newest = newestOfOthers(conversation);
    if (newest === null || this.#told.get(key) === newest.data.id || !chat.inbox.unread.of.has(userId))
      return;
    this.#told.set(key, newest.data.id);
    chat.inbox.read(newest);
  }

  /** Writes to somebody by name. Whom the page knows, it knows by id; else the server looks for the name. */
  async whisper({ name, content }: WhisperCommand): Promise<string | null> {
    const { client, state, messages, newId } = this.#options;
    if (name === '') return USAGE;
    const now = state();
    const chat = client();
    if (now.screen !== 'chat' || chat === null) return null;
    const person = personNamed([...knownPeople(now), ...(now.user === null ? [] : [now.user])], name);
    if (person !== null) {
      this.open(person);
      if (content !== '') void messages.send(conversationKey(person.id), content);
      return null;
    }
    if (content === '') {
      return `Nobody whom you see here is called “${name}”. Put your words behind the name: /w ${name} hello`;
    }
    if (now.link.kind !== 'online') return `“${name}” is looked for when you are online again.`;
    try {
      this.#awaited = (await chat.inbox.send({ name }, content, { clientMessageId: newId() })).id;
      this.cameIn();
      return null;
    } catch (error) {
      return `“${name}”: ${reasonOf(error)}`;
    }
  }

  /** Something came into the inbox: perhaps what one wrote to a name, and with it who that is. */
  cameIn(): void {
    const found =
      this.#awaited === null
        ? undefined
        : Object.values(this.#conversations()).find(({ last }) => last?.id === this.#awaited);
    if (found === undefined) return;
    this.#awaited = null;
    this.open(found.with);
  }

  /** The inbox began anew: what is shown of it is loaded again. */
  restarted(): void {
    this.#told.clear();
    void this.refresh();
  }

  /** Signed out. */
  clear(): void {
    this.#told.clear();
    this.#awaited = null;
  }

  #conversations(): SignedIn['conversations'] {
    const state = this.#options.state();
    return state.screen === 'chat' ? state.conversations : CONNECTING.conversations;
  }
}
