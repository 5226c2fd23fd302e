/** What people do with a room's messages: send, try again, give up, and go back in the history. */
import type { ChatClient } from '../../../src/client/chat-client.ts';
import { ChatError } from '../../../src/client/chat-error.ts';
import type { Room } from './page-state.ts';
import { reasonOf } from './reason.ts';
import type { Quote } from './replies.ts';
import { roomLog, type RoomLog } from './room-log.ts';
import type { RoomState } from './room.ts';
import {
  atLatest,
  hasNewer,
  withAcknowledged,
  withFailed,
  withMarkShown,
  withMissing,
  withOlder,
  withOutgoing,
  withoutOutgoing,
  withoutShownMark,
  withRetried,
  type Timeline,
} from './timeline.ts';

/** What the actions need. */
export interface RoomMessagesOptions {
  /** Null while signed out. */
  readonly client: () => ChatClient | null;
  readonly room: (roomId: string) => Room | undefined;
  readonly update: (roomId: string, change: (room: RoomState) => Partial<RoomState>) => void;
  /** ms since the epoch. */
  readonly now: () => number;
  /** Makes a clientMessageId. */
  readonly newId: () => string;
  /** A message was given up. */
  readonly onRefused: (roomId: string, error: ChatError) => void;
}

/** See the head of the file. Nothing here rejects: what fails is shown where it belongs. */
export class RoomMessages {
  readonly #options: RoomMessagesOptions;

  constructor(options: RoomMessagesOptions) {
    this.#options = options;
  }

  /** Sends a message; it is shown at once, as not acknowledged. `quote`: what it answers. */
  async send(roomId: string, content: string, quote?: Quote): Promise<void> {
    const { newId, now } = this.#options;
    const id = newId();
    this.#timeline(roomId, (timeline) => withOutgoing(timeline, id, content, now(), quote));
    await this.#deliver(roomId, id, content);
  }

  /** Has the server do what `/name` says; resolves with why it didn't, in words, or null. */
  async command(roomId: string, content: string): Promise<string | null> {
    try {
      const sent = await this.#log(roomId)?.send(content, this.#options.newId());
      this.note(roomId, sent?.text ?? null);
      return null;
    } catch (error) {
      return reasonOf(error);
    }
  }

  /** Shows what a command has told, or takes that away (null). */
  note(roomId: string, note: string | null): void {
    this.#options.update(roomId, () => ({ note }));
  }

  /** Chooses what the next message answers, or nothing (null). */
  answer(roomId: string, quote: Quote | null): void {
    this.#options.update(roomId, () => ({ answering: quote, editing: null }));
  }

  /** Tries a message once more that was given up; it can't arrive twice. */
  async retry(roomId: string, clientMessageId: string, content: string): Promise<void> {
    this.#timeline(roomId, (timeline) => withRetried(timeline, clientMessageId));
    await this.#deliver(roomId, clientMessageId, content);
  }

  /** Takes a message away that was given up. */
  discard(roomId: string, clientMessageId: string): void {
    this.#timeline(roomId, (timeline) => withoutOutgoing(timeline, clientMessageId));
  }

  /** Fetches the page of history before the oldest message shown. */
  async loadOlder(roomId: string): Promise<void> {
    const { room, update } = this.#options;
    const log = this.#log(roomId);
    const before = room(roomId);
    if (log === null || before === undefined || !before.timeline.hasOlder || before.older === 'loading')
      return;
    const { oldestSeq } = before.timeline;
    update(roomId, () => ({ older: 'loading' }));
    try {
      const page = await log.before(oldestSeq);
      update(roomId, ({ timeline }) => ({
        older: 'idle',
        // A timeline that began anew, or was trimmed, meanwhile doesn't end where this page does.
        timeline:
          timeline.oldestSeq === oldestSeq
            ? withOlder(timeline, page.events, page.hasMore, page.seq)
            : timeline,
      }));
    } catch {
      update(roomId, () => ({ older: 'failed' }));
    }
  }

  /** Fetches the page of history behind the newest message shown, or the newest page, where a log has no such pages. */
  async loadNewer(roomId: string): Promise<void> {
    await this.#loadTowardsLatest(roomId, async (log, before) => {
      if (log.after === null) return loadedLatest(log, before);
      const { newestSeq } = before;
      const page = await log.after(newestSeq);
      return (timeline) =>
        timeline.newestSeq === newestSeq
          ? withMissing(timeline, page.events, page.hasMore, page.seq)
          : timeline;
    });
  }

  /**
   * Fetches the newest page in place of all that is shown, where the newest there is isn't among that. Resolves with
   * whether it is now.
   */
  async loadLatest(roomId: string): Promise<boolean> {
    await this.#loadTowardsLatest(roomId, loadedLatest);
    const timeline = this.#options.room(roomId)?.timeline;
    return timeline !== undefined && !hasNewer(timeline);
  }

  /** The reader sees the end of the room, and with it where they stopped reading. */
  markShown(roomId: string): void {
    this.#timeline(roomId, withMarkShown);
  }

  /** The reader goes away from the room. */
  leaveMark(roomId: string): void {
    this.#timeline(roomId, withoutShownMark);
  }

  async #loadTowardsLatest(
    roomId: string,
    load: (log: RoomLog, before: Timeline) => Promise<(timeline: Timeline) => Timeline>,
  ): Promise<void> {
    const log = this.#log(roomId);
    const before = this.#options.room(roomId)?.timeline;
    if (log === null || before === undefined || !hasNewer(before) || before.newer === 'loading') return;
    this.#timeline(roomId, (timeline) => ({ ...timeline, newer: 'loading' }));
    try {
      const change = await load(log, before);
      this.#timeline(roomId, (timeline) => ({ ...change(timeline), newer: 'idle' }));
    } catch {
      this.#timeline(roomId, (timeline) => ({ ...timeline, newer: 'failed' }));
    }
  }

  async #deliver(roomId: string, clientMessageId: string, content: string): Promise<void> {
    try {
      const replyTo = this.#options
        .room(roomId)
        ?.timeline.outgoing.find((message) => message.clientMessageId === clientMessageId)?.quote?.id;
      const sent = await this.#log(roomId)?.send(content, clientMessageId, replyTo);
      this.#timeline(roomId, (timeline) => withAcknowledged(timeline, clientMessageId, sent?.seq ?? null));
    } catch (error) {
      this.#timeline(roomId, (timeline) => withFailed(timeline, clientMessageId, reasonOf(error)));
      if (error instanceof ChatError) this.#options.onRefused(roomId, error);
    }
  }

  #log(roomId: string): RoomLog | null {
    const chat = this.#options.client();
    const room = this.#options.room(roomId);
    return chat === null || room === undefined ? null : roomLog(chat, room);
  }

  #timeline(roomId: string, change: (timeline: Timeline) => Timeline): void {
    this.#options.update(roomId, ({ timeline }) => ({ timeline: change(timeline) }));
  }
}

async function loadedLatest(log: RoomLog, { headSeq }: Timeline): Promise<(timeline: Timeline) => Timeline> {
  const page = await log.newest();
  return (timeline) =>
    hasNewer(timeline) ? atLatest(timeline, page.events, page.hasMore, headSeq, page.seq) : timeline;
}
