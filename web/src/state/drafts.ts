/**
 * What was written and not sent, by channel; kept over reloads and visits. Nothing on the page is drawn from it but
 * the input when it appears.
 */
import type { TextStorage } from './browser-storage.ts';
import type { PageState } from './page-state.ts';

/** See the head of the file. */
export class Drafts {
  readonly #storage: TextStorage;
  readonly #prefix: string;

  /** `place`: the path that the page is served under. A key for each channel, so that tabs don't undo each other. */
  constructor(storage: TextStorage, place: string) {
    this.#storage = storage;
    this.#prefix = `hubbub:draft:${place}:`;
  }

  get(channelId: string): string {
    return this.#storage.getItem(this.#prefix + channelId) ?? '';
  }

  set(channelId: string, text: string): void {
    if (text === '') this.#storage.removeItem(this.#prefix + channelId);
    else this.#storage.setItem(this.#prefix + channelId, text);
  }

  /** Adds to what is there, on a line of its own. */
  append(channelId: string, text: string): void {
    this.set(channelId, [this.get(channelId), text].filter((part) => part !== '').join('\n'));
  }

  clear(): void {
    for (const key of this.#storage.keys()) {
      if (key.startsWith(this.#prefix)) this.#storage.removeItem(key);
    }
  }

  /** Makes drafts of the messages that were not acknowledged, before a state with them is given up. */
  keepUnsent(state: PageState): void {
    if (state.screen !== 'chat') return;
    for (const { id, timeline } of Object.values(state.channels)) {
      const unsent = timeline.outgoing.flatMap((message) =>
        message.delivery === 'acknowledged' ? [] : [message.content],
      );
      const texts = [...unsent, this.get(id)].filter((text) => text !== '');
      if (unsent.length > 0) this.set(id, texts.join('\n'));
    }
  }
}
