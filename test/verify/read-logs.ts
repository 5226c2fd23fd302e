/** Reads channels and inboxes back, each log to its end, into the history. */
import { setTimeout as pause } from 'node:timers/promises';
import type { ChatClient } from '../../src/client/chat-client.ts';
import { ChatError, isRetryable } from '../../src/client/chat-error.ts';
import { MAX_PAGE_LIMIT } from '../../src/protocol/limits.ts';
import type { LoggedMessage } from './history-record.ts';
import type { HistoryRecorder } from './history-recorder.ts';
import { loggedMessage, loggedWhisper } from './logged-message.ts';

const DEFAULT_RETRY_AFTER_MS = 1_000;

/** Gives the head of each log by channel id. `reader` is connected; rejects with its {@link ChatError}. */
export async function readLogs(
  reader: ChatClient,
  channels: readonly string[],
  recorder: HistoryRecorder,
): Promise<ReadonlyMap<string, number>> {
  const heads = new Map<string, number>();
  for (const channelId of channels) {
    await reader.join(channelId, { limit: 1 });
    heads.set(channelId, await readLog(reader, channelId, recorder));
  }
  return heads;
}

async function readLog(reader: ChatClient, channelId: string, recorder: HistoryRecorder): Promise<number> {
  for (let head = 0; ;) {
    const { events, hasMore, floor } = await answered(() =>
      reader.history(channelId, { afterSeq: head, limit: MAX_PAGE_LIMIT }),
    );
    const begins = floor === undefined ? {} : { floor };
    recorder.add({ type: 'page', channelId, events: events.map(loggedMessage), ...begins });
    const last = events.at(-1)?.seq ?? head;
    // A page that leads nowhere would be asked for again and again.
    if (!hasMore || last <= head) return Math.max(head, last);
    head = last;
  }
}

/** Gives the head of the inbox of `reader`'s user, which the history knows as `key`; rejects as {@link readLogs} does. */
export async function readInbox(reader: ChatClient, key: string, recorder: HistoryRecorder): Promise<number> {
  // Its pages go backwards.
  const pages: LoggedMessage[][] = [];
  for (let beforeSeq: number | undefined; ;) {
    const { events, hasMore } = await answered(() =>
      reader.inbox.history({ beforeSeq, limit: MAX_PAGE_LIMIT }),
    );
    pages.unshift(events.map(loggedWhisper));
    const first = events[0]?.seq;
    if (!hasMore || first === undefined || (beforeSeq !== undefined && first >= beforeSeq)) break;
    beforeSeq = first;
  }
  for (const events of pages) recorder.add({ type: 'page', channelId: key, events });
  return pages.at(-1)?.at(-1)?.seq ?? 0;
}

/** Asks again as long as the answer is to try later. */
async function answered<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ChatError) || !isRetryable(error)) throw error;
      await pause(error.retryAfterMs ?? DEFAULT_RETRY_AFTER_MS);
    }
  }
}
