/** The page's address: which channel it names. A channel can be linked to, and back and forward lead through them. */
import { isChannelId } from '../../../src/protocol/limits.ts';

/** What the address needs of the browser. */
export interface PageAddressOptions {
  readonly location: Location;
  readonly history: History;
}

const PARAMETER = 'channel';

/** `?channel=general`; `#general` is understood as well. */
export class PageAddress {
  readonly #options: PageAddressOptions;

  constructor(options: PageAddressOptions) {
    this.#options = options;
  }

  /** The channel that the address names, or null. */
  channel(): string | null {
    const { searchParams, hash } = this.#url();
    const named = searchParams.get(PARAMETER) ?? hash.slice(1);
    return isChannelId(named) ? named : null;
  }

  /** Names `channelId`, null for none. `step`: as a step that one can go back from. */
  show(channelId: string | null, step: boolean): void {
    const url = this.#url();
    if (this.channel() === channelId && url.hash === '') return;
    url.hash = '';
    if (channelId === null) url.searchParams.delete(PARAMETER);
    else url.searchParams.set(PARAMETER, channelId);
    const { history } = this.#options;
    if (step) history.pushState(null, '', url);
    else history.replaceState(null, '', url);
  }

  #url(): URL {
    return new URL(this.#options.location.href);
  }
}
