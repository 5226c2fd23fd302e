/** Lists of channels for those who come: newcomers who may see the same share one for a moment. */
import {
  byPlace,
  type ChannelDirectory,
  type DirectoryPage,
  type DirectoryQuery,
} from '../protocol/channel-directory.ts';
import type { ChannelSummary, Principal } from '../protocol/entities.ts';
import { MAX_PAGE_LIMIT } from '../protocol/limits.ts';
import { ok, type Result } from '../protocol/result.ts';
import type { DeadlineTimers } from '../threads/deadline-queue.ts';
import { Gathering } from '../threads/gathering.ts';

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
  /** Users whose private channels are to be asked for. */
  #asked = new Map<string, PromiseWithResolvers<Result<readonly ChannelSummary[]>>>();
  #isAsking = false;
  readonly #gathering: Gathering;

  constructor(directory: ChannelDirectory, timers: DeadlineTimers) {
    this.#directory = directory;
    this.#timers = timers;
    this.#gathering = new Gathering(timers);
  }

  /** The first page of what the user may see. */
  of({ id, channels: within }: Principal): ChannelPage {
    if (within !== undefined) return this.#ask({ limit: MAX_PAGE_LIMIT, within });
    const known = this.#shared;
    const isFresh = known !== null && this.#timers.mono() - known.at <= CHANNELS_FRESH_MS;
    const isUsable = known !== null && (known.value === null || isFresh);
    const shared = isUsable ? known : this.#ask({ limit: MAX_PAGE_LIMIT });
    this.#shared = shared;
    return this.#withPrivate(shared, id);
  }

  /** What everybody sees, with the private channels of one user. */
  #withPrivate(shared: ChannelPage, userId: string): ChannelPage {
    const page: ChannelPage = {
      at: shared.at,
      value: null,
      json: null,
      arrived: Promise.all([this.#privateOf(userId), shared.arrived]).then(([own]) => {
        const all = shared.value;
        if (all?.ok !== true || (own.ok && own.value.length === 0)) {
          page.value = all;
          page.json = shared.json;
        } else if (own.ok) {
          const items = [...all.value.items, ...own.value].sort(byPlace);
          const hasMore = all.value.hasMore || items.length > MAX_PAGE_LIMIT;
          const first = items.slice(0, MAX_PAGE_LIMIT);
          page.value = ok({ items: first, hasMore });
          page.json = JSON.stringify(first);
        } else page.value = own;
      }),
    };
    return page;
  }

  /** Those who come soon after each other are asked about together. */
  async #privateOf(userId: string): Promise<Result<readonly ChannelSummary[]>> {
    const mine = this.#asked.get(userId);
    if (mine !== undefined) return mine.promise;
    const asked = Promise.withResolvers<Result<readonly ChannelSummary[]>>();
    this.#asked.set(userId, asked);
    if (!this.#isAsking) void this.#askPrivate();
    return asked.promise;
  }

  async #askPrivate(): Promise<void> {
    this.#isAsking = true;
    while (this.#asked.size > 0) {
      await this.#gathering.next();
      const batch = this.#asked;
      this.#asked = new Map();
      const found = await this.#directory.privateOf([...batch.keys()]);
      for (const [index, { resolve }] of [...batch.values()].entries()) {
        resolve(found.ok ? ok(found.value[index] ?? []) : found);
      }
    }
    this.#isAsking = false;
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
