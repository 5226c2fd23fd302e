/** How the page reads and writes a room's log on the server. */
import type { ChatClient } from '../../../src/client/chat-client.ts';
import type { Sent } from '../../../src/client/outbox.ts';
import type { UserRef } from '../../../src/protocol/entities.ts';
import { MAX_PAGE_LIMIT } from '../../../src/protocol/limits.ts';
import type { RoomEvent } from './logged-message.ts';
import type { Room } from './page-state.ts';

/** A page of a log, oldest first. `hasMore`: there is more in the direction of reading. */
export interface LogPage {
  readonly events: readonly RoomEvent[];
  readonly hasMore: boolean;
  /** Its messages are told as they are behind this place; absent where nothing of them is counted. */
  readonly seq?: number;
}

/** What came of a message. */
export interface SendOutcome {
  /** Its place in the log; null where it was a command and has none. */
  readonly seq: number | null;
  /** What a command has to tell. */
  readonly text: string | null;
}

/** A room's log. All promises reject with ChatError. */
export interface RoomLog {
  /** `replyTo`: id of the message that it answers. */
  send(content: string, clientMessageId: string, replyTo?: string): Promise<SendOutcome>;
  /** Gives a message another text. */
  update(id: string, content: string): Promise<unknown>;
  delete(id: string): Promise<unknown>;
  newest(): Promise<LogPage>;
  before(seq: number): Promise<LogPage>;
  /** Null for logs that are only read backwards. */
  readonly after: ((seq: number) => Promise<LogPage>) | null;
}

/** The log of a channel or a conversation. */
export function roomLog(chat: ChatClient, room: Room): RoomLog {
  return room.kind === 'channel' ? channelLog(chat, room.id) : conversationLog(chat, room.with);
}

const limit = MAX_PAGE_LIMIT;

function channelLog(chat: ChatClient, channelId: string): RoomLog {
  return {
    send: async (content, clientMessageId, replyTo) => {
      // A slash command is answered without a place: it is no message.
      const sent: Partial<Sent> & { readonly text?: unknown } = await chat.send(channelId, content, {
        clientMessageId,
        replyTo,
      });
      return { seq: sent.seq ?? null, text: typeof sent.text === 'string' ? sent.text : null };
    },
    update: (id, content) => chat.update(channelId, id, content),
    delete: (id) => chat.delete(channelId, id),
    newest: () => chat.history(channelId, { limit }),
    before: (beforeSeq) => chat.history(channelId, { beforeSeq, limit }),
    after: (afterSeq) => chat.history(channelId, { afterSeq, limit }),
  };
}

function conversationLog({ inbox }: ChatClient, { id, name }: UserRef): RoomLog {
  // With the name the client can tell the whisper without asking for it.
  const to = name === '' ? { id } : { id, name };
  return {
    send: async (content, clientMessageId) => {
      const { seq } = await inbox.send(to, content, { clientMessageId });
      return { seq, text: null };
    },
    update: (whisperId, content) => inbox.update(whisperId, content),
    delete: (whisperId) => inbox.delete(whisperId),
    newest: () => inbox.history({ with: { id }, limit }),
    before: (beforeSeq) => inbox.history({ with: { id }, beforeSeq, limit }),
    after: null,
  };
}
