/** A member of a channel: what it was shown, and what each page told with what was shown since. */
import type { MessageData } from '../../src/channel/message-extras.ts';
import { MessageViews } from './message-views.ts';

interface AnyFrame {
  readonly type: string;
  readonly ref?: string;
  readonly seq?: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Texts by message, null for what was deleted. */
export type Texts = Map<string, string | null>;

export class ChannelWatcher {
  /** By `ref`. */
  readonly answers = new Map<string, Readonly<Record<string, unknown>>>();
  /** What it was shown of all. */
  readonly texts: Texts = new Map();
  /** Pages as they were told, and what has become of them by what was shown since. */
  readonly pages: {
    /** Of its events. */
    readonly json: string;
    /** Whose state it tells. */
    readonly head: number;
    readonly texts: Texts;
    readonly messages: MessageViews;
  }[] = [];
  /** Messages as it was shown them. */
  readonly messages = new MessageViews();
  /** Every frame, in order. */
  readonly frames: string[] = [];
  #shown = 0;

  /** A durable event. Throws when one is missing before it. */
  event(json: string): void {
    const event = JSON.parse(json) as AnyFrame;
    this.frames.push(json);
    this.#shown += 1;
    if (event.seq !== this.#shown) throw new Error(`${event.seq} was shown in the place of ${this.#shown}`);
    if (event.type === 'void') return;
    show(this.texts, event);
    this.messages.show(event);
    if (event.type === 'message:created') this.messages.tell(event.data as unknown as MessageData);
    for (const { messages } of this.pages) messages.show(event);
    for (const { texts } of this.pages) if (texts.has(String(event.data['id']))) show(texts, event);
  }

  /** An answer. Throws when there was one. */
  frame(json: string): void {
    const { ref = '', data } = JSON.parse(json) as AnyFrame;
    this.frames.push(json);
    if (this.answers.has(ref)) throw new Error(`${ref} was answered twice`);
    this.answers.set(ref, data);
    if (!('events' in data)) return;
    const texts: Texts = new Map();
    const messages = new MessageViews();
    const root = 'root' in data ? [data['root'] as AnyFrame] : [];
    const events = [...root, ...(data['events'] as readonly AnyFrame[])];
    for (const event of events) {
      if (event.type === 'void') continue;
      show(texts, event);
      if (event.type === 'message:created') messages.tell(event.data as unknown as MessageData);
    }
    this.pages.push({ json: JSON.stringify(events), head: Number(data['seq']), texts, messages });
  }
}

function show(texts: Texts, { type, data }: AnyFrame): void {
  const id = String(data['id']);
  if (type === 'message:deleted' || 'deleted' in data) texts.set(id, null);
  else if (typeof data['content'] === 'string') texts.set(id, data['content']);
}
