/** The channels that the server has: listing them page by page, finding them by their beginnings, making new ones. */
import type { ChatClient } from '../../../src/client/chat-client.ts';
import { isChannelId } from '../../../src/protocol/limits.ts';
import type { ChannelApi, NewChannel } from './channel-api.ts';
import type { PageState, SignedIn } from './page-state.ts';
import { reasonOf } from './reason.ts';
import type { Answer } from './server-requests.ts';

/** What the directory needs. */
export interface ChannelDirectoryOptions {
  /** Null while signed out. */
  readonly client: () => ChatClient | null;
  readonly api: ChannelApi;
  /** A token for requests over HTTP; guests have one too. Rejects when none can be had now. */
  readonly token: () => Promise<string>;
  readonly state: () => PageState;
  readonly update: (change: (state: SignedIn) => SignedIn) => void;
}

/** The largest page that the server gives. */
const PAGE = 200;
const FOUND_PAGE = 50;

/** See the head of the file. Nothing here rejects. */
export class ChannelDirectory {
  readonly #options: ChannelDirectoryOptions;
  #newestSearch = 0;

  constructor(options: ChannelDirectoryOptions) {
    this.#options = options;
  }

  /** Asks for the list again, from its beginning. */
  async refresh(): Promise<void> {
    const { client, update } = this.#options;
    try {
      const page = await client()?.channels({ limit: PAGE });
      if (page !== undefined) {
        update((state) => ({ ...state, listed: page.items, listedHasMore: page.hasMore }));
      }
    } catch {
      // The list that is shown stays; the next welcome brings another chance.
    }
  }

  /** Adds the next page to the list. */
  async more(): Promise<void> {
    const { client, state, update } = this.#options;
    const before = state();
    const last = before.screen === 'chat' ? before.listed.at(-1) : undefined;
    if (last === undefined) return;
    try {
      const page = await client()?.channels({ limit: PAGE, after: last.id });
      if (page === undefined) return;
      update((known) =>
        // A list that began anew meanwhile doesn't end where this page begins.
        known.listed.at(-1)?.id === last.id
          ? { ...known, listed: [...known.listed, ...page.items], listedHasMore: page.hasMore }
          : known,
      );
    } catch {
      // The button is still there.
    }
  }

  /** Asks for channels whose ids begin with `text`: there may be more than the list shows, and newer ones. */
  async search(text: string): Promise<void> {
    const { client, update } = this.#options;
    this.#newestSearch += 1;
    const search = this.#newestSearch;
    if (!isChannelId(text)) {
      update((known) => (known.found === null ? known : { ...known, found: null }));
      return;
    }
    try {
      const page = await client()?.channels({ prefix: text, limit: FOUND_PAGE });
      if (page === undefined || search !== this.#newestSearch) return;
      update((known) => ({ ...known, found: { prefix: text, items: page.items } }));
    } catch {
      // What is known is shown all the same.
    }
  }

  /** Makes a channel; resolves with its id. */
  async create(channel: NewChannel): Promise<Answer<string>> {
    const { api, token } = this.#options;
    try {
      const made = await api.create(await token(), channel);
      if (made.ok) await this.refresh();
      return made;
    } catch (error) {
      return { ok: false, problem: reasonOf(error), final: false, status: 0 };
    }
  }
}
