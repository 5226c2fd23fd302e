/**
 * What one hasn't read in channels: the server's counts, and what came since.
 *
 * A count of the server is that of a place of the log, so what was shown behind it is added, and nothing else. Of channels
 * that one isn't in it tells by itself; those that it doesn't know of are none of one's own.
 */
import type { LogEvent } from '../protocol/events.ts';
import { MAX_COUNTED_MENTIONS, MAX_COUNTED_UNREAD } from '../protocol/limits.ts';
import type { ChannelUnread } from '../protocol/unread.ts';

/** Messages of others that are remembered of each channel: those that may lie behind a count that is on its way. */
const REMEMBERED = 200;

/** What isn't read of a channel. */
export interface UnreadMessages {
  /** Read up to here; 0: nothing. */
  readonly seq: number;
  /** Messages of others; 1,000 stands for so many or more. */
  readonly unread: number;
  /** Those of them that mention one; 100 stands for so many or more. */
  readonly mentions: number;
}

interface Shown {
  readonly seq: number;
  readonly mentions: boolean;
}

/** See the head of the file. */
export class ChannelUnreads {
  readonly #onChange: (counts: ReadonlyMap<string, UnreadMessages>) => void;
  readonly #base = new Map<string, ChannelUnread>();
  /** Messages of others that were shown, the newest ones of each channel. */
  readonly #shown = new Map<string, Shown[]>();
  #counts: ReadonlyMap<string, UnreadMessages> = new Map();

  constructor(onChange: (counts: ReadonlyMap<string, UnreadMessages>) => void) {
    this.#onChange = onChange;
  }

  /** By channel; an object that doesn't change any more. Channels in which one never read, and isn't mentioned, aren't here. */
  get counts(): ReadonlyMap<string, UnreadMessages> {
    return this.#counts;
  }

  /** The server has counted. What is older than what is known is passed over. */
  take(channels: readonly ChannelUnread[]): void {
    for (const channel of channels) {
      const known = this.#base.get(channel.id);
      const isOld = known !== undefined && (channel.seq < known.seq || channel.head < known.head);
      if (!isOld) this.#base.set(channel.id, channel);
    }
    this.#tell();
  }

  /** An event of a channel was shown to `me`, a user's id. */
  shown({ type, channelId, seq, ...event }: LogEvent, me: string | undefined): void {
    if (type !== 'message:created') return;
    const { data } = event as { readonly data: Extract<LogEvent, { type: 'message:created' }>['data'] };
    // What a shadow ban hides from others counts for nobody.
    if (data.author.id === me || data.shadow !== undefined || 'deleted' in data) return;
    const shown = this.#shown.get(channelId) ?? [];
    this.#shown.set(channelId, shown);
    const isNamed = data.mentions?.some(({ id }) => id === me) === true;
    shown.push({ seq, mentions: isNamed || data.here === true });
    if (shown.length > REMEMBERED) shown.shift();
    if (this.#base.has(channelId)) this.#tell();
  }

  /** Places of the channel's log mean something else from now on. */
  forget(channelId: string): void {
    this.#shown.delete(channelId);
    if (this.#base.delete(channelId)) this.#tell();
  }

  /** Somebody else's counts begin. */
  clear(): void {
    this.#shown.clear();
    this.#base.clear();
    this.#tell();
  }

  #tell(): void {
    const counts = new Map([...this.#base.values()].map((base) => [base.id, this.#countOf(base)]));
    const isSame = ([id, { seq, unread, mentions }]: [string, UnreadMessages]): boolean => {
      const before = this.#counts.get(id);
      return before?.seq === seq && before.unread === unread && before.mentions === mentions;
    };
    if (counts.size === this.#counts.size && [...counts].every(isSame)) return;
    this.#counts = counts;
    this.#onChange(counts);
  }

  #countOf({ id, seq, head, unread, mentions }: ChannelUnread): UnreadMessages {
    const since = (this.#shown.get(id) ?? []).filter((message) => message.seq > Math.max(head, seq));
    const mentioning = since.filter((message) => message.mentions).length;
    return {
      seq,
      unread: Math.min(unread + since.length, MAX_COUNTED_UNREAD),
      mentions: Math.min(mentions + mentioning, MAX_COUNTED_MENTIONS),
    };
  }
}
