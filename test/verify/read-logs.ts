/** Reads channels back, to the end of each log, into the history. */
import { setTimeout as pause } from 'node:timers/promises';
import type { ChatClient } from '../../src/client/chat-client.ts';
import { ChatError, isRetryable } from '../../src/client/chat-error.ts';
import { MAX_PAGE_LIMIT } from '../../src/protocol/limits.ts';
import type { HistoryRecorder } from './history-recorder.ts';
import { loggedMessage } from './logged-message.ts';

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
    const { events, hasMore } = await page(reader, channelId, head);
    recorder.add({ type: 'page', channelId, events: events.map(loggedMessage) });
    const last = events.at(-1)?.seq ?? head;
    // A page that leads nowhere would be asked for again and again.
    if (!hasMore || last <= head) return Math.max(head, last);
    head = last;
  }
}

/** Asks again as long as the answer is to try later. */
async function page(reader: ChatClient, channelId: string, afterSeq: number) {
  for (;;) {
    try {
      return await reader.history(channelId, { afterSeq, limit: MAX_PAGE_LIMIT });
    } catch (error) {
      if (!(error instanceof ChatError) || !isRetryable(error)) throw error;
      await pause(error.retryAfterMs ?? DEFAULT_RETRY_AFTER_MS);
    }
  }
}
