/** What people do with messages that the log has: give them another text, and delete them. */
import type { ChatClient } from '../../../src/client/chat-client.ts';
import type { User } from '../../../src/protocol/entities.ts';
import { roomOf, withRoom, type PageState, type Room } from './page-state.ts';
import { problemOf } from './reason.ts';
import { roomLog, type RoomLog } from './room-log.ts';
import { lastOf } from './timeline-chunks.ts';

/** What the changes need. */
export interface MessageChangesOptions {
  /** Null while signed out. */
  readonly client: () => ChatClient | null;
  readonly state: () => PageState;
  readonly update: (change: (state: PageState) => PageState) => void;
}

/** What a reader may do with a message. */
export type Changeable = 'edit and delete' | 'delete' | 'nothing';

/** What `user` may do with the messages of `authorId` in a room; `moderates`: they look after what others write there. */
export function changeable(
  room: Pick<Room, 'kind'>,
  user: User | null,
  authorId: string,
  moderates: boolean,
): Changeable {
  if (user === null) return 'nothing';
  if (user.id === authorId) return 'edit and delete';
  return room.kind === 'channel' && moderates ? 'delete' : 'nothing';
}

/** See the head of the file. Nothing here rejects; what can fail resolves with why, in words, or null. */
export class MessageChanges {
  readonly #options: MessageChangesOptions;

  constructor(options: MessageChangesOptions) {
    this.#options = options;
  }

  /** Begins to edit the newest of one's own messages that is loaded. */
  editLast(roomId: string): void {
    const state = this.#options.state();
    const ownId = state.screen === 'chat' ? state.user?.id : undefined;
    const messages = roomOf(state, roomId)?.timeline.messages;
    const last = messages && lastOf(messages, (one) => one.author.id === ownId && one.deleted !== true);
    if (last !== undefined) this.setEditing(roomId, last.id);
  }

  /** Begins to edit an own message, or ends that (null). */
  setEditing(roomId: string, id: string | null): void {
    this.#options.update((state) => withRoom(state, roomId, () => ({ editing: id, answering: null })));
  }

  /** Puts another text in place of an own message's. */
  async edit(roomId: string, id: string, content: string): Promise<string | null> {
    return this.#attempt(roomId, (log) => log.update(id, content));
  }

  /** Deletes a message. */
  async remove(roomId: string, id: string): Promise<string | null> {
    return this.#attempt(roomId, (log) => log.delete(id));
  }

  async #attempt(roomId: string, act: (log: RoomLog) => Promise<unknown>): Promise<string | null> {
    const chat = this.#options.client();
    const room = roomOf(this.#options.state(), roomId);
    return chat === null || room === undefined ? null : problemOf(() => act(roomLog(chat, room)));
  }
}
