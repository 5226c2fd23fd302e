/** The page's address: which room it names. A room can be linked to, and back and forward lead through them. */
import { isChannelId } from '../../../src/protocol/limits.ts';
import { conversationKey, correspondentId } from './conversation.ts';

/** What the address needs of the browser. */
export interface PageAddressOptions {
  readonly location: Location;
  readonly history: History;
}

const CHANNEL = 'channel';
const CONVERSATION = 'whisper';

/** `?channel=general`, `?whisper=` with a user's id; `#general` is understood as well. */
export class PageAddress {
  readonly #options: PageAddressOptions;

  constructor(options: PageAddressOptions) {
    this.#options = options;
  }

  /** The room that the address names, or null. */
  room(): string | null {
    const { searchParams, hash } = this.#url();
    const named = searchParams.get(CHANNEL) ?? hash.slice(1);
    if (isChannelId(named)) return named;
    const userId = searchParams.get(CONVERSATION);
    return userId === null || userId === '' ? null : conversationKey(userId);
  }

  /** Names `roomId`, null for none. `step`: as a step that one can go back from. */
  show(roomId: string | null, step: boolean): void {
    const url = this.#url();
    if (this.room() === roomId && url.hash === '') return;
    url.hash = '';
    url.searchParams.delete(CHANNEL);
    url.searchParams.delete(CONVERSATION);
    if (roomId !== null) url.searchParams.set(...parameterOf(roomId));
    const { history } = this.#options;
    if (step) history.pushState(null, '', url);
    else history.replaceState(null, '', url);
  }

  #url(): URL {
    return new URL(this.#options.location.href);
  }
}

/** How addresses name a room. */
export function parameterOf(roomId: string): [name: string, value: string] {
  const userId = correspondentId(roomId);
  return userId === null ? [CHANNEL, roomId] : [CONVERSATION, userId];
}
