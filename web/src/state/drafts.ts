/** What was written and not sent, by channel. Nothing on the page is drawn from it but the input when it appears. */
import type { PageState } from './page-state.ts';

/** See the head of the file. */
export class Drafts {
  readonly #texts = new Map<string, string>();

  get(channelId: string): string {
    return this.#texts.get(channelId) ?? '';
  }

  set(channelId: string, text: string): void {
    this.#texts.set(channelId, text);
  }

  forget(channelId: string): void {
    this.#texts.delete(channelId);
  }

  clear(): void {
    this.#texts.clear();
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
