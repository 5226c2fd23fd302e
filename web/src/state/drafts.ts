/**
 * What was written and not sent, by room; kept over reloads and visits. Nothing on the page is drawn from it but
 * the input when it appears.
 */
import type { TextStorage } from './browser-storage.ts';
import { roomsOf, type PageState } from './page-state.ts';

/** See the head of the file. */
export class Drafts {
  readonly #storage: TextStorage;
  readonly #prefix: string;

  /** `place`: the path that the page is served under. A key for each room, so that tabs don't undo each other. */
  constructor(storage: TextStorage, place: string) {
    this.#storage = storage;
    this.#prefix = `hubbub:draft:${place}:`;
  }

  get(roomId: string): string {
    return this.#storage.getItem(this.#prefix + roomId) ?? '';
  }

  set(roomId: string, text: string): void {
    if (text === '') this.#storage.removeItem(this.#prefix + roomId);
    else this.#storage.setItem(this.#prefix + roomId, text);
  }

  /** Adds to what is there, on a line of its own. */
  append(roomId: string, text: string): void {
    this.set(roomId, [this.get(roomId), text].filter((part) => part !== '').join('\n'));
  }

  clear(): void {
    for (const key of this.#storage.keys()) {
      if (key.startsWith(this.#prefix)) this.#storage.removeItem(key);
    }
  }

  /** Makes drafts of the messages that were not acknowledged, before a state with them is given up. */
  keepUnsent(state: PageState): void {
    if (state.screen !== 'chat') return;
    for (const { id, timeline } of roomsOf(state)) {
      const unsent = timeline.outgoing.flatMap((message) =>
        message.delivery === 'acknowledged' ? [] : [message.content],
      );
      const texts = [...unsent, this.get(id)].filter((text) => text !== '');
      if (unsent.length > 0) this.set(id, texts.join('\n'));
    }
  }
}
