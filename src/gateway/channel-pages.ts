/** Lists of channels for those who come: newcomers who may see the same share one for a moment. */
import type { ChannelDirectory, DirectoryPage, DirectoryQuery } from '../protocol/channel-directory.ts';
import type { Principal } from '../protocol/entities.ts';
import { MAX_PAGE_LIMIT } from '../protocol/limits.ts';
import type { Result } from '../protocol/result.ts';
import type { DeadlineTimers } from '../threads/deadline-queue.ts';

/** A list of channels serves every newcomer for so long, ms. */
export const CHANNELS_FRESH_MS = 1_000;

/** A list that was asked for; `value` is there when it has arrived. */
export interface ChannelPage {
  /** Monotonic ms of the question. */
  readonly at: number;
  readonly arrived: Promise<void>;
  value: Result<DirectoryPage> | null;
  /** Its channels as JSON text, which every `welcome` shares. */
  json: string | null;
}

export class ChannelPages {
  readonly #directory: ChannelDirectory;
  readonly #timers: DeadlineTimers;
  #shared: ChannelPage | null = null;

  constructor(directory: ChannelDirectory, timers: DeadlineTimers) {
    this.#directory = directory;
    this.#timers = timers;
  }

  /** The first page of what the user may see. */
  of({ channels: within }: Principal): ChannelPage {
    if (within !== undefined) return this.#ask({ limit: MAX_PAGE_LIMIT, within });
    const known = this.#shared;
    const isFresh = known !== null && this.#timers.mono() - known.at <= CHANNELS_FRESH_MS;
    if (known !== null && (known.value === null || isFresh)) return known;
    this.#shared = this.#ask({ limit: MAX_PAGE_LIMIT });
    return this.#shared;
  }

  #ask(query: DirectoryQuery): ChannelPage {
    const page: ChannelPage = {
      at: this.#timers.mono(),
      value: null,
      json: null,
      arrived: this.#directory.list(query).then((value) => {
        page.value = value;
        if (value.ok) page.json = JSON.stringify(value.value.items);
      }),
    };
    return page;
  }
}
