/**
 * How many whispers one hasn't read, by correspondent and in all.
 *
 * Frames of an inbox come in its order, so counting them as they come, before they are told, is exact: each count that the
 * server tells holds what came before it, and nothing that comes behind it.
 */
import type { InboxSummary, OwnWhisperRead } from '../protocol/inbox-events.ts';
import { MAX_LISTED_CONVERSATIONS } from '../protocol/limits.ts';
import type { Unread } from './inbox-news.ts';

/** See the head of the file. */
export class UnreadCounts {
  readonly #onChange: (unread: Unread) => void;
  readonly #of = new Map<string, number>();
  #total = 0;
  /** Events up to here are in the counts. */
  #countedTo = 0;
  /** Whether correspondents that aren't known have none: the server lists only so many. */
  #isComplete = true;
  #counts: Unread = { total: 0, of: new Map() };

  constructor(onChange: (unread: Unread) => void) {
    this.#onChange = onChange;
  }

  /** The counts of now; an object that doesn't change any more. */
  get counts(): Unread {
    return this.#counts;
  }

  /** The server tells where the inbox stands. */
  set({ seq, unread, conversations }: InboxSummary): void {
    this.#of.clear();
    for (const conversation of conversations) this.#of.set(conversation.with, conversation.unread);
    this.#total = unread;
    this.#countedTo = seq;
    this.#isComplete = conversations.length < MAX_LISTED_CONVERSATIONS;
    this.#tell();
  }

  /** A whisper of `userId` came. False: how many of theirs were there before isn't known. */
  came(seq: number, userId: string): boolean {
    if (seq <= this.#countedTo) return true;
    this.#countedTo = seq;
    const before = this.#of.get(userId);
    this.#of.set(userId, (before ?? 0) + 1);
    this.#total += 1;
    this.#tell();
    return before !== undefined || this.#isComplete;
  }

  /** What the server answered to a mark, or told of one by another connection. */
  read({ with: userId, unread, total }: Pick<OwnWhisperRead, 'with' | 'unread' | 'total'>): void {
    this.#of.set(userId, unread);
    this.#total = total;
    this.#tell();
  }

  /** Somebody else's inbox begins. */
  clear(): void {
    this.#of.clear();
    this.#total = 0;
    this.#countedTo = 0;
    this.#isComplete = true;
    this.#tell();
  }

  #tell(): void {
    const of = new Map([...this.#of].filter(([, count]) => count > 0));
    const { total, of: before } = this.#counts;
    if (
      total === this.#total &&
      of.size === before.size &&
      [...of].every(([id, n]) => before.get(id) === n)
    ) {
      return;
    }
    this.#counts = { total: this.#total, of };
    this.#onChange(this.#counts);
  }
}
