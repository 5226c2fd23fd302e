/** Going to a certain message of a channel: loading what is around it, where it isn't loaded, and showing it. */
import type { ChatClient } from '../../../src/client/chat-client.ts';
import { roomOf, withRoom, type PageState } from './page-state.ts';
import { reasonOf } from './reason.ts';
import { loadThread } from './thread-page.ts';
import { lastOf } from './timeline-chunks.ts';
import { atPlace } from './timeline.ts';

/** What places need. */
export interface PlacesOptions {
  /** Null while signed out. */
  readonly client: () => ChatClient | null;
  readonly state: () => PageState;
  readonly update: (change: (state: PageState) => PageState) => void;
  /** Shows a channel; joins it first where need be. */
  readonly open: (channelId: string) => Promise<void>;
  readonly onProblem: (problem: string) => void;
}

/** So many places of the log are loaded before and behind one that is gone to. */
const AROUND = 60;
/** So many replies at a time are looked through for one that isn't loaded, and so many times. */
const THREAD_PAGE = 200;
const MOST_THREAD_PAGES = 25;

/** See the head of the file. Nothing here rejects. */
export class Places {
  readonly #options: PlacesOptions;

  constructor(options: PlacesOptions) {
    this.#options = options;
  }

  /** Shows the message at place `seq`. */
  async show(channelId: string, seq: number): Promise<void> {
    const { client, state, update, open, onProblem } = this.#options;
    const now = state();
    if (now.screen === 'chat' && now.active !== channelId) await open(channelId);
    const timeline = roomOf(state(), channelId)?.timeline;
    if (timeline === undefined) return;
    if (lastOf(timeline.messages, (message) => message.seq === seq) === undefined) {
      try {
        const afterSeq = Math.max(0, seq - AROUND);
        const page = await client()?.history(channelId, { afterSeq, limit: 2 * AROUND });
        if (page === undefined) return;
        update((known) =>
          withRoom(known, channelId, (room) => ({
            timeline: atPlace(room.timeline, page.events, page.hasMore, page.seq),
          })),
        );
      } catch (error) {
        onProblem(`The message could not be loaded: ${reasonOf(error)}`);
        return;
      }
    }
    update((known) => withRoom(known, channelId, () => ({ goal: seq })));
  }

  /** Shows the message of that id, which may be one that isn't loaded. */
  async showMessage(channelId: string, id: string): Promise<void> {
    const { client, state, onProblem } = this.#options;
    const messages = roomOf(state(), channelId)?.timeline.messages;
    const seq = messages && lastOf(messages, (message) => message.id === id)?.seq;
    if (seq !== undefined) return this.show(channelId, seq);
    const chat = client();
    if (chat === null) return;
    const found = await placeOf(chat, channelId, id);
    if (typeof found === 'string') onProblem(`The message could not be loaded: ${found}`);
    else await this.show(channelId, found);
  }

  /** The log stands where it was to go. */
  reached(roomId: string): void {
    this.#options.update((known) => withRoom(known, roomId, () => ({ goal: null })));
  }
}

/** The place of a message, which the thread tells that it is in; a string says in words why not. */
async function placeOf(chat: ChatClient, channelId: string, id: string): Promise<number | string> {
  let before: number | undefined;
  for (let asked = 0; asked < MOST_THREAD_PAGES; asked += 1) {
    const thread = await loadThread(chat, channelId, id, THREAD_PAGE, before);
    if (typeof thread === 'string') return thread;
    const { root, replies, hasMore } = thread;
    const found = root?.id === id ? root : replies.find((reply) => reply.id === id);
    if (found !== undefined) return found.seq;
    before = replies[0]?.seq;
    if (!hasMore || before === undefined) break;
  }
  return 'it can’t be found.';
}
