/** Stretches of the inbox and its conversations, as the server answers. */
import type { AskFor } from './answer-data.ts';
import type { ConversationList, InboxEvent, Receipts, WhisperPage, WhisperRange } from './inbox-news.ts';
import { keyOf } from './whisper-cargo.ts';

/** What pages need, and who is told what they hold. */
export interface WhisperPagesOptions {
  readonly askFor: AskFor;
  readonly onEvent: (event: InboxEvent) => void;
  readonly onReceipts: (userId: string, receipts: Receipts) => void;
  /** With whom a whisper was exchanged, by id. */
  readonly correspondentOf: (whisper: InboxEvent<'whisper:created'>) => string;
}

/** See the head of the file. */
export class WhisperPages {
  readonly #options: WhisperPagesOptions;

  constructor(options: WhisperPagesOptions) {
    this.#options = options;
  }

  /** See Inbox.history. */
  async history({ with: person, beforeSeq, limit }: WhisperRange): Promise<WhisperPage> {
    const { askFor, onEvent, onReceipts } = this.#options;
    const data = { beforeSeq, limit, ...(person === undefined ? {} : { with: keyOf(person) }) };
    const page = await askFor('whispers', 'whisper:history', { data });
    for (const event of page.events) onEvent(event);
    const { delivered, read } = page;
    const userId = person !== undefined && 'id' in person ? person.id : this.#correspondentIn(page.events);
    if (userId !== null && delivered !== undefined && read !== undefined)
      onReceipts(userId, { delivered, read });
    return page;
  }

  /** See Inbox.conversations. */
  async conversations({ limit }: { readonly limit?: number | undefined }): Promise<ConversationList> {
    const { askFor, onEvent } = this.#options;
    const list = await askFor('conversations', 'whisper:conversations', { data: { limit } });
    for (const { last } of list.items) onEvent(last);
    return list;
  }

  #correspondentIn(events: readonly InboxEvent[]): string | null {
    const whisper = events.find((event) => event.type === 'whisper:created');
    return whisper === undefined ? null : this.#options.correspondentOf(whisper);
  }
}
