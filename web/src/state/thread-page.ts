/** What the server tells of a thread: the message that it is below, and its replies. */
import type { ChatClient } from '../../../src/client/chat-client.ts';
import { loggedMessage, type LoggedMessage, type RoomEvent } from './logged-message.ts';
import { reasonOf } from './reason.ts';
import { fieldsOf } from './server-requests.ts';

/** A page of a thread; replies oldest first. `root` null: the server has it no longer. */
export interface ThreadPage {
  readonly root: LoggedMessage | null;
  readonly replies: readonly LoggedMessage[];
  /** Whether there are replies before these. */
  readonly hasMore: boolean;
}

/** The newest replies below the message `id`, or those before `beforeSeq`; a string says in words why not. */
export async function loadThread(
  chat: ChatClient,
  channelId: string,
  id: string,
  limit: number,
  beforeSeq?: number,
): Promise<ThreadPage | string> {
  try {
    const data = { id, limit, ...(beforeSeq === undefined ? {} : { beforeSeq }) };
    return readThreadPage(await chat.request('thread:get', { channelId, data }));
  } catch (error) {
    return reasonOf(error);
  }
}

/** Reads the answer to `thread:get`. */
export function readThreadPage(answer: unknown): ThreadPage {
  const { root, events, hasMore } = fieldsOf(answer);
  const replies = Array.isArray(events) ? (events as readonly RoomEvent[]).flatMap(loggedMessage) : [];
  const first = root === undefined || root === null ? undefined : loggedMessage(root as RoomEvent)[0];
  return { root: first ?? null, replies, hasMore: hasMore === true };
}

/** The replies of a page with those that the log has shown since, in order, each once and as it is now. */
export function withShown(
  page: ThreadPage,
  rootId: string,
  shown: readonly LoggedMessage[],
): readonly LoggedMessage[] {
  const bySeq = new Map(page.replies.map((reply) => [reply.seq, reply]));
  const from = page.hasMore ? (page.replies[0]?.seq ?? 0) : 0;
  for (const message of shown) {
    if (message.root === rootId && message.seq >= from) bySeq.set(message.seq, message);
  }
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}
