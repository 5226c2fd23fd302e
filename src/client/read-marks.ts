/** Says up to where one has read channels: one mark of each channel at a time, and of those that wait the newest. */
import type { ChatError } from './chat-error.ts';

/** What it needs. */
export interface ReadMarksOptions {
  /** Has the mark stored; resolves when it is on disk, rejects with a {@link ChatError}. */
  readonly store: (channelId: string, seq: number) => Promise<void>;
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: ChatError) => void;
}

interface Channel {
  /** The newest that was wanted. */
  wanted: number;
  /** Those that wait for the next mark. */
  next: Waiter[];
}

/** See the head of the file. */
export class ReadMarks {
  readonly #options: ReadMarksOptions;
  /** Channels with a mark on its way. */
  readonly #channels = new Map<string, Channel>();

  constructor(options: ReadMarksOptions) {
    this.#options = options;
  }

  /** One has read the channel up to `seq`. Resolves when that, or a newer mark, is stored. */
  mark(channelId: string, seq: number): Promise<void> {
    const known = this.#channels.get(channelId);
    return new Promise((resolve, reject) => {
      const waiter = { resolve, reject };
      if (known !== undefined) {
        known.wanted = Math.max(known.wanted, seq);
        known.next.push(waiter);
        return;
      }
      const channel: Channel = { wanted: seq, next: [waiter] };
      this.#channels.set(channelId, channel);
      void this.#run(channelId, channel);
    });
  }

  async #run(channelId: string, channel: Channel): Promise<void> {
    while (channel.next.length > 0) {
      const waiters = channel.next;
      channel.next = [];
      await this.#options.store(channelId, channel.wanted).then(
        () => {
          for (const { resolve } of waiters) resolve();
        },
        (error: unknown) => {
          for (const { reject } of waiters) reject(error as ChatError);
        },
      );
    }
    this.#channels.delete(channelId);
  }
}
